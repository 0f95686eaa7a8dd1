"""What came of asking a refiner, and what that took."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from episodes.amounts import money, number
from episodes.tags import Consulted

_REASONS = 5
_LONG = 200


@dataclass
class Refined:
    """What came of asking."""

    asked: int = 0
    """Steps that were to be asked about."""
    answered: int = 0
    """Steps that got a refined tag."""
    changed: int = 0
    """Of those, the ones that now have another primary."""
    failed: int = 0
    """Failed episodes of which the step they failed by was to be asked."""
    attributed: int = 0
    """Of those, the ones of which it was said."""
    moved: int = 0
    """Of those, the ones that failed by another step than the rules name."""
    silent: Counter[str] = field(default_factory=Counter)
    """By reason, the questions without an answer: there all stays as the rules had it."""
    dropped: int = 0
    """Pieces of evidence that pointed at nothing."""
    input_tokens: int = 0
    """Tokens read."""
    output_tokens: int = 0
    """Tokens drawn."""
    cost: float | None = None
    """Money, in US dollars; absent where no price is known."""

    def count(self, consulted: Consulted | None) -> None:
        """Adds what an answer took, used or not."""
        if consulted is None:
            return
        self.input_tokens += consulted.input_tokens
        self.output_tokens += consulted.output_tokens
        if consulted.cost is not None:
            self.cost = (self.cost or 0.0) + consulted.cost

    def lines(self, name: str) -> list[str]:
        """What to tell a person, the cost last.

        Args:
            name: Who was asked.
        """
        lines = [
            f"{number(self.asked, 'doubtful step')}: {name} answered for {self.answered}, of which "
            f"{self.changed} now have another cause"
        ]
        if self.failed:
            lines.append(
                f"{number(self.failed, 'failed episode')}: it said of {self.attributed} which step "
                f"they failed by, of {self.moved} another than the rules"
            )
        for why, questions in self.silent.most_common(_REASONS):
            lines.append(f"{number(questions, 'question')} without an answer: {why[:_LONG]}")
        if len(self.silent) > _REASONS:
            lines.append(f"and {number(len(self.silent) - _REASONS, 'other reason')}")
        if self.dropped:
            lines.append(
                f"{number(self.dropped, 'piece')} of evidence dropped: what was quoted does not "
                "stand there"
            )
        spent = "no price known" if self.cost is None else money(self.cost)
        lines.append(
            f"it read {number(self.input_tokens, 'token')} and drew "
            f"{number(self.output_tokens, 'token')}: {spent}"
        )
        return lines
