"""Who&When: failed logs of several agents, each with the message that was its mistake."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from episodes.errors import UsageError
from episodes.tags import Primary
from episodes.trajectory import Trajectory
from taxonomy.evaluation.corpus import Half
from taxonomy.evaluation.foreign import trajectories
from taxonomy.evaluation.labelled import Labelled, StepTruth

_UNKNOWN: Primary | None = None


def read_who_when(folder: Path, half: Half | None = None) -> tuple[Labelled, ...]:
    """The logs with the step of the mistake; nothing is known of their causes.

    A label may point at what the terminal printed, which is no step of its own: then the step is
    one past the end, which no answer can name, and every answer counts as wrong.

    Args:
        folder: Where the logs lie, one a file.
        half: The half that rules may be made with (`tune`) or the other; all of them where
            absent. A log's half is the last bit of the first byte of its name's SHA-256.

    Raises:
        UsageError: There are no such logs, or a label cannot be read.
        ImportInvalid: A file is no such log.
    """
    found = []
    for sourced, trajectory in trajectories("who-when", [folder], outcome=False):
        path = Path(sourced.origin)
        if half is None or _half(path.name) == half:
            found.append(
                Labelled(
                    id=path.name,
                    group=trajectory.started.task,
                    trajectory=trajectory,
                    truths=tuple(
                        StepTruth(index=step.index, primary=_UNKNOWN, overlays=None)
                        for step in trajectory.steps
                    ),
                    critical_step=_critical(path, trajectory),
                )
            )
    return tuple(found)


def has_terminal(example: Labelled) -> bool:
    """Whether anything of the log was run, so that something besides words was observed."""
    return any(step.observation is not None for step in example.trajectory.steps)


def was_run(example: Labelled) -> bool:
    """Whether anything was run with the labelled step, so that something came of it.

    Also where the label is on what the terminal printed, and so on no step of its own.
    """
    at, steps = example.critical_step, example.trajectory.steps
    if at is None or at >= len(steps):
        return True
    return steps[at].action.kind != "say" and steps[at].observation is not None


def _half(name: str) -> Half:
    return "test" if sha256(name.encode()).digest()[0] % 2 else "tune"


def _critical(path: Path, trajectory: Trajectory) -> int:
    try:
        message = int(json.loads(path.read_text(encoding="utf-8"))["mistake_step"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"{path}: `mistake_step` cannot be read: {problem}") from problem
    return next(
        (step.index for step in trajectory.steps if step.provenance.message_index == message),
        len(trajectory.steps),
    )
