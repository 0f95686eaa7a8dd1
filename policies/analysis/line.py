"""One line of a suggested policy, and what it is there for."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.record import Count, Record
from policies.analysis.references import Reference


class Line(Record):
    """A value in a list of a suggested policy."""

    value: str
    """What stands there: a program, a pattern, a path, a host."""
    purpose: str = ""
    """What it is for, where that is more than its use."""
    opens: str = ""
    """What it allows besides what was seen; empty where it allows no more."""
    uses: Count = 0
    """How many actions used it; none where it is kept from another policy."""
    references: tuple[Reference, ...] = ()
    """Each episode's first step that used it."""


class Lines:
    """Gathers lines with their uses, each value once."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def note(
        self, value: str, at: Reference | None = None, *, purpose: str = "", opens: str = ""
    ) -> None:
        """Adds a value, and a use of it; what was said of it first stays."""
        line = self._lines.get(value) or Line(value=value, purpose=purpose, opens=opens)
        if at is not None:
            known = {(one.log, one.episode) for one in line.references}
            more = () if (at.log, at.episode) in known else (at,)
            update = {"uses": line.uses + 1, "references": (*line.references, *more)}
            line = line.model_copy(update=update)
        self._lines[value] = line

    def join(self, values: list[str], into: str, *, purpose: str = "", opens: str = "") -> None:
        """Puts one value in the place of several, with all their uses."""
        gone = [self._lines.pop(value) for value in values]
        references: dict[tuple[str, str], Reference] = {}
        for at in [at for line in gone for at in line.references]:
            references.setdefault((at.log, at.episode), at)
        self._lines[into] = Line(
            value=into,
            purpose=purpose,
            opens=opens,
            uses=sum(line.uses for line in gone),
            references=tuple(references.values()),
        )

    def move(self, value: str, other: Lines) -> None:
        """Hands one value with its uses over to `other`."""
        other._lines[value] = self._lines.pop(value)

    def __contains__(self, value: str) -> bool:
        return value in self._lines

    def __iter__(self) -> Iterator[Line]:
        return iter(sorted(self._lines.values(), key=lambda line: line.value))

    def __len__(self) -> int:
        return len(self._lines)
