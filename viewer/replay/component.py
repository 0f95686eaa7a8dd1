"""The component that shows an episode, and what it is given."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from episodes.errors import LogDamaged
from episodes.reader import LogReader
from episodes.trajectory import Step, Trajectory
from viewer.component import component
from viewer.found import StepMark
from viewer.replay.files import diff_parts
from viewer.replay.parts import Part, head, step_parts

_HERE = Path(__file__).parent
_AROUND = 25
"""Steps on either side of the one that is shown whose parts are sent with it."""
_LONGEST_PAGE = 2_000_000
_SCRIPTS = ("kept_page", "replay")


def show(payload: dict[str, Any], key: str) -> Any:
    """Puts the replay on the page.

    Args:
        payload: From `payload`.
        key: Tells this episode's replay from another's.

    Returns:
        `step` is where the person stands; `leave` is `before` or `after` when they went on.
    """
    return component(_HERE, *_SCRIPTS)(
        data=payload,
        key=key,
        default={"step": payload["at"]},
        on_step_change=lambda: None,
        on_leave_change=lambda: None,
    )


def payload(
    trajectory: Trajectory,
    marks: list[StepMark],
    at: int,
    *,
    reader: LogReader,
    jump: int = 0,
    before: str | None = None,
    after: str | None = None,
) -> dict[str, Any]:
    """What the browser needs to show an episode around one step.

    Args:
        trajectory: The episode.
        marks: Its timeline.
        at: The step that is looked at.
        reader: For pictures and pages of that step.
        jump: Changed where the page, and not the person, chose the step.
        before: The episode before it, where there is one.
        after: The episode after it.
    """
    waits = {step.index: sum(delay.seconds for delay in step.delays) for step in trajectory.steps}
    near = trajectory.steps[max(0, at - _AROUND) : at + _AROUND + 1]
    parts = {step.index: step_parts(trajectory, step) for step in near}
    for step in near:
        if step.index == at:
            parts[at] += diff_parts(trajectory, step, reader.blob)
    return {
        "episode": trajectory.episode,
        "head": head(trajectory),
        "at": at,
        "jump": jump,
        "before": before,
        "after": after,
        "marks": [
            {
                "kind": mark.kind,
                "verdict": mark.verdict,
                "event": mark.event or "",
                "cause": mark.cause,
                "seconds": mark.seconds,
                "waited": waits.get(mark.step, 0.0),
                "at": mark.at[:19].replace("T", " "),
            }
            for mark in marks
        ],
        "steps": {str(index): found for index, found in parts.items()},
        "blobs": dict(_blobs(reader, parts.get(at, []))),
    }


def _blobs(reader: LogReader, parts: list[Part]) -> Iterator[tuple[str, str]]:
    for part in parts:
        for picture in part.get("pictures", ()):
            data = _bytes(reader, picture["blob"])
            if data:
                kind = "webp" if data[8:12] == b"WEBP" else "jpeg"
                yield picture["blob"], f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        if "dom" in part:
            data = _bytes(reader, part["dom"])[:_LONGEST_PAGE]
            yield part["dom"], data.decode("utf-8", "replace")


def _bytes(reader: LogReader, name: str) -> bytes:
    try:
        return reader.blob(name)
    except LogDamaged:
        return b""


def first_failure(steps: tuple[Step, ...]) -> int:
    """Where to begin with an episode that no link leads into: its first failure, or its start."""
    for step in steps:
        if step.fault is not None or (step.observation is not None and step.observation.failed):
            return step.index
    return 0
