"""What a command would do, as far as its text tells: programs, redirects, or why it is unclear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["read", "write", "append"]
"""What a redirect does with its file; one that may do both writes."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One program, or one of the shell's own commands, that a command line starts."""

    name: str
    """The program as written: a bare name, or a path."""
    argv: tuple[str | None, ...]
    """The words, the program's own first; None where a word is known only as it runs.

    One None may become any number of words then.
    """
    builtin: bool = False
    """Whether the shell does it itself, and nothing but its own state and output changes."""
    cwd: str | None = ""
    """The directory it starts in, relative to the command's own; None where that is unclear."""
    interprets: bool = False
    """Whether it may run any program, told by arguments, files or input that are not read."""
    helpers: tuple[str, ...] = ()
    """Programs that it may start of its own accord, by bare name."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """One file that the shell itself opens."""

    path: str | None
    """The path as written; None where it is known only as the command runs."""
    mode: Mode
    """What is done with it."""
    cwd: str | None = ""
    """What the path is relative to, as in `Invocation.cwd`."""

    @property
    def written(self) -> str | None:
        """The path from the command's own directory; None where it cannot be told."""
        return place(self.path, self.cwd)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a command before it runs."""

    understood: bool
    """Whether every program it starts is known; where not, the other fields say nothing."""
    programs: tuple[Invocation, ...] = ()
    """Every program it may start, in the order of the text, one that a program starts included."""
    redirects: tuple[Redirect, ...] = ()
    """Every file the shell may open for them, in the order of the text."""
    span: tuple[int, int] | None = None
    """The part of the text, in characters, that is not understood."""
    why: str = ""
    """Why it is not, in words."""


class Unclear(Exception):
    """Raised while reading, at the first part that is not surely understood."""

    def __init__(self, why: str, start: int, end: int) -> None:
        super().__init__(why)
        self.why = why
        self.start = start
        """The first byte of the part, in the text's UTF-8."""
        self.end = end
        """One past its last byte."""


def place(path: str | None, cwd: str | None) -> str | None:
    """Gives `path` as seen from the command's own directory, with no dot taken out of it.

    Args:
        path: A path as written, or None where unknown.
        cwd: What it is relative to: "" for the command's own directory, None where unknown.

    Returns:
        A path, absolute or relative to the command's own directory; None where it cannot be told.
    """
    if path is None or path.startswith("/"):
        return path
    if cwd is None:
        return None
    return f"{cwd}/{path}" if cwd and path else cwd or path
