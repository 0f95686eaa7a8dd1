"""Chats of OpenAI's messages, with tool calls.

They hold instruction, actions, what was said along with them, and what was shown, as text; what an
agent says is a message of its own. All else is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from episodes.actions import Malformed, Say
from episodes.calls import as_call
from episodes.exporting.held import Held
from episodes.interventions import interventions, shaped_from
from episodes.shown import observation_text
from episodes.trajectory import Step, Trajectory

# What OpenAI takes for a participant's name.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def openai_messages(log: Held, episodes: Sequence[str]) -> Iterator[str]:
    """One chat a line, as JSON: `{"id", "messages"}`, and `model` where it is known.

    Args:
        log: Where they are.
        episodes: Their ids.

    Raises:
        LogDamaged: An entry is gone or was changed.
    """
    for episode in episodes:
        yield json.dumps(chat(log.trajectory(episode)))


def chat(held: Trajectory) -> dict[str, Any]:
    """One episode as a chat; `id` is the task's name.

    Where a reviewer or an approver did something, `interventions` says in which steps, and from
    which step on the agent had seen something of it; a call's id ends in its step.
    """
    messages: list[dict[str, Any]] = [{"role": "user", "content": held.started.instruction}]
    for step in held.steps:
        messages += _messages(step)
    model = held.started.provenance.model
    return {
        "id": held.started.task,
        **({"model": model.name} if model else {}),
        "messages": messages,
        **marks(held),
    }


def marks(held: Trajectory) -> dict[str, Any]:
    """What judges did in an episode, under `interventions`; nothing where they did nothing."""
    found = interventions(held)
    if not found:
        return {}
    told = [one.model_dump(mode="json") for one in found]
    return {"interventions": {"shaped_from": shaped_from(held), "steps": told}}


def _messages(step: Step) -> Iterator[dict[str, Any]]:
    agent = step.provenance.agent
    name = {"name": agent} if agent and _NAME.match(agent) else {}
    shown = None if step.observation is None else observation_text(step.observation)
    if isinstance(step.action, Say | Malformed):
        yield {"role": "assistant", **name, "content": step.action.text}
        if shown is not None:
            yield {"role": "user", "content": shown}
        return
    called, arguments = as_call(step.action)
    call_id = f"call_{step.index}"
    function = {"name": called, "arguments": json.dumps(arguments)}
    call = {"id": call_id, "type": "function", "function": function}
    yield {
        "role": "assistant",
        **name,
        "content": step.provenance.said or None,
        "tool_calls": [call],
    }
    if shown is not None:
        yield {"role": "tool", "tool_call_id": call_id, "content": shown}
