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
    ended = trajectory.ended
    origin = trajectory.started.provenance.origin
    return {
        "episode": trajectory.episode,
        "source": origin,
        "outcome": None
        if ended is None
        else {"status": ended.status, "success": ended.success, "reward": ended.reward},
        "steps": [_step(tag, trajectory.started.agent) for tag in machine_tags(trajectory, "with")],
        "critical_step": None,
        "critical_message_index": None,
        "critical_mode": None,
        "critical_probability": None,
    }


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
