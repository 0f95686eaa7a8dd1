"""What a judge is shown of an episode: one step at length, those around it cut, no forecast."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from episodes.trajectory import Trajectory
from taxonomy.texts import Where, text_of

SHOWN: tuple[Where, ...] = ("action", "decision", "observation", "record")
"""The parts of a step that are shown, beside the instruction."""

_FULL = 6_000
_AROUND = 1_500
_BEFORE = 24_000
_AFTER = 3


def excerpt(trajectory: Trajectory, step: int) -> dict[str, Any]:
    """The step, those before it as far as they fit, and a few after it.

    Args:
        trajectory: The episode.
        step: The step, counted from 0.

    Returns:
        What JSON can hold: `instruction`, `rules_shown`, `steps`; each step has `step` and those of
        `SHOWN` that it has.
    """
    steps = [_part(trajectory, step, _FULL)]
    size = 0
    for at in range(step - 1, -1, -1):
        part = _part(trajectory, at, _AROUND)
        size += sum(len(text) for text in part.values() if isinstance(text, str))
        if size > _BEFORE:
            break
        steps.insert(0, part)
    last = min(step + 1 + _AFTER, len(trajectory.steps))
    steps += [_part(trajectory, at, _AROUND) for at in range(step + 1, last)]
    return {
        "instruction": _cut(trajectory.started.instruction, _FULL),
        "rules_shown": list(trajectory.started.rules_shown),
        "steps": steps,
    }


def fenced(trajectory: Trajectory, step: int) -> str:
    """The excerpt between two marks that nothing in it can hold, since they are made from it."""
    text = json.dumps(excerpt(trajectory, step), ensure_ascii=False, indent=1)
    mark = sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return f"<<<record {mark}\n{text}\nrecord {mark}>>>"


def _part(trajectory: Trajectory, at: int, most: int) -> dict[str, Any]:
    texts = {where: text_of(trajectory, at, where) for where in SHOWN}
    return {"step": at, **{where: _cut(text, most) for where, text in texts.items() if text}}


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
