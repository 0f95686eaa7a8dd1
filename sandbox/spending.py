"""What a run spends, and the switch that is pressed where it is too much."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from episodes.entries import EpisodeEnded
from episodes.trajectory import Step
from sandbox.oversight.approver import NO_ANSWER
from sandbox.plan import Slot
from sandbox.progress import Progress
from sandbox.stop_switch import StopSwitch


@dataclass(frozen=True)
class Budgets:
    """What a whole run may spend; absent is without limit."""

    seconds: float | None = None
    """Wall time."""
    actions: int | None = None
    """Actions proposed."""
    cost: float | None = None
    """Money, in US dollars, as agents and reviewers report it."""
    tokens: int | None = None
    """Tokens that models read and wrote, reviewers' included."""


class Spending(Progress):
    """Counts what the run has spent, and presses the switch where that is too much."""

    def __init__(self, budgets: Budgets, stop: StopSwitch, told: Progress) -> None:
        self._budgets, self._stop, self._told = budgets, stop, told
        self._lock = threading.Lock()
        self._actions, self._cost, self._tokens = 0, 0.0, 0
        self.unanswered = 0
        """Actions that needed somebody's word and did not get it from anybody."""

    def began(self, slot: Slot, episode: str, task: str) -> None:
        """Passes it on."""
        self._told.began(slot, episode, task)

    def stepped(self, slot: int, step: Step) -> None:
        """Counts it, and passes it on."""
        with self._lock:
            self._actions += 1
            drawn, review = step.provenance, step.review
            self._cost += drawn.cost + (review.cost if review else 0.0)
            self._tokens += drawn.input_tokens + drawn.output_tokens
            self._tokens += review.tokens if review else 0
            self.unanswered += step.approval is not None and step.approval.approver in NO_ANSWER
            actions, cost, tokens = self._actions, self._cost, self._tokens
        limits = self._budgets
        if limits.actions is not None and actions >= limits.actions:
            self._stop.press(f"the run's budget of {limits.actions} actions is spent", "budget")
        if limits.cost is not None and cost >= limits.cost:
            self._stop.press(f"the run's budget of ${limits.cost:.2f} is spent", "budget")
        if limits.tokens is not None and tokens >= limits.tokens:
            self._stop.press(f"the run's budget of {limits.tokens} tokens is spent", "budget")
        self._told.stepped(slot, step)

    def ended(self, slot: Slot, episode: str, task: str, end: EpisodeEnded) -> None:
        """Passes it on."""
        self._told.ended(slot, episode, task, end)
