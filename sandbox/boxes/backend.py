"""Where actions run: the protocol that the gate speaks to, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from episodes.actions import Action
from episodes.observations import Observation
from episodes.processes import Processes
from episodes.provenance import Isolation
from episodes.workspace import RestoredWorkspace
from episodes.writer import LogWriter
from policies.policy import Policy
from policies.state import Element, State
from sandbox.boxes.changes import Changes
from sandbox.ledger import Ledger
from sandbox.sites.site import Site
from sandbox.throttle import Throttle

WORKSPACE = PurePosixPath("/workspace")
"""Where an agent works, in every container."""


KeepPages = Literal["all", "after", "none"]
"""What is kept of pages besides what the agent sees: pictures before and after each step and the
page's own text for replay; the same without the picture before; or nothing."""


@dataclass(frozen=True)
class BoxSpec:
    """What a box is made from; two with equal specs are interchangeable until used."""

    image: str
    """The image's id or name."""
    policy: Policy
    """What the kernel is given, and the limits."""
    keep: KeepPages = "all"
    """What is kept of pages."""
    sites: tuple[Site, ...] = ()
    """What is served to its browser and shell alone, for a policy that opens their hosts."""


@dataclass(frozen=True)
class Look:
    """What a browser's guest says of a page before anything is done to it."""

    url: str
    """Where the tab is, as the browser writes it."""
    element: Element | None
    """What the action names, or what has the focus; absent where it cannot be found."""


@dataclass(frozen=True)
class Kept:
    """What is to be kept of a page that a step showed."""

    before: bytes | None
    """The window before the step, as JPEG."""
    after: bytes | None
    """The window after it."""
    dom: str | None
    """The page's own text for replay."""


@dataclass(frozen=True)
class CheckResult:
    """How a task's check ended."""

    exit_code: int | None
    """Absent where a signal or the time limit ended it."""
    stdout: str
    """What it printed, capped."""
    stderr: str
    """What it complained of, capped."""
    timed_out: bool
    """Whether the time limit ended it."""
    sites: str = ""
    """What the box's sites had become when it began, as JSON; empty where it has none."""


def nothing() -> None:
    """No record: for what is no step."""


class Box(Protocol):
    """Where one episode acts."""

    @property
    def isolation(self) -> Isolation:
        """The layers that hold the agent."""
        ...

    @property
    def image(self) -> str:
        """The image's id."""
        ...

    def begin(self, episode: str, log: LogWriter, throttle: Throttle, ledger: Ledger) -> None:
        """An episode begins in it: what is asked of networks from here on belongs to it.

        Args:
            episode: The episode's id.
            log: Where it is recorded.
            throttle: What holds back its requests.
            ledger: What counts their bytes.
        """
        ...

    def at_step(self, index: int) -> None:
        """A step begins."""
        ...

    def look(self, action: Action) -> Look | None:
        """What an action in the browser would be done to; None where there is no browser.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
        """
        ...

    def take_kept(self) -> Kept | None:
        """What is to be kept of the page that the last action showed; once."""
        ...

    def take_processes(self) -> Processes | None:
        """Which programs the last action started, as far as was told of; once."""
        ...

    def take_changes(self) -> Changes | None:
        """What is not as it was in the workspace since this was last asked; once.

        After `begin` it is all that is there. None where nobody looked, as there is no workspace.
        """
        ...

    def look_again(self) -> None:
        """Looks at the workspace, where there is one, for what has changed with no action.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
        """
        ...

    def restore(self, workspace: RestoredWorkspace) -> None:
        """Makes an empty workspace as another one was, in place of `put` and `prepare`.

        Raises:
            EnvironmentFault: It could not be made so, or the box is gone.
        """
        ...

    def state(self, paths: Sequence[str]) -> State:
        """What a decision needs to know of the inside, with `paths` resolved there.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
        """
        ...

    def execute(
        self, action: Action, seconds: float, record: Callable[[], None] = nothing
    ) -> Observation:
        """Run an action that was judged, for at most `seconds`.

        Args:
            action: What was judged.
            seconds: The most it may take.
            record: Makes the intent durable. Called once, and nothing of the action runs before
                it returned, or ever where it raised; what only makes ready for it may.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
        """
        ...

    def put(self, archive: bytes) -> None:
        """Unpack a tar archive into the workspace, as the agent's user.

        Raises:
            EnvironmentFault: It does not fit, or the box is gone.
        """
        ...

    def prepare(self, script: bytes, seconds: float) -> None:
        """Run a task's set-up script in the workspace, before the agent begins.

        Raises:
            TaskFault: The script failed, with what it printed.
        """
        ...

    def check(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        environment: Mapping[str, str],
        seconds: float,
    ) -> CheckResult:
        """End all of the agent's processes, then run a check where it could not have been.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
        """
        ...

    def cancel(self) -> None:
        """End what is running now; may be called from any thread."""
        ...

    def break_down(self) -> None:
        """Kill it from outside: a fault of the environment, made on purpose."""
        ...

    def close(self) -> None:
        """Tear it down; nothing of it is left when this returns."""
        ...


class Backend(Protocol):
    """What makes boxes."""

    def image_id(self, name: str) -> str:
        """The id of an image by name.

        Raises:
            TaskInvalid: There is no such image.
            EngineUnavailable: Nothing there to ask.
        """
        ...

    def build(self, folder: Path) -> str:
        """Builds the image of a task's folder, and returns its id.

        Raises:
            TaskInvalid: The folder's Dockerfile cannot be read.
            TaskFault: A step of it failed.
            EngineUnavailable: Nothing there to build with.
        """
        ...

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        """How many boxes of the largest of these kinds may be there at once; None where any number.

        Raises:
            EngineUnavailable: Nothing there to ask.
        """
        ...

    def start(self, spec: BoxSpec) -> Box:
        """A box that is ready for an episode.

        Raises:
            EngineUnavailable: Nothing there to make one with.
            EnvironmentFault: It did not come up, with the cause.
        """
        ...

    def close(self) -> None:
        """Tear down every box that is left."""
        ...
