"""How often the half of Who&When that no rule may be made with was looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import AwareDatetime, ValidationError

from episodes.errors import UsageError
from episodes.record import Probability, Record

LOOKS = "who_when_looks.jsonl"
"""The file; lines are only ever added."""


class Shares(NamedTuple):
    """Exact shares."""

    tune: float
    """On the half that rules may be made with."""
    exact: float
    """On the other one."""
    best_fixed: float
    """There, of the fixed position that is best by its own labels."""


class WhoWhenLook(Record):
    """One version of how the critical step is named, on that half."""

    at: AwareDatetime
    """When."""
    version: str
    """The version."""
    tune: Probability
    """The exact share on the half that it was made with."""
    exact: Probability
    """The exact share that was seen on the other one."""
    best_fixed: Probability
    """The share of the fixed position that is best by that half's own labels."""
    p: Probability | None
    """Of the difference, two-sided."""
    note: str = ""
    """What it was, and what became of it."""


def who_when_looks(folder: Path) -> tuple[WhoWhenLook, ...]:
    """Every look so far, in order.

    Raises:
        UsageError: The file cannot be read.
    """
    path = folder / LOOKS
    if not path.exists():
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(WhoWhenLook.model_validate_json(line) for line in lines if line.strip())
    except (OSError, UnicodeDecodeError, ValidationError) as problem:
        raise UsageError(f"{path}: cannot be read: {problem}") from problem


def note_who_when_look(
    folder: Path, version: str, shares: Shares, p: float | None
) -> tuple[WhoWhenLook, ...]:
    """Writes down a look; the same version again shows nothing new and is none.

    Args:
        folder: Where the file lies.
        version: Of how the critical step is named.
        shares: What was exact.
        p: Of the difference on the half that was looked at, two-sided.

    Returns:
        Every look, this one among them.

    Raises:
        UsageError: It cannot be written; then the figures may not be shown either.
    """
    before = who_when_looks(folder)
    if any(one.version == version for one in before):
        return before
    look = WhoWhenLook(at=datetime.now(UTC), version=version, p=p, **shares._asdict())
    path = folder / LOOKS
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(look.model_dump_json() + "\n")
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
    return (*before, look)
