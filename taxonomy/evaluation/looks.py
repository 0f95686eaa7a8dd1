"""How often data that no rule may be made with was looked at: each figure is written beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import AwareDatetime, ConfigDict

from episodes.record import Probability, Record
from taxonomy.evaluation.evaluation import Evaluation
from taxonomy.evaluation.rows import add_row, read_rows

LOOKS = "looks.jsonl"
"""The file beside the corpus's manifest; lines are only ever added."""

WHO_WHEN_LOOKS = "who_when_looks.jsonl"
"""The file for Who&When; lines are only ever added."""


class Look(Record):
    """One evaluation on the corpus's test half."""

    model_config = ConfigDict(extra="ignore")

    at: datetime
    """When."""
    tagger: str
    """Name and version of the taggers."""
    macro_f1: float | None
    """What was seen."""
    coverage: float | None
    """What was seen, too."""


class Shares(NamedTuple):
    """Shares of Who&When's logs whose critical step is named exactly."""

    tune: float
    """On the half that rules may be made with."""
    exact: float
    """On the other one."""
    best_fixed: float
    """There, of the fixed position that is best by its own labels."""


class WhoWhenLook(Record):
    """One version of how the critical step is named, on that other half."""

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


def looks(folder: Path) -> tuple[Look, ...]:
    """Every look at a corpus's test half so far, in order.

    Raises:
        UsageError: The file cannot be read.
    """
    path = folder / LOOKS
    return read_rows(path, Look) if path.exists() else ()


def note_look(folder: Path, evaluation: Evaluation) -> None:
    """Writes down that the test half was looked at.

    Raises:
        UsageError: It cannot be written; then the figures may not be shown either.
    """
    look = Look(
        at=datetime.now(UTC),
        tagger=evaluation.tagger,
        macro_f1=evaluation.overall.macro_f1,
        coverage=evaluation.overall.coverage,
    )
    add_row(folder / LOOKS, look)


def who_when_looks(folder: Path) -> tuple[WhoWhenLook, ...]:
    """Every look at Who&When's other half so far, in order.

    Raises:
        UsageError: The file cannot be read.
    """
    path = folder / WHO_WHEN_LOOKS
    return read_rows(path, WhoWhenLook) if path.exists() else ()


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
    add_row(folder / WHO_WHEN_LOOKS, look)
    return (*before, look)
