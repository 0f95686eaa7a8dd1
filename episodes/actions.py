"""What an agent may ask for, before anyone has judged it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from episodes.record import Count, Record, Seconds

ProcessName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""The agent's own name for a process that it means to last."""


class RunCommand(Record):
    """Run one shell command and wait for it."""

    kind: Literal["shell"] = "shell"
    command: str
    """The command line, as bash reads it."""
    stdin: bytes | None = None
    """What the command reads; nothing at all where absent."""
    seconds: Seconds | None = None
    """The time it may take; the policy's limit where absent or shorter."""


class RunProgram(Record):
    """Run one program with its arguments, no shell between."""

    kind: Literal["exec"] = "exec"
    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program and its arguments."""
    stdin: bytes | None = None
    """What the program reads; nothing at all where absent."""
    seconds: Seconds | None = None
    """The time it may take; the policy's limit where absent or shorter."""


class StartProcess(Record):
    """Start a process that is meant to outlive the step: a server, an interactive program."""

    kind: Literal["start_process"] = "start_process"
    name: ProcessName
    """What later actions call it by."""
    command: str
    """The command line, as bash reads it."""
    pty: bool = False
    """Whether it gets a terminal."""


class ReadProcess(Record):
    """Read what a started process has printed since it was last read."""

    kind: Literal["read_process"] = "read_process"
    name: ProcessName
    """The process."""
    seconds: Seconds = 0.0
    """How long to wait for output where there is none yet."""


class WriteProcess(Record):
    """Write to a started process's standard input."""

    kind: Literal["write_process"] = "write_process"
    name: ProcessName
    """The process."""
    data: bytes
    """What it reads."""
    eof: bool = False
    """Whether its input ends after this."""


class StopProcess(Record):
    """End a started process."""

    kind: Literal["stop_process"] = "stop_process"
    name: ProcessName
    """The process."""


class ReadFile(Record):
    """Read a file as bytes."""

    kind: Literal["read_file"] = "read_file"
    path: PurePosixPath
    """Inside the container; relative to the working directory where not absolute."""


class WriteFile(Record):
    """Write a file as bytes, made anew or replaced."""

    kind: Literal["write_file"] = "write_file"
    path: PurePosixPath
    """Inside the container; relative to the working directory where not absolute."""
    data: bytes
    """The whole content."""
    append: bool = False
    """Whether to add to the end rather than replace."""


class Finish(Record):
    """End the episode: the agent says that it is done."""

    kind: Literal["finish"] = "finish"
    answer: str | None = None
    """The answer, where the task asks for one."""


class Target(Record):
    """One element of a page."""

    ref: str | None = None
    """A reference from an accessibility snapshot, such as `e12`."""
    selector: str | None = None
    """A CSS selector, where there is no reference."""
    tab: Count | None = None
    """The tab, counted from 0; the current one where absent."""


class Goto(Record):
    """Load a page."""

    kind: Literal["goto"] = "goto"
    url: str
    """Where to, as written by the agent."""


class Click(Record):
    """Click an element."""

    kind: Literal["click"] = "click"
    target: Target
    """What to click."""
    button: Literal["left", "middle", "right"] = "left"
    """Which button."""
    count: Annotated[int, Field(ge=1, le=3)] = 1
    """How many clicks in a row."""


class Fill(Record):
    """Replace the text of a field."""

    kind: Literal["fill"] = "fill"
    target: Target
    """The field."""
    text: str
    """Its new text."""


class Press(Record):
    """Press a key or a combination of keys."""

    kind: Literal["press"] = "press"
    keys: str
    """As Playwright names them: `Enter`, `Control+A`."""
    target: Target | None = None
    """Where; the focused element where absent."""


class Select(Record):
    """Choose options of a list."""

    kind: Literal["select"] = "select"
    target: Target
    """The list."""
    values: tuple[str, ...]
    """The options' values or labels."""


class Hover(Record):
    """Move the pointer over an element."""

    kind: Literal["hover"] = "hover"
    target: Target
    """The element."""


class Scroll(Record):
    """Scroll the page or an element."""

    kind: Literal["scroll"] = "scroll"
    dx: float = 0.0
    """Pixels to the right."""
    dy: float = 0.0
    """Pixels down."""
    target: Target | None = None
    """The element; the page where absent."""


class Back(Record):
    """Go back in the tab's history."""

    kind: Literal["back"] = "back"


class Forward(Record):
    """Go forward in the tab's history."""

    kind: Literal["forward"] = "forward"


class OpenTab(Record):
    """Open a tab."""

    kind: Literal["open_tab"] = "open_tab"
    url: str | None = None
    """What to load in it; nothing where absent."""


class SwitchTab(Record):
    """Bring a tab to the front."""

    kind: Literal["switch_tab"] = "switch_tab"
    tab: Count
    """Which, counted from 0."""


class CloseTab(Record):
    """Close a tab."""

    kind: Literal["close_tab"] = "close_tab"
    tab: Count | None = None
    """Which, counted from 0; the current one where absent."""


class Wait(Record):
    """Wait for a time, or for a text to appear."""

    kind: Literal["wait"] = "wait"
    seconds: Seconds = 1.0
    """At most so long."""
    text: str | None = None
    """Until this is on the page."""


class Upload(Record):
    """Give a file to a page's file field."""

    kind: Literal["upload"] = "upload"
    target: Target
    """The field."""
    path: PurePosixPath
    """The file, inside the shell's container."""


class ReadPage(Record):
    """Read the page's text."""

    kind: Literal["read_page"] = "read_page"
    tab: Count | None = None
    """Which, counted from 0; the current one where absent."""


class Say(Record):
    """A message to a person or another agent: an act where several agents work together."""

    kind: Literal["say"] = "say"
    text: str
    """What is said."""
    to: str | None = None
    """To whom; to all where absent."""


class CallTool(Record):
    """A call of a tool that is not ours, as an imported trajectory holds it."""

    kind: Literal["call_tool"] = "call_tool"
    name: str
    """The tool's own name."""
    arguments: dict[str, JsonValue] = {}
    """What it was given."""


class Malformed(Record):
    """What an agent answered where an action was asked for, and it was none."""

    kind: Literal["malformed"] = "malformed"
    text: str
    """The answer as it came, cut where it was very long."""
    problem: str
    """Why it is no action."""


Action = Annotated[
    RunCommand
    | RunProgram
    | StartProcess
    | ReadProcess
    | WriteProcess
    | StopProcess
    | ReadFile
    | WriteFile
    | Finish
    | Goto
    | Click
    | Fill
    | Press
    | Select
    | Hover
    | Scroll
    | Back
    | Forward
    | OpenTab
    | SwitchTab
    | CloseTab
    | Wait
    | Upload
    | ReadPage
    | Say
    | CallTool
    | Malformed,
    Field(discriminator="kind"),
]
"""Any action, told apart by `kind`."""

ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Validates an action from Python or JSON."""
