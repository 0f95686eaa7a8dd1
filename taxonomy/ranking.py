"""Which episodes to look at first in the morning, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from taxonomy.summary import Summary

# Reasons in the order a person should hear of them: what the harness lost, what went against a
# rule, what claims to have worked, then what is odd or dear.
_LOST = 100.0
_REFUSED = 60.0
_FALSE_SUCCESS = 50.0
_UNPASSED = 30.0
_UNINFORMED = 15.0
_WRONG = 10.0
_LOOP = 8.0
_CUT_SHORT = 20.0
_COSTLY = 5.0


@dataclass(frozen=True)
class Pick:
    """One episode that is worth a look."""

    summary: Summary
    """The episode."""
    step: int | None
    """The first step to look at."""
    reasons: tuple[str, ...]
    """Why, the weightiest first; our own words."""
    weights: tuple[float, ...]
    """The reasons' weights, the largest first: the order of the picks."""


def rank(summaries: Sequence[Summary]) -> list[Pick]:
    """The episodes worth a look, the weightiest first; those with no reason are left out."""
    ended = {(s.row.run, s.row.slot) for s in summaries if s.row.status != "faulted"}
    times = [s.seconds for s in summaries if s.seconds is not None]
    usual = median(times) if times else 0.0
    # Of a slot that every attempt lost, the last one stands for all.
    last = {(s.row.run, s.row.slot): s.row.episode for s in summaries}
    lost = {episode for slot, episode in last.items() if slot not in ended}
    picks = [_pick(s, s.row.episode in lost, usual) for s in summaries]
    # Equal weights stay in the order in which the episodes began.
    return sorted(
        (pick for pick in picks if pick.reasons), key=lambda pick: pick.weights, reverse=True
    )


def _pick(summary: Summary, lost: bool, usual_seconds: float) -> Pick:
    found: list[tuple[float, str, int | None]] = []
    row = summary.row
    last = row.steps - 1 if row.steps else None

    def add(weight: float, reason: str, step: int | None) -> None:
        found.append((weight, reason, step))

    if row.status == "faulted" and lost:
        step = next((at for at, _ in summary.faults), None)
        add(_LOST, "a fault ended it, and no later attempt took its place", step)
    if row.success is False and summary.finished_itself:
        add(_FALSE_SUCCESS, "the agent said that it was done, and the check says no", last)
    elif row.success is False:
        add(_UNPASSED, "the check was not passed", last)
    if row.status == "truncated":
        add(_CUT_SHORT, "a limit cut it short", last)
    if violations := [tag for tag in summary.tags if tag.primary == "policy_violation"]:
        reason = f"against a rule it had been shown ({_times(len(violations))})"
        add(_REFUSED, reason, violations[0].step)
    if uninformed := [denial for denial in summary.denials if denial.uninformed]:
        reason = f"denied by a rule it had not been shown ({_times(len(uninformed))})"
        add(_UNINFORMED, reason, uninformed[0].step)
    if wrong := [tag for tag in summary.tags if tag.primary == "wrong_dynamics"]:
        reason = f"what it was sure of did not happen ({_times(len(wrong))})"
        add(_WRONG, reason, wrong[0].step)
    if loops := [tag for tag in summary.tags if "loop" in tag.overlays]:
        add(_LOOP, f"steps that repeat with nothing new ({len(loops)})", loops[0].step)
    if summary.seconds is not None and summary.seconds > max(3 * usual_seconds, 1.0):
        add(_COSTLY, "more than three times as long as the usual episode", None)
    found.sort(key=lambda reason: -reason[0])
    return Pick(
        summary=summary,
        step=next((step for _, _, step in found if step is not None), None),
        reasons=tuple(reason for _, reason, _ in found),
        weights=tuple(weight for weight, _, _ in found),
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
