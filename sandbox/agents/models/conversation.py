"""What a model is told before it acts: the task, the rules, and the steps so far."""

from __future__ import annotations

from llms.client import Conversation, Turn
from sandbox.agents.agent import Shown, View
from sandbox.agents.models import act
from taxonomy.texts import observation_text

_NEWEST = 12_000
_OLDER = 1_500
_FULL = 3
_WHOLE = 120_000


def conversation(view: View) -> Conversation:
    """What a model is told in a state."""
    newest = len(view.history) - _FULL
    turns = [
        Turn(act.written(shown.action), _result(shown, _NEWEST if at >= newest else _OLDER))
        for at, shown in enumerate(view.history)
    ]
    size = sum(len(turn.call) + len(turn.result) for turn in turns)
    left_out = 0
    while size > _WHOLE and len(turns) > 1:
        gone = turns.pop(0)
        size -= len(gone.call) + len(gone.result)
        left_out += 1
    told = f"\n\n(Your first {left_out} steps are left out here.)" if left_out else ""
    return Conversation(_system(view), view.instruction + told, tuple(turns))


def _system(view: View) -> str:
    asked = (
        "With each action give a forecast: whether it is to explore or to exploit, what must be "
        "true for it to make sense and how sure you are, what you expect to observe, and how "
        "likely the task succeeds from here. An exploration names its question and at least two "
        "answers. Say what you believe, not what sounds good.\n\n"
        if view.forecast == "inline"
        else ""
    )
    return (
        "You act in a sandbox, one action at a time, by calling the tool `act`. Each action is "
        "judged by a policy before it runs; what is denied does not run, and the answer names the "
        "rule. When the task is done, or cannot be done, use the kind `finish`, with the answer "
        f"where one is asked for. You have {view.steps_left} actions left.\n\n"
        f"{asked}The policy:\n{view.rules}"
    )


def _result(shown: Shown, most: int) -> str:
    text = observation_text(shown.observation)
    if len(text) <= most:
        return text
    kept = most // 2
    return f"{text[:kept]}\n[... {len(text) - 2 * kept} characters left out ...]\n{text[-kept:]}"
