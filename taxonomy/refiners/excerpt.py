"""What a judge is shown of an episode, without forecasts: one step at length, or all of them."""

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
_WHOLE = 400_000
_LEAST = 200


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
    return _fence(excerpt(trajectory, step))


def fenced_whole(trajectory: Trajectory) -> str | None:
    """Every step, with who acted and what was said along with it, between two such marks.

    Each part is cut to 6,000 characters, and further where 400,000 do not hold them all.

    Returns:
        Absent where under 200 characters would be left of each part: nobody can judge by those.
    """
    steps = trajectory.steps
    most = min(_FULL, _WHOLE // max(1, len(steps) * (1 + len(SHOWN))))
    if most < _LEAST:
        return None
    whole = [
        {"step": step.index, "agent": step.provenance.agent or trajectory.started.agent}
        | ({"said": _cut(step.provenance.said, most)} if step.provenance.said else {})
        | _part(trajectory, step.index, most)
        for step in steps
    ]
    return _fence({"instruction": _cut(trajectory.started.instruction, _FULL), "steps": whole})


def _fence(record: dict[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False, indent=1)
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
