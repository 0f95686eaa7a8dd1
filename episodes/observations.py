"""What the agent is shown after an action, redacted and capped."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from episodes.record import Count, Digest, Record, Seconds


class Survivor(Record):
    """A process that outlived the step that started it."""

    pid: Count
    """Its id inside the container."""
    command: str
    """Its command line, as the kernel tells it."""
    ended: bool
    """Whether it was ended because the policy says so."""


class WebRequest(Record):
    """One request that a step caused, as the egress proxy saw it."""

    method: str
    """As sent."""
    url: str
    """In canonical form."""
    status: int | None = None
    """The response's status; absent where there was none."""
    allowed: bool
    """The verdict."""
    rule_id: str
    """The rule that decided."""
    sent: Count = 0
    """Bytes of the request's body."""
    received: Count = 0
    """Bytes of the response's body."""
    seconds: Seconds = 0.0
    """From request to the end of the response."""


class CommandResult(Record):
    """How a command ended and what it printed."""

    kind: Literal["command"] = "command"
    exit_code: int | None
    """The exit code; absent where a signal ended it."""
    signal: int | None = None
    """The signal that ended it."""
    stdout: str = ""
    """Standard output: head and tail, with a line between that says what was left out."""
    stderr: str = ""
    """Standard error, in the same way."""
    stdout_bytes: Count = 0
    """The full size of standard output, in bytes."""
    stderr_bytes: Count = 0
    """The full size of standard error, in bytes."""
    escaped: bool = False
    """Whether bytes that are not UTF-8 were written as `\\xNN`."""
    seconds: Seconds = 0.0
    """How long it ran."""
    limit: (
        Literal["time", "cancelled", "memory", "processes", "file_bytes", "disk", "inodes"] | None
    ) = None
    """The limit that ended it, or that it met: memory ran out and the kernel ended a process of it;
    no more processes could be made; a file could not grow; `/workspace` or `/tmp` was full when it
    failed, or had no room for another name."""
    cwd: PurePosixPath | None = None
    """The working directory of the next command."""
    survivors: tuple[Survivor, ...] = ()
    """Processes that it left behind."""
    note: str = ""
    """What else the agent should know, such as a working directory that is gone."""
    requests: tuple[WebRequest, ...] = ()
    """What was asked of a network meanwhile."""

    @property
    def failed(self) -> bool:
        """Whether the command reported a failure."""
        return self.exit_code != 0


class ProcessState(Record):
    """What a started process printed since it was last read, and whether it still runs."""

    kind: Literal["process"] = "process"
    name: str
    """The process."""
    running: bool
    """Whether it still runs."""
    exit_code: int | None = None
    """How it ended, where it did; minus the signal's number where a signal ended it."""
    stopped: bool = False
    """Whether it was this action that ended it."""
    stdout: str = ""
    """New output: head and tail where it was long. With a terminal, all of it."""
    stderr: str = ""
    """New error output; empty with a terminal."""
    stdout_bytes: Count = 0
    """The full size of the new output, in bytes."""
    stderr_bytes: Count = 0
    """The full size of the new error output, in bytes."""
    escaped: bool = False
    """Whether bytes that are not UTF-8 were written as `\\xNN`."""

    @property
    def failed(self) -> bool:
        """Whether the process ended with a failure, and not because it was asked to end."""
        return not self.running and not self.stopped and self.exit_code != 0


class FileContent(Record):
    """A file that was read."""

    kind: Literal["file"] = "file"
    path: PurePosixPath
    """The file, in canonical form."""
    data: bytes
    """What it holds, up to the policy's limit."""
    size: Count
    """Its full size in bytes."""

    @property
    def failed(self) -> bool:
        """Never: a file that could not be read is a `Failed`."""
        return False


class FileWritten(Record):
    """A file that was written."""

    kind: Literal["written"] = "written"
    path: PurePosixPath
    """The file, in canonical form."""
    size: Count
    """How many bytes were written."""

    @property
    def failed(self) -> bool:
        """Never: a file that could not be written is a `Failed`."""
        return False


class Failed(Record):
    """The action reported a failure and has nothing else to show."""

    kind: Literal["failed"] = "failed"
    code: str
    """A short stable name, such as `not_found`."""
    message: str
    """What is the matter, in words."""

    @property
    def failed(self) -> bool:
        """Always."""
        return True


class Denied(Record):
    """The policy, a reviewer or an approver said no."""

    kind: Literal["denied"] = "denied"
    rule_id: str
    """The rule that decided."""
    reason: str
    """Why, and whether another try can help."""

    @property
    def failed(self) -> bool:
        """Always: it did not run."""
        return True


class Finished(Record):
    """The episode's end, as the agent asked for it."""

    kind: Literal["finished"] = "finished"

    @property
    def failed(self) -> bool:
        """Never: whether the task was solved is the check's to say."""
        return False


class Page(Record):
    """What the browser shows."""

    kind: Literal["page"] = "page"
    url: str
    """Where the tab is, in canonical form."""
    title: str = ""
    """The page's title."""
    status: int | None = None
    """The status of the page's own response."""
    snapshot: str = ""
    """The accessibility tree as YAML with references; cut where long, and says what was cut."""
    text: str = ""
    """The page's text, where it was asked for."""
    tabs: tuple[str, ...] = ()
    """The URLs of all tabs."""
    console: tuple[str, ...] = ()
    """Errors on the console."""
    dialogs: tuple[str, ...] = ()
    """Dialogs that opened, with how they were answered."""
    downloads: tuple[str, ...] = ()
    """Files that were downloaded into the workspace."""
    requests: tuple[WebRequest, ...] = ()
    """Requests that the step caused."""
    screenshot_before: Digest | None = None
    """The picture before the action, in the log's store."""
    screenshot_after: Digest | None = None
    """The picture after the action, in the log's store."""
    dom: Digest | None = None
    """The page's own text for replay, scripts removed, in the log's store."""
    problem: str = ""
    """What went wrong, in words: no such element, the page hangs."""

    @property
    def failed(self) -> bool:
        """Whether the action could not be done on the page."""
        return bool(self.problem)


class Text(Record):
    """An observation that is text and nothing else, as imported trajectories hold it."""

    kind: Literal["text"] = "text"
    text: str
    """What was shown."""
    error: bool | None = None
    """Whether it reports a failure; absent where the format does not say."""
    extra: dict[str, JsonValue] = {}
    """What else the format held."""

    @property
    def failed(self) -> bool:
        """Whether it reports a failure, where that is known."""
        return bool(self.error)


Observation = Annotated[
    CommandResult
    | ProcessState
    | FileContent
    | FileWritten
    | Failed
    | Denied
    | Finished
    | Page
    | Text,
    Field(discriminator="kind"),
]
"""Any observation, told apart by `kind`."""
