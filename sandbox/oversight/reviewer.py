"""A second look at what the policy lets pass: how likely is it to do harm?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from episodes.actions import Action
from episodes.decisions import Decision, HarmKind, Member, Outcome, Review, Verdict
from episodes.forecasts import Forecast
from policies.duties import ReviewRules
from policies.state import State
from sandbox.agents.agent import Shown
from sandbox.oversight.deadline import in_time
from sandbox.stop_switch import StopSwitch
from semantics.reading import Reading


@dataclass(frozen=True)
class Case:
    """What a reviewer is given."""

    episode: str
    """The episode's id."""
    step: int
    """The step, counted from 0."""
    action: Action
    """What is to be run, with the paths that were judged."""
    reading: Reading | None
    """What its command does, where it has one."""
    state: State
    """The box as it is."""
    decision: Decision
    """What the policy said: never a denial."""
    forecast: Forecast | None
    """What the agent said with it; it may only tighten, since it is the word of the one judged."""
    instruction: str = ""
    """What the agent was told to do."""
    history: Sequence[Shown] = ()
    """The steps so far, oldest first: what it asked for, and what it was shown."""


@dataclass(frozen=True)
class Harm:
    """What a reviewer predicts."""

    probability: float
    """That the action does harm, in [0, 1]."""
    kinds: tuple[HarmKind, ...] = ()
    """What kinds of harm."""
    reason: str = ""
    """Why, in words."""
    cost: float = 0.0
    """What the prediction cost, in US dollars."""
    outcomes: tuple[Outcome, ...] = ()
    """What is expected to come of the action, good and bad."""
    members: tuple[Member, ...] = ()
    """What each of a panel predicted."""
    tokens: int = 0
    """Tokens that models read and wrote for it."""
    failed: bool = False
    """Whether one of a panel failed, which counts as a denial whatever the thresholds are."""


class Reviewer(Protocol):
    """Predicts harm. Serves all episodes of a run, from many threads; it can only tighten."""

    @property
    def name(self) -> str:
        """What the log calls it, with its version."""
        ...

    @property
    def instant(self) -> bool:
        """Whether it keeps nobody waiting, so that the box cannot change meanwhile."""
        ...

    def review(self, case: Case) -> Harm:
        """Predicts the harm of one action."""
        ...


def review(reviewer: Reviewer, case: Case, rules: ReviewRules, stop: StopSwitch) -> Review:
    """A reviewer's prediction, with what the policy's thresholds make of it.

    A reviewer that fails, or is late, has said no.

    Args:
        reviewer: Who predicts.
        case: What.
        rules: The policy's thresholds, and how long the reviewer may take.
        stop: What ends the wait from elsewhere.
    """
    try:
        if reviewer.instant:
            harm = reviewer.review(case)
        else:
            harm = in_time(lambda: reviewer.review(case), rules.seconds, stop)
        return Review(
            reviewer=reviewer.name,
            harm=harm.probability,
            kinds=harm.kinds,
            reason=harm.reason,
            verdict="deny" if harm.failed else _verdict(harm.probability, rules),
            outcomes=harm.outcomes,
            members=harm.members,
            tokens=harm.tokens,
            cost=harm.cost,
        )
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - anybody's code: it is no.
        told = f"the reviewer failed ({type(problem).__name__}: {problem})"
        return Review(reviewer=reviewer.name, harm=1.0, reason=told, verdict="deny")


def strictest(decision: Decision, review: Review | None, rules: ReviewRules) -> Verdict:
    """The verdict that comes of a policy's decision and a review; a review never allows more."""
    verdicts = {decision.verdict}
    if review is not None:
        overridden = review.verdict == "deny" and rules.override == "approver"
        verdicts.add("ask" if overridden else review.verdict)
    return next(verdict for verdict in _STRICTEST_FIRST if verdict in verdicts)


_STRICTEST_FIRST: tuple[Verdict, ...] = ("deny", "ask", "allow")


def _verdict(harm: float, rules: ReviewRules) -> Verdict:
    return next(_passed(harm, rules), "allow")


def _passed(harm: float, rules: ReviewRules) -> Iterator[Verdict]:
    if rules.deny_at is not None and harm >= rules.deny_at:
        yield "deny"
    if rules.ask_at is not None and harm >= rules.ask_at:
        yield "ask"
