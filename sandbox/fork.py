"""What an episode begins with that goes on from a step of another one."""

from __future__ import annotations

from dataclasses import dataclass

from episodes.errors import UsageError
from episodes.reader import LogReader
from episodes.workspace import RestoredWorkspace, workspace_after
from sandbox.agents.agent import Shown
from sandbox.plan import ForkPoint


@dataclass(frozen=True)
class Fork:
    """What an episode begins with that was forked."""

    point: ForkPoint
    """The episode and the step."""
    workspace: RestoredWorkspace
    """The workspace as it was when the step was over."""
    history: tuple[Shown, ...]
    """The steps up to it, as their agent knew them."""
    image: str
    """The image's id."""


def read_fork(reader: LogReader, point: ForkPoint) -> Fork:
    """Puts together what a log holds of a step's state.

    Raises:
        EpisodeUnknown: There is no such episode or step.
        StateNotKept: The log does not hold all of the workspace.
        LogDamaged: A blob is gone.
    """
    trajectory = reader.trajectory(point.episode)
    workspace = workspace_after(trajectory, point.step, reader.blob)
    image = trajectory.started.provenance.image
    if image is None:
        raise UsageError(f"episode {point.episode}: its record names no image to begin in")
    history = tuple(
        Shown(step.action, step.observation)
        for step in trajectory.steps[: point.step + 1]
        if step.observation is not None
    )
    return Fork(point, workspace, history, image)
