"""One episode's tags as one JSON object, for programs to read."""

from __future__ import annotations

from typing import Any

from episodes.tags import Tag
from episodes.trajectory import Trajectory
from taxonomy.tagging import machine_tags


def outline(trajectory: Trajectory) -> dict[str, Any]:
    """What `longleash tag --json` prints of an episode.

    The critical step is the first from which the episode did not recover; nothing finds it yet,
    so its fields are absent values. `source` and `message_index` speak of imported files.
    """
    origin = trajectory.started.provenance.origin
    return {
        "episode": trajectory.episode,
        "source": origin,
        "outcome": _outcome(trajectory),
        "steps": [_step(tag, trajectory.started.agent) for tag in machine_tags(trajectory, "with")],
        "critical_step": None,
        "critical_message_index": None,
        "critical_mode": None,
        "critical_probability": None,
    }


def _outcome(trajectory: Trajectory) -> str | None:
    """`success` or `failure` by the check; else how it ended; absent where it has not."""
    ended = trajectory.ended
    if ended is None or ended.success is None:
        return None if ended is None else ended.status
    return "success" if ended.success else "failure"


def _step(tag: Tag, agent: str) -> dict[str, Any]:
    return {
        "index": tag.step,
        "message_index": None,
        "agent": agent,
        "event": tag.event,
        "primary": tag.primary,
        "probability": tag.probability,
        "causes": tag.causes,
        "overlays": list(tag.overlays),
        "impact": tag.impact,
        "gained": tag.gained,
        "evidence": [
            {
                "step": evidence.step,
                "where": evidence.where,
                "span": None if evidence.span is None else list(evidence.span),
                "note": evidence.note,
            }
            for evidence in tag.evidence
        ],
    }
