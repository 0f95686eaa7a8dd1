"""What the record of a driven episode begins with."""

from __future__ import annotations

from dataclasses import dataclass

from episodes import __version__
from episodes.entries import EpisodeStarted
from episodes.forecasts import ForecastMode
from episodes.provenance import Provenance
from policies.policy import Policy
from policies.render import rule_ids
from sandbox.boxes.backend import Box
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

    def started(self, box: Box) -> EpisodeStarted:
        """The record of its beginning, in that box."""
        task, fork = self.task, self.fork
        return EpisodeStarted(
            run=self.run,
            slot=self.slot,
            attempt=0,
            task=task.name if task else self.task_name,
            task_digest=task.digest if task else None,
            agent=self.agent,
            policy=self.policy.name,
            instruction=task.file.instruction if task else self.instruction,
            rules_shown=rule_ids(self.policy) if self.rules_shown else (),
            provenance=Provenance(
                drill=task is not None and task.file.drill,
                parent_episodes=(fork.point.episode,) if fork else (),
                forked_after=fork.point.step if fork else None,
                forecast_mode=self.forecast,
                seed=self.seed,
                image=box.image,
                policy_digest=self.policy.digest,
                engine_version=__version__,
                isolation=box.isolation,
            ),
        )
