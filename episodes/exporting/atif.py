"""ATIF 1.7, the Agent Trajectory Interchange Format (Harbor's RFC 0001).

What it has no place for lies in `extra`, under `longleash`, and our importer reads it back:
observations that are more than text, actions that are no call, rewards, how the episode ended, and
which steps reviewers and approvers shaped.
Forecasts, decisions and tags are not written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from episodes.actions import Malformed, Say
from episodes.calls import as_call
from episodes.exporting.held import Held
from episodes.importing.ours import OURS, OfEpisode, OfStep
from episodes.importing.outputs import observed
from episodes.importing.tool_calls import action_of
from episodes.interventions import intervention, shaped_from
from episodes.shown import observation_text
from episodes.trajectory import Step, Trajectory

VERSION = "ATIF-v1.7"
"""The version that is written."""


def atif(log: Held, episodes: Sequence[str]) -> Iterator[str]:
    """One trajectory a line, as JSON; of one episode, a file as others read it.

    Args:
        log: Where they are.
        episodes: Their ids.

    Raises:
        LogDamaged: An entry is gone or was changed.
    """
    for episode in episodes:
        yield json.dumps(document(log.trajectory(episode)))


def document(held: Trajectory) -> dict[str, Any]:
    """One episode as ATIF's root object."""
    started, ended = held.started, held.ended
    model = started.provenance.model
    ours = OfEpisode(
        task=started.task,
        status=ended.status if ended else None,
        cause=ended.cause if ended else None,
        success=ended.success if ended else None,
        reward=ended.reward if ended else None,
        answer=ended.answer if ended else None,
    )
    agent = {
        "name": started.agent,
        "version": "unknown",
        **({"model_name": model.name} if model else {}),
    }
    steps = [{"step_id": 1, "source": "user", "message": started.instruction}]
    first = shaped_from(held)
    steps += [_step(one, first is not None and one.index >= first) for one in held.steps]
    return {
        "schema_version": VERSION,
        "session_id": started.run,
        "trajectory_id": held.episode,
        "agent": agent,
        "steps": steps,
        "final_metrics": _totals(held.steps),
        "extra": {OURS: _plain(ours)},
    }


def _step(step: Step, shaped: bool) -> dict[str, Any]:
    how = step.provenance
    spoken = isinstance(step.action, Say | Malformed)
    written: dict[str, Any] = {
        "step_id": step.index + 2,
        "timestamp": (how.at or step.at).isoformat(),
        "source": "agent",
        "message": step.action.text if isinstance(step.action, Say | Malformed) else how.said,
    }
    if spoken and how.said:
        written["reasoning_content"] = how.said
    call_id = f"step-{step.index}"
    changed = spoken
    if not spoken:
        name, arguments = as_call(step.action)
        changed = action_of(name, arguments) != step.action
        written["tool_calls"] = [
            {"tool_call_id": call_id, "function_name": name, "arguments": arguments}
        ]
    text = None if step.observation is None else observation_text(step.observation)
    if text is not None:
        result = {"content": text} if spoken else {"source_call_id": call_id, "content": text}
        written["observation"] = {"results": [result]}
    if how.input_tokens or how.output_tokens or how.cost:
        written["metrics"] = {
            "prompt_tokens": how.input_tokens,
            "completion_tokens": how.output_tokens,
            "cost_usd": how.cost,
        }
    ours = OfStep(
        agent=how.agent,
        action=step.action if changed else None,
        observation=None
        if text is None or observed(text) == step.observation
        else step.observation,
        reward=step.reward,
        log_probability=how.log_probability,
        entropy=how.entropy,
        seconds=step.seconds,
        judges=found.judges if (found := intervention(step)) else (),
        shaped=shaped,
    )
    return {**written, **({"extra": {OURS: held}} if (held := _plain(ours)) else {})}


def _totals(steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "total_prompt_tokens": sum(one.provenance.input_tokens for one in steps),
        "total_completion_tokens": sum(one.provenance.output_tokens for one in steps),
        "total_cost_usd": sum(one.provenance.cost for one in steps),
        "total_steps": len(steps) + 1,
    }


def _plain(record: OfEpisode | OfStep) -> dict[str, Any]:
    """Its fields that are not at their defaults; of those, everything."""
    fields = type(record).model_fields
    whole = record.model_dump(mode="json")
    return {name: whole[name] for name in fields if getattr(record, name) != fields[name].default}
