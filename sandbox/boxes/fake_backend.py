"""A backend in memory: nothing runs, and everything else is as with the real one.

For trying agents, policies and the loop without an engine. An episode's record says `fake`.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from episodes.actions import Action, ReadFile, RunCommand, WriteFile
from episodes.chain import digest
from episodes.errors import GuestGone
from episodes.files import FileChange, FileChanges
from episodes.observations import CommandResult, Failed, FileContent, FileWritten, Observation
from episodes.processes import Processes
from episodes.provenance import Isolation
from episodes.workspace import RestoredWorkspace
from episodes.writer import LogWriter
from policies.state import State
from sandbox.boxes.backend import WORKSPACE, BoxSpec, CheckResult, Kept, Look, nothing
from sandbox.boxes.changes import Changes
from sandbox.ledger import Ledger
from sandbox.throttle import Throttle

Answer = Callable[[RunCommand, dict[PurePosixPath, bytes]], CommandResult]
"""What a command does: given it and the files, which it may change."""


def silent(_command: RunCommand, _files: dict[PurePosixPath, bytes]) -> CommandResult:
    """Every command succeeds and prints nothing."""
    return CommandResult(exit_code=0, cwd=WORKSPACE)


class FakeBackend:
    """Makes boxes in memory.

    Args:
        answer: What a command does.
        reward: The exit code of every check: 0 where the task is done, 1 where it is not.
    """

    def __init__(self, answer: Answer = silent, reward: int = 0) -> None:
        self._answer, self._reward = answer, reward
        self.open_boxes: set[FakeBox] = set()
        """Boxes that were started and not closed."""

    def image_id(self, name: str) -> str:
        """The name itself."""
        return name

    def build(self, folder: Path) -> str:
        """The folder's name."""
        return folder.name

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        """Any number: they take nothing."""
        return None

    def start(self, spec: BoxSpec) -> FakeBox:
        """A box with no files in it."""
        box = FakeBox(spec, self._answer, self._reward, self.open_boxes)
        self.open_boxes.add(box)
        return box

    def close(self) -> None:
        """Closes what is open."""
        for box in list(self.open_boxes):
            box.close()


class FakeBox:
    """Files in a dictionary, and commands that are a function's to answer."""

    def __init__(
        self, spec: BoxSpec, answer: Answer, reward: int, open_boxes: set[FakeBox]
    ) -> None:
        self._spec, self._answer, self._reward = spec, answer, reward
        self._open = open_boxes
        self._broken = False
        self._before: dict[str, bytes] = {}
        self.files: dict[PurePosixPath, bytes] = {}
        """What the box holds, by absolute path."""

    @property
    def isolation(self) -> Isolation:
        """None: nothing runs."""
        return Isolation(backend="fake")

    @property
    def image(self) -> str:
        """The image's name."""
        return self._spec.image

    def begin(self, episode: str, log: LogWriter, throttle: Throttle, ledger: Ledger) -> None:
        """Does nothing: nothing here asks anything of a network."""

    def at_step(self, index: int) -> None:
        """Does nothing, likewise."""

    def look(self, action: Action) -> Look | None:
        """Nothing: there are no pages in memory."""
        return None

    def take_processes(self) -> Processes | None:
        """Nothing: nothing runs."""
        return None

    def take_kept(self) -> Kept | None:
        """Nothing, likewise."""
        return None

    def take_changes(self) -> Changes | None:
        """What differs from when this was last asked."""
        files = {
            str(path.relative_to(WORKSPACE)): data
            for path, data in self.files.items()
            if path.is_relative_to(WORKSPACE)
        }
        before, self._before = self._before, files
        changes = [
            FileChange(path=path, change="removed", before=digest(before[path]))
            for path in sorted(before.keys() - files.keys())
        ]
        for path, data in sorted(files.items()):
            if before.get(path) != data:
                changes.append(
                    FileChange(
                        path=path,
                        change="changed" if path in before else "created",
                        size=len(data),
                        mode=0o644,
                        digest=digest(data),
                        before=digest(before[path]) if path in before else None,
                    )
                )
        record = FileChanges(changes=tuple(changes), entries=len(files))
        contents = {digest(data): data for data in files.values()}
        return Changes(record, frozenset(contents), contents)

    def look_again(self) -> None:
        """Does nothing: it is looked at when it is asked for."""

    def restore(self, workspace: RestoredWorkspace) -> None:
        """Takes the files in; there is nothing else in memory."""
        self._alive()
        for change in workspace.files:
            if change.digest is not None:
                self.files[WORKSPACE / change.path] = workspace.contents[change.digest]

    def state(self, paths: Sequence[str]) -> State:
        """Paths are taken as they are; there are no links in memory."""
        self._alive()
        return State(cwd=WORKSPACE, resolved={path: WORKSPACE / path for path in paths})

    def execute(
        self, action: Action, seconds: float, record: Callable[[], None] = nothing
    ) -> Observation:
        """Answers from memory."""
        self._alive()
        record()
        match action:
            case RunCommand():
                return self._answer(action, self.files)
            case WriteFile():
                before = self.files.get(action.path, b"") if action.append else b""
                self.files[action.path] = before + action.data
                return FileWritten(path=action.path, size=len(action.data))
            case ReadFile():
                data = self.files.get(action.path)
                if data is None:
                    return Failed(code="not_found", message=f"{action.path}: no such file")
                return FileContent(path=action.path, data=data, size=len(data))
        return Failed(code="not_supported", message=f"nothing here can do '{action.kind}'")

    def put(self, archive: bytes) -> None:
        """Takes the archive's files in."""
        self._alive()
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            for member in opened.getmembers():
                content = opened.extractfile(member)
                if content is not None:
                    self.files[WORKSPACE / member.name] = content.read()

    def prepare(self, script: bytes, seconds: float) -> None:
        """Does nothing: there is nothing to run it with."""
        self._alive()

    def check(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        environment: Mapping[str, str],
        seconds: float,
    ) -> CheckResult:
        """Says what the backend was told to say."""
        self._alive()
        return CheckResult(self._reward, "", "", timed_out=False)

    def cancel(self) -> None:
        """Nothing is ever running."""

    def break_down(self) -> None:
        """From here on every call is a fault."""
        self._broken = True

    def close(self) -> None:
        """Forgets the box."""
        self._open.discard(self)

    def _alive(self) -> None:
        if self._broken:
            raise GuestGone("the box was broken down")
