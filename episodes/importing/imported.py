"""What an importer makes of a record: an episode, or the reason that it holds none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from episodes.actions import Action
from episodes.observations import Observation
from episodes.provenance import Model, StepProvenance
from episodes.record import Seconds


@dataclass(frozen=True, slots=True)
class ImportedStep:
    """One step; what its format does not hold is absent."""

    action: Action
    observation: Observation | None = None
    provenance: StepProvenance = field(default_factory=StepProvenance)
    reward: float = 0.0
    seconds: Seconds | None = None
    """How long the action took; absent where the format does not say."""


@dataclass(frozen=True, slots=True)
class ImportedEpisode:
    """One episode of a file."""

    task: str
    agent: str
    instruction: str
    steps: tuple[ImportedStep, ...]
    format: str
    """The format's name, with its version where the file says."""
    record: int | None = None
    """Its place in the file, counted from 0; absent where the file is one episode."""
    model: Model | None = None
    status: Literal["terminated", "truncated", "faulted"] = "terminated"
    cause: str = "imported"
    success: bool | None = None
    """Absent where the format does not say."""
    reward: float | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that is in order and holds no step."""

    record: int | None
    why: str


Read = Iterable[ImportedEpisode | SkippedRecord]
"""What an importer makes of one file."""
