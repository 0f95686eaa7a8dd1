"""What one tagger says of one step, and the protocol that every tagger follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from episodes.tags import Cause, Evidence, Overlay
from episodes.trajectory import Trajectory


@dataclass(frozen=True)
class Finding:
    """One thing that holds of a step: a cause, an overlay, or that its rule was never shown."""

    step: int
    """The step, counted from 0."""
    evidence: tuple[Evidence, ...]
    """What it rests on; never empty."""
    cause: Cause | None = None
    """The cause it speaks for."""
    probability: float = 1.0
    """How probable that is held to be, in [0, 1]."""
    overlay: Overlay | None = None
    """The overlay it speaks for."""
    uninformed: bool = False
    """Whether a denial came from a rule that the agent had not been shown."""


class Tagger(Protocol):
    """Reads an episode and says what holds of its steps; the same episode, the same findings."""

    @property
    def name(self) -> str:
        """The tagger's name."""

    @property
    def version(self) -> str:
        """Changed with every change that could change a finding."""

    @property
    def reads_marks(self) -> bool:
        """Whether any finding can depend on the agent's forecasts."""

    def tag(self, trajectory: Trajectory) -> Iterable[Finding]:
        """Every finding, in any order; reads nothing but the trajectory."""
