"""A box with a browser: its container, and the shell's where the policy grants one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from episodes.actions import Action, Goto, OpenTab, ReadFile, Upload
from episodes.observations import Failed, FileContent, Observation
from episodes.processes import Processes
from episodes.provenance import Isolation
from episodes.workspace import RestoredWorkspace
from episodes.writer import LogWriter
from policies.state import State
from sandbox.boxes import browser_calls
from sandbox.boxes.backend import BoxSpec, CheckResult, Kept, Look, nothing
from sandbox.boxes.browser_box_host import BrowserBox
from sandbox.boxes.changes import Changes
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.downloads import Downloads
from sandbox.egress.door import Door
from sandbox.ledger import Ledger
from sandbox.sites.sites_host import OpenSites
from sandbox.throttle import Throttle

_SHELL_TOOLS = frozenset({"shell", "processes", "files"})


def has_shell(spec: BoxSpec) -> bool:
    """Whether a box of this kind has a container for commands and files from the start."""
    return bool(_SHELL_TOOLS & set(spec.policy.tools)) or not has_browser(spec)


def has_browser(spec: BoxSpec) -> bool:
    """Whether a box of this kind has a browser."""
    return "browser" in spec.policy.tools


class EpisodeBox:
    """Both containers of one episode, as one box.

    Args:
        spec: What it is made from.
        browser: The browser's container, up.
        isolation: What holds in it.
        shell: The shell's, up; absent where the policy grants nothing that needs it.
        start_shell: Starts the shell's container where a task needs one all the same: for its
            files, its set-up or its check.
        on_close: Is told when it is torn down.
        door: The browser's way out, where it has one.
        sites: The task's own sites, where it has any.
    """

    def __init__(
        self,
        spec: BoxSpec,
        browser: BrowserBox,
        isolation: Isolation,
        shell: DockerBox | None,
        start_shell: Callable[[], DockerBox],
        on_close: Callable[[EpisodeBox], None],
        door: Door | None = None,
        sites: OpenSites | None = None,
    ) -> None:
        self._spec, self.browser, self._isolation = spec, browser, isolation
        self._shell, self._start_shell = shell, start_shell
        self._granted = shell is not None
        self._on_close, self._door, self._sites = on_close, door, sites
        self._lock = threading.Lock()
        self._downloads = Downloads(spec.policy)
        self._kept: Kept | None = None

    @property
    def image(self) -> str:
        """The id of the shell's image."""
        return self._spec.image

    @property
    def isolation(self) -> Isolation:
        """The layers that hold the agent: those of both containers, and what either lacks."""
        mine, shell = self._isolation, self._shell
        if shell is None or not self._granted:
            return mine
        return shell.isolation.model_copy(
            update={
                "network": mine.network,
                "missing": tuple(dict.fromkeys((*shell.isolation.missing, *mine.missing))),
            }
        )

    def begin(self, episode: str, log: LogWriter, throttle: Throttle, ledger: Ledger) -> None:
        """What both containers ask of a network is the episode's from here on."""
        if self._door is not None:
            self._door.begin(episode, self._spec.policy, log, throttle, ledger)
        if self._shell is not None:
            self._shell.begin(episode, log, throttle, ledger)

    def at_step(self, index: int) -> None:
        """A step begins."""
        if self._door is not None:
            self._door.at_step(index)
        if self._shell is not None:
            self._shell.at_step(index)

    def look(self, action: Action) -> Look | None:
        """What an action in the browser would be done to."""
        return self.browser.look(action) if browser_calls.is_for_browser(action) else None

    def take_kept(self) -> Kept | None:
        """What is to be kept of the page that the last action showed."""
        kept, self._kept = self._kept, None
        return kept

    def take_processes(self) -> Processes | None:
        """Which programs the last action started in the shell's container."""
        return None if self._shell is None else self._shell.take_processes()

    def take_changes(self) -> Changes | None:
        """What the last action changed in the workspace, where the agent has one."""
        if self._granted and self._shell is not None:
            return self._shell.take_changes()
        return None

    def look_again(self) -> None:
        """Finds out what changed in the workspace, where the agent has one."""
        if self._granted and self._shell is not None:
            self._shell.look_again()

    def restore(self, workspace: RestoredWorkspace) -> None:
        """Makes an empty workspace as another one was."""
        self._workspace().restore(workspace)

    def state(self, paths: Sequence[str]) -> State:
        """What a decision needs to know of the shell's container, where there is one."""
        if self._granted and self._shell is not None:
            return self._shell.state(paths)
        return State()

    def execute(
        self, action: Action, seconds: float, record: Callable[[], None] = nothing
    ) -> Observation:
        """Runs an action that was judged, where it belongs."""
        if not browser_calls.is_for_browser(action):
            # What the policy does not grant is denied long before.
            return self._workspace().execute(action, seconds, record)
        record()
        data = None
        if isinstance(action, Upload):
            read = self._read(action, seconds)
            if not isinstance(read, FileContent):
                return read
            data = read.data
        if self._door is not None and isinstance(action, Goto | OpenTab):
            # What the gate let pass, whoever had to be asked, need not be asked for again.
            self._door.granted(action.url or "")
        reply = self.browser.act(action, seconds, data)
        failed = browser_calls.failed(reply)
        if failed is not None:
            return failed
        workspace = self._shell if self._granted else None
        downloads = self._downloads.deliver(reply.get("downloads"), workspace)
        if downloads and workspace is not None:
            workspace.look_again()
        self._kept = browser_calls.kept_of(reply)
        requests = () if self._door is None else self._door.take_requests()
        return browser_calls.page_of(reply, requests, downloads)

    def put(self, archive: bytes) -> None:
        """Unpacks a tar archive into the workspace."""
        self._workspace().put(archive)

    def prepare(self, script: bytes, seconds: float) -> None:
        """Runs a task's set-up script in the workspace."""
        self._workspace().prepare(script, seconds)

    def check(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        environment: Mapping[str, str],
        seconds: float,
    ) -> CheckResult:
        """Runs the check in the shell's container, which is started for it where there is none."""
        if self._door is not None:
            self._door.end()
        return self._workspace().check(argv, files, environment, seconds)

    def cancel(self) -> None:
        """Ends what is running now."""
        self.browser.cancel()
        if self._shell is not None:
            self._shell.cancel()

    def break_down(self) -> None:
        """Kills the containers from outside."""
        self.browser.break_down()
        if self._shell is not None:
            self._shell.break_down()

    def close(self) -> None:
        """Removes both containers; a second call does nothing."""
        try:
            self.browser.close()
        finally:
            if self._shell is not None:
                self._shell.close()
            if self._door is not None:
                self._door.close()
            if self._sites is not None:
                self._sites.close()
        self._on_close(self)

    def _workspace(self) -> DockerBox:
        with self._lock:
            if self._shell is None:
                self._shell = self._start_shell()
            return self._shell

    def _read(self, action: Upload, seconds: float) -> FileContent | Failed:
        """The file that is to be given to the page, read as the agent itself would."""
        if not self._granted:
            return Failed(code="not_found", message=f"{action.path}: there are no files here")
        read = self._workspace().execute(ReadFile(path=action.path), seconds)
        if isinstance(read, Failed):
            return read
        assert isinstance(read, FileContent)
        if read.size > min(len(read.data), browser_calls.LARGEST_FILE):
            most = browser_calls.LARGEST_FILE
            message = f"{action.path}: {read.size} bytes, where {most} may be uploaded"
            return Failed(code="too_large", message=message)
        return read
