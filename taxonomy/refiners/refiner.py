"""What a refiner says of a step, and the protocol that every refiner follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args, runtime_checkable

from episodes.tags import Consulted, Event, Evidence
from episodes.trajectory import Trajectory

Answer = Literal["policy_violation", "environment_fault", "hallucination", "exploration", "none"]
"""What a reader can tell from the record of a step alone.

The other causes are measured, not read: `slip` takes draws, `wrong_value` continuations, and
`wrong_dynamics` a forecast, which no refiner is shown.
"""

ANSWERS: tuple[Answer, ...] = get_args(Answer)
"""Every answer, in the order in which the guide asks for them."""


@dataclass(frozen=True)
class Opinion:
    """What a refiner says of one step."""

    likelihoods: Mapping[Answer, float]
    """How well each answer explains the step, in (0, 1]; only their ratios count.

    Empty where the refiner cannot tell.
    """
    evidence: tuple[Evidence, ...]
    """What it rests on; every span exists."""
    consulted: Consulted
    """Who was asked, and what that took."""
    dropped: int = 0
    """Pieces of evidence that pointed at nothing and were left out."""


@dataclass(frozen=True)
class Suspicion:
    """By which step a refiner holds an episode to have failed."""

    likelihoods: tuple[float, ...]
    """For each step how well it explains the failure, in (0, 1]; only their ratios count."""
    evidence: tuple[Evidence, ...]
    """What it rests on; every span exists."""
    consulted: Consulted
    """Who was asked, and what that took."""


@dataclass(frozen=True)
class Silence:
    """Why there is no opinion on a step: the tag stays as it was."""

    why: str
    """In words, some of which may be the server's own; no key stands in it."""
    answered: bool
    """Whether somebody was there at all."""
    consulted: Consulted | None = None
    """Who was asked, where an answer came that cannot be used."""


class Refiner(Protocol):
    """Says more of single steps than the rules can; reads no forecast, as marks can be gamed."""

    @property
    def name(self) -> str:
        """What its tags are signed with: the kind of refiner and the model."""
        ...

    @property
    def version(self) -> str:
        """Changed with every change of ours that could change an opinion."""
        ...

    @property
    def at_once(self) -> int:
        """How many steps may be asked about at the same time."""
        ...

    def refine(self, trajectory: Trajectory, step: int, event: Event) -> Opinion | Silence:
        """What it says of one step.

        Args:
            trajectory: The episode; may be given to several calls at a time.
            step: The step, counted from 0.
            event: What happened there, as it is read off without the agent's marks.
        """
        ...


@runtime_checkable
class Attributor(Protocol):
    """A refiner that can also say by which step a failed episode failed."""

    @property
    def name(self) -> str:
        """What its tags are signed with, as a refiner's."""
        ...

    @property
    def attribution_version(self) -> str:
        """Changed with every change of ours that could change what it says of that."""
        ...

    def attribute(self, trajectory: Trajectory) -> Suspicion | Silence:
        """By which step it failed.

        Args:
            trajectory: An episode that failed; may be given to several calls at a time.
        """
        ...
