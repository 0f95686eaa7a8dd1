"""Putting findings together into tags, and writing them beside the steps they speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from episodes.tags import CAUSES, Cause, Evidence, Overlay, Primary, Tag
from episodes.trajectory import Step, Trajectory
from taxonomy.events import event
from taxonomy.finding import Finding
from taxonomy.taggers import NAME, TAGGERS, VERSION

THRESHOLD = 0.5
"""A cause that is less probable than this is not named as the primary one."""


def tag_trajectory(trajectory: Trajectory) -> tuple[Tag, ...]:
    """Every step's tags: first with the agent's marks read, then as if it had made none.

    Args:
        trajectory: The episode; tags that it already has are not read.

    Returns:
        Two tags a step, in the order of the steps.
    """
    marked = _tags(trajectory, "with")
    unmarked = _tags(without_marks(trajectory), "without")
    return tuple(tag for pair in zip(marked, unmarked, strict=True) for tag in pair)


def without_marks(trajectory: Trajectory) -> Trajectory:
    """The same episode as if its agent had never been asked for a forecast."""
    steps = tuple(step.model_copy(update={"forecast": None}) for step in trajectory.steps)
    return trajectory.model_copy(update={"steps": steps})


def machine_tag(step: Step, marks: Literal["with", "without"] = "with") -> Tag | None:
    """The step's tag by the taggers of this release; the last where it was tagged again."""
    mine = [
        tag for tag in step.tags if (tag.tagger, tag.version, tag.marks) == (NAME, VERSION, marks)
    ]
    return mine[-1] if mine else None


def _tags(trajectory: Trajectory, marks: Literal["with", "without"]) -> list[Tag]:
    findings: dict[int, list[Finding]] = defaultdict(list)
    for tagger in TAGGERS:
        for finding in tagger.tag(trajectory):
            findings[finding.step].append(finding)
    return [
        _combined(step, trajectory, findings.get(step.index, ()), marks)
        for step in trajectory.steps
    ]


def _combined(
    step: Step,
    trajectory: Trajectory,
    findings: Sequence[Finding],
    marks: Literal["with", "without"],
) -> Tag:
    happened = event(step, trajectory)
    causes = _causes(findings)
    best = max(causes, key=lambda cause: causes[cause], default=None)
    strongest = 0.0 if best is None else causes[best]
    primary: Primary = "none" if happened == "none" else "undetermined"
    probability = 1.0 - strongest
    if best is not None and strongest >= THRESHOLD:
        primary, probability = best, strongest
    overlays: tuple[Overlay, ...] = tuple(
        sorted({finding.overlay for finding in findings if finding.overlay is not None})
    )
    return Tag(
        step=step.index,
        tagger=NAME,
        version=VERSION,
        event=happened,
        primary=primary,
        probability=probability,
        causes=causes,
        overlays=overlays,
        impact="wasted" if "loop" in overlays else "none",
        uninformed=any(finding.uninformed for finding in findings),
        marks=marks,
        evidence=_evidence(findings),
    )


def _causes(findings: Iterable[Finding]) -> dict[Cause, float]:
    """Each cause by the strongest finding for it, in the catalogue's order.

    What the environment did explains away a prediction that failed by it.
    """
    weighed: dict[Cause, float] = {}
    for finding in findings:
        if finding.cause is not None:
            weighed[finding.cause] = max(weighed.get(finding.cause, 0.0), finding.probability)
    if "wrong_dynamics" in weighed and "environment_fault" in weighed:
        weighed["wrong_dynamics"] *= 1.0 - weighed["environment_fault"]
    return {cause: weighed[cause] for cause in CAUSES if cause in weighed}


def _evidence(findings: Iterable[Finding]) -> tuple[Evidence, ...]:
    """Every piece of evidence once, in the order of the taggers."""
    return tuple(dict.fromkeys(piece for finding in findings for piece in finding.evidence))
