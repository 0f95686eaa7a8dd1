"""Who came between an agent and what it asked for, and which steps that shaped.

A reviewer's verdict, and a person's, are a measure of the agent only while nothing is trained on
them. To leave out the verdict alone is no independence: the agent saw what came of it, and each
step after that may answer to it. The policy is no such judge: its rules are the world that the
agent acts in, and it was told of them.
"""

from __future__ import annotations

from typing import Literal

from episodes.record import Count, Record
from episodes.trajectory import Step, Trajectory

Judge = Literal["reviewer", "approver"]
"""Who judges an action besides the policy."""

_NOBODY = ("nobody", "deadline", "stop")
"""Names in an answer that no one gave."""


class Intervention(Record):
    """What judges did to one step."""

    step: Count
    """The step."""
    judges: tuple[Judge, ...]
    """Who asked, answered or denied."""
    shaped: bool
    """Whether what the agent saw of it is not what would have come without them."""


def intervention(step: Step) -> Intervention | None:
    """What judges did to a step; None where they let it pass without a word."""
    review, approval = step.review, step.approval
    answered = approval is not None and approval.approver not in _NOBODY
    judges: list[Judge] = []
    if review is not None and review.verdict != "allow":
        judges.append("reviewer")
    if answered:
        judges.append("approver")
    if not judges:
        return None
    changed = approval is not None and approval.changed is not None
    return Intervention(
        step=step.index, judges=tuple(judges), shaped=changed or step.executed is None
    )


def interventions(held: Trajectory) -> tuple[Intervention, ...]:
    """What judges did in an episode, step by step."""
    return tuple(found for step in held.steps if (found := intervention(step)) is not None)


def shaped_from(held: Trajectory) -> int | None:
    """The first step that judges shaped; None where they shaped none.

    Every step from there on is shaped as well: the agent has seen what came of it.
    """
    return next((one.step for one in interventions(held) if one.shaped), None)


def unshaped(held: Trajectory) -> Trajectory | None:
    """An episode up to where judges shaped it, without its outcome; None where nothing is left."""
    first = shaped_from(held)
    if first is None:
        return held
    steps = tuple(step for step in held.steps if step.index < first)
    outcome = {"check": None, "ended": None, "finished": None}
    return held.model_copy(update={"steps": steps, **outcome}) if steps else None
