"""What the record of a driven episode begins with."""

from __future__ import annotations

from dataclasses import dataclass

from episodes.forecasts import ForecastMode
from policies.policy import Policy
from sandbox.fork import Fork
from sandbox.task import Task

BY_HAND = "by-hand"
"""What the record calls the task where there is none."""


@dataclass(frozen=True)
class Opening:
    """What an episode's record begins with."""

    episode: str
    """Its id."""
    run: str
    """The run's id."""
    slot: int
    """Its place in the run."""
    agent: str
    """Who acts, as the log calls it."""
    policy: Policy
    """What may be done."""
    task: Task | None = None
    """What is to be done, with its files and its check; nothing is checked where absent."""
    task_name: str = BY_HAND
    """What the record calls the task, where there is none of ours."""
    instruction: str = "driven by hand"
    """What is to be done, where no task says it."""
    rules_shown: bool = True
    """Whether the agent was shown the policy's rules before its first action."""
    forecast: ForecastMode = "inline"
    """How forecasts are asked for."""
    seed: int | None = None
    """For all that is drawn."""
    fork: Fork | None = None
    """Where it begins, in place of the task's own beginning."""
