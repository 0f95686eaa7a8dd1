"""What a command on policies found, in one form for people, programs and CI."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import JsonValue

from episodes.errors import PolicyInvalid
from episodes.record import Record

Level = Literal["error", "warning", "note"]
"""An error makes the command exit with 1; a warning and a note do not."""

_LINE = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?P<what>.*)", re.DOTALL)


class Notice(Record):
    """One thing that was found."""

    level: Level
    """How much it weighs."""
    code: str
    """What kind of thing it is, as `shadowed`."""
    file: str
    """The file that it is about."""
    line: int | None = None
    """The line, counted from 1."""
    where: str = ""
    """The rule or field that it is about."""
    message: str
    """What it is, in words."""


class Report(Record):
    """All that a command found."""

    command: Literal["check", "test", "diff", "lock", "backtest", "suggest"]
    """The command."""
    notices: tuple[Notice, ...] = ()
    """What was found, the weightiest first."""
    held: tuple[Notice, ...] = ()
    """What was looked at and is as it should be."""
    detail: JsonValue = None
    """The same for programs, in the form that is the command's own."""

    @property
    def exit_code(self) -> int:
        """0 where all is well, 1 where something was found, 2 where a file could not be used."""
        if any(notice.code == "invalid" for notice in self.notices):
            return 2
        return 1 if any(notice.level == "error" for notice in self.notices) else 0


def by_weight(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices, the weightiest first and else in their order."""
    order: dict[Level, int] = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(notices, key=lambda notice: order[notice.level]))


def invalid(file: str, error: PolicyInvalid) -> tuple[Notice, ...]:
    """What is wrong with a file that does not validate: a notice for each line of the message."""
    notices: list[Notice] = []
    for text in str(error).splitlines():
        found = _LINE.match(text)
        notices.append(
            Notice(
                level="error",
                code="invalid",
                file=found["file"] if found else file,
                line=int(found["line"]) if found else None,
                message=found["what"] if found else text,
            )
        )
    return tuple(notices)
