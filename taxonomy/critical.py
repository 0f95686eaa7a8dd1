"""The critical step: of an episode that failed, the first one from which it did not recover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from episodes.tags import Primary, Tag
from episodes.trajectory import Step, Trajectory
from taxonomy.changes import changes_nothing
from taxonomy.consequences import ORIGIN
from taxonomy.conversation import is_conversation, shares

VERSION = "1"
"""Of how the critical step is named; the taggers' own version says nothing of it."""

# How far a mistake is held to have lasted to the end, by what came of it; and from where on one is
# held to have lasted at all.
_CARRIED_ON = 1.0
_WORTH = 0.9
_SILENT = 0.8
_NEVER_WORKED = 0.8
_UNUSED = 0.2
_SEEN = 0.15
_UNTOLD = 0.5
_LASTED = 0.5
_SUREST = 0.95

_BLAMELESS: frozenset[Primary] = frozenset(("none", "exploration"))


class Critical(NamedTuple):
    """The step that an episode failed by."""

    step: int
    """The step, counted from 0."""
    mode: Primary
    """Its primary cause; `undetermined` where it failed and the record cannot tell why."""
    probability: float
    """How probable it is that this is the one, in [0, 1]."""


def critical_step(trajectory: Trajectory, tags: Sequence[Tag]) -> Critical | None:
    """The first step from which a failed episode did not recover.

    What ended it by a fault comes first. Else each mistaken step is held against what came after:
    whether a later step carries it on to the end, whether it was seen to fail and something worked
    after it, whether it only looked. Of those that lasted the first is named; where none surely
    did, the likeliest. In a conversation of several agents, where hardly anything can be looked
    up, words and what came back decide (`conversation`).

    Args:
        trajectory: The episode.
        tags: One tag a step, in order.

    Returns:
        Absent where the episode passed, was cut short or has not ended, and where no step did
        anything wrong.
    """
    ended = trajectory.ended
    if ended is None or not trajectory.steps or len(tags) != len(trajectory.steps):
        return None
    if ended.status == "faulted":
        return _fault(tags)
    if not has_failed(trajectory):
        return None
    if is_conversation(trajectory):
        return _said(trajectory, tags)
    carried = {
        piece.step: tag.step
        for tag in reversed(tags)
        for piece in tag.evidence
        if piece.note == ORIGIN and "cascade" in tag.overlays
    }
    worked = max((step.index for step in trajectory.steps if _got_on(step)), default=-1)
    weighed = [
        Critical(tag.step, tag.primary, tag.probability * _lasted(step, tag, carried, worked))
        for step, tag in zip(trajectory.steps, tags, strict=True)
        if tag.primary not in _BLAMELESS
    ]
    lasting = (one for one in weighed if one.probability >= _LASTED)
    return next(lasting, None) or max(weighed, key=lambda one: one.probability, default=None)


def critical_shares(trajectory: Trajectory, tags: Sequence[Tag]) -> tuple[float, ...]:
    """For each step how probable it is, by the rules, that a failed episode failed by it.

    The step that is named has its own probability, but at most 0.95, and the others share what is
    left evenly; all share alike where none is named. In a conversation of several agents each has
    its own.

    Args:
        trajectory: The episode, with at least one step.
        tags: One tag a step, in order.

    Returns:
        They sum to one.
    """
    if is_conversation(trajectory):
        return shares(trajectory)
    many = len(trajectory.steps)
    named = critical_step(trajectory, tags)
    if named is None or many == 1:
        return (1.0 / many,) * many
    sure = min(max(named.probability, 1.0 / many), _SUREST)
    rest = (1.0 - sure) / (many - 1)
    return tuple(sure if step.index == named.step else rest for step in trajectory.steps)


def likeliest(each: Sequence[float]) -> int:
    """The first of the steps to which no other is preferred."""
    return max(range(len(each)), key=lambda at: each[at])


def mode_of(primary: Primary) -> Primary:
    """How an episode failed, where it failed by a step of this cause."""
    return "undetermined" if primary in _BLAMELESS else primary


def has_failed(trajectory: Trajectory) -> bool:
    """Whether an episode came to its end and did not solve its task, so that a step decided it."""
    ended = trajectory.ended
    return ended is not None and ended.status == "terminated" and ended.success is False


def _fault(tags: Sequence[Tag]) -> Critical | None:
    last = tags[-1]
    if last.primary != "environment_fault":
        return None
    return Critical(last.step, last.primary, last.probability)


def _said(trajectory: Trajectory, tags: Sequence[Tag]) -> Critical:
    """The likeliest step of a conversation; its mode is a mistake's, or that nobody can tell."""
    each = shares(trajectory)
    at = likeliest(each)
    return Critical(at, mode_of(tags[at].primary), each[at])


def _lasted(step: Step, tag: Tag, carried: Mapping[int, int], worked: int) -> float:
    """How far a mistaken step is held to have lasted to the end of its episode, in [0, 1]."""
    if tag.primary == "undetermined":
        seen = tag.event != "task_failed" and step.index < worked
        return _SEEN if seen else _UNTOLD
    if tag.event in ("denied", "error", "fault"):
        # It was seen to fail; where something worked afterwards, it was got over.
        return _SEEN if step.index < worked else _NEVER_WORKED
    if tag.primary == "wrong_value":
        return _WORTH
    if changes_nothing(step) and step.action.kind != "say":
        return _CARRIED_ON if step.index in carried and tag.event == "none" else _UNUSED
    return _CARRIED_ON if step.index in carried else _SILENT


def _got_on(step: Step) -> bool:
    """Whether a step did something, and it worked."""
    if step.observation is None or step.observation.failed or step.action.kind == "finish":
        return False
    return not changes_nothing(step)
