"""What is said of a name through time, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.terminal import safe_line
from taxonomy.compare import CONFIDENCE, Comparison
from taxonomy.drift import ALARM_AT, Drift, Moved


def lines(found: Drift) -> Iterator[str]:
    """One name: its models, its probings, and each change with what became of the episodes."""
    yield safe_line(found.agent)
    for model in found.models:
        said = model.model_dump(exclude_none=True, exclude={"provider", "name"})
        told = ", ".join(f"{name} {value}" for name, value in said.items() if value)
        yield safe_line(f"  said to be: {model.provider}:{model.name} {told}")
    if not found.probings:
        yield "  never probed: only what its server says of itself can tell (longleash probe)"
    for one in found.probings:
        p = "the first" if one.p is None else f"p {one.p:.4f} against the {one.before} before"
        mark = ", another model" if one.alarm else ""
        yield f"  probed {one.at:%Y-%m-%d %H:%M}: {one.answers} answers, {p}{mark}"
    if not found.moved:
        alarm = f"no p at or under {ALARM_AT}" if found.probings else "no other word of its server"
        yield f"  the same model, as far as this tells ({alarm})"
    for moved in found.moved:
        yield from _change(moved)


def _change(moved: Moved) -> Iterator[str]:
    change = moved.change
    p = "" if change.p is None else f" (p {change.p:.4f})"
    yield safe_line(f"  CHANGED {change.at:%Y-%m-%d %H:%M}, {change.how}: {change.what}{p}")
    if moved.comparison is None:
        yield "    no episodes on both sides of it"
    else:
        yield from (f"    {line}" for line in _failures(moved.comparison))


def _failures(comparison: Comparison) -> Iterator[str]:
    for side in (comparison.a, comparison.b):
        if side.rate is None or side.low is None or side.high is None:
            yield f"{side.name}: {side.episodes} episodes, none of them judged"
            continue
        failed = side.judged - side.solved
        yield (
            f"{side.name}: {failed} of {side.judged} failed, {1 - side.rate:.0%} "
            f"({CONFIDENCE:.0%} interval {1 - side.high:.0%} to {1 - side.low:.0%})"
        )
    for one in comparison.differences:
        if one.measure != "success" and not one.measure.endswith(" steps"):
            continue
        # Failures are told, and successes are measured.
        sign, name = (-1, "failure rate") if one.measure == "success" else (1, one.measure)
        told = f"{name}: {sign * one.difference:+.3f} over {one.tasks} tasks that both have"
        if one.low is None or one.high is None:
            yield f"{told}; no interval from one task"
        else:
            low, high = sorted((sign * one.low, sign * one.high))
            yield f"{told} ({CONFIDENCE:.0%} interval {low:+.3f} to {high:+.3f})"
