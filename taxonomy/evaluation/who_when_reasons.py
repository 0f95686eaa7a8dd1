"""Where the evidence of a labelled mistake is: in the log, or only in the right answer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from episodes.errors import UsageError
from episodes.record import Record

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
    path = folder / REASONS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(Reason.model_validate_json(line) for line in lines if line.strip())
    except (OSError, UnicodeDecodeError, ValidationError) as problem:
        raise UsageError(f"{path}: cannot be read: {problem}") from problem
