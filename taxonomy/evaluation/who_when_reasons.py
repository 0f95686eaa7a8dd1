"""Where the evidence of a labelled mistake is: in the log, or only in the right answer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from episodes.record import Record
from taxonomy.evaluation.rows import read_rows

REASONS = "who_when_reasons.jsonl"
"""The file: the tune half, each log with its label and reason read by a language model."""

Evidence = Literal["shown", "unsupported", "outside", "elsewhere", "nowhere"]

MEANING: dict[Evidence, str] = {
    "shown": "the log shows the mistake: a failure, a placeholder, an assumption that is named",
    "unsupported": "nothing in the log supports what is said; that it is false, the answer tells",
    "outside": "nothing in the log tells it from a step that is right",
    "elsewhere": "the reason given does not fit the step that is labelled",
    "nowhere": "the label is on no agent's step",
}
"""What each says of a label, in the page's order."""


class Reason(Record):
    """One log's label."""

    id: str
    """The log's file."""
    evidence: Evidence
    """Where its evidence is."""
    note: str
    """Why, in a line."""


def read_reasons(folder: Path) -> tuple[Reason, ...]:
    """All that were judged.

    Raises:
        UsageError: The file cannot be read.
    """
    return read_rows(folder / REASONS, Reason)
