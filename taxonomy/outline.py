"""One episode's tags as one JSON object, for programs to read."""

from __future__ import annotations

from typing import Any

from episodes.tags import Tag
from episodes.trajectory import Step, Trajectory
from taxonomy.critical import critical_step, mode_of
from taxonomy.marking import marking
from taxonomy.tagging import machine_tags


def outline(trajectory: Trajectory) -> dict[str, Any]:
    """What `longleash tag --json` prints of an episode.

    `source` and `message_index` speak of imported files: the file, with `#` and the record where
    it holds several, and the position of the message in that record, counted from 0. Both are
    absent values in an episode of our own. `unmarked` is what a step would get if the agent had
    said nothing beforehand; `marking` counts its marks and what they change. `refined` and
    `critical_refined` are there where a refiner was asked.
    """
    tags = machine_tags(trajectory, "with")
    bare = machine_tags(trajectory, "without")
    marks = marking(trajectory.steps, (*tags, *bare))
    critical = critical_step(trajectory, tags)
    at = None if critical is None else trajectory.steps[critical.step]
    found: dict[str, Any] = {
        "episode": trajectory.episode,
        "source": trajectory.started.provenance.origin,
        "outcome": _outcome(trajectory),
        "steps": [
            _step(step, tag, unmarked, trajectory.started.agent)
            for step, tag, unmarked in zip(trajectory.steps, tags, bare, strict=True)
        ],
        "marking": {
            "forecasts": marks.forecasts,
            "marked": marks.marked,
            "rate": marks.rate,
            "disagreement": marks.disagreement,
        },
        "critical_step": None if critical is None else critical.step,
        "critical_message_index": None if at is None else at.provenance.message_index,
        "critical_mode": None if critical is None else critical.mode,
        "critical_probability": None if critical is None else critical.probability,
    }
    asked = [tag for step in trajectory.steps for tag in step.tags if tag.critical is not None]
    if asked:
        found["critical_refined"] = [_critical(trajectory, tag) for tag in asked]
    return found


def _critical(trajectory: Trajectory, tag: Tag) -> dict[str, Any]:
    return {
        "tagger": tag.tagger,
        "version": tag.version,
        "critical_step": tag.step,
        "critical_message_index": trajectory.steps[tag.step].provenance.message_index,
        "critical_mode": mode_of(tag.primary),
        "critical_probability": tag.critical,
        "evidence": _evidence(tag),
        "consulted": _consulted(tag),
    }


def _outcome(trajectory: Trajectory) -> str | None:
    """`success` or `failure` by the check; else how it ended; absent where it has not."""
    ended = trajectory.ended
    if ended is None or ended.success is None:
        return None if ended is None else ended.status
    return "success" if ended.success else "failure"


def _step(step: Step, tag: Tag, unmarked: Tag, agent: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "index": tag.step,
        "message_index": step.provenance.message_index,
        "agent": step.provenance.agent or agent,
        "event": tag.event,
        "primary": tag.primary,
        "probability": tag.probability,
        "causes": tag.causes,
        "overlays": list(tag.overlays),
        "impact": tag.impact,
        "gained": tag.gained,
        "evidence": _evidence(tag),
        "unmarked": {"primary": unmarked.primary, "probability": unmarked.probability},
    }
    # Only where somebody was asked: most steps never are.
    asked = (one for one in step.tags if one.consulted is not None and one.critical is None)
    if refined := [_refined(one) for one in asked]:
        found["refined"] = refined
    return found


def _refined(tag: Tag) -> dict[str, Any]:
    return {
        "tagger": tag.tagger,
        "version": tag.version,
        "primary": tag.primary,
        "probability": tag.probability,
        "causes": tag.causes,
        "evidence": _evidence(tag),
        "consulted": _consulted(tag),
    }


def _consulted(tag: Tag) -> dict[str, Any] | None:
    return None if tag.consulted is None else tag.consulted.model_dump(mode="json")


def _evidence(tag: Tag) -> list[dict[str, Any]]:
    return [
        {
            "step": evidence.step,
            "where": evidence.where,
            "span": None if evidence.span is None else list(evidence.span),
            "note": evidence.note,
        }
        for evidence in tag.evidence
    ]
