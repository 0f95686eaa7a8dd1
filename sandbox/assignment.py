"""Who tries what, and where it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from episodes import __version__
from episodes.entries import EpisodeStarted
from episodes.forecasts import ForecastMode
from episodes.provenance import Provenance
from policies.policy import Policy
from policies.render import rule_ids
from sandbox.agents.agent import Agent
from sandbox.boxes.backend import Box, KeepPages
from sandbox.fork import Fork
from sandbox.plan import InjectedFault
from sandbox.task import Task


@dataclass(frozen=True)
class Assignment:
    """Who tries what, and where it is recorded."""

    episode: str
    """The episode's id."""
    run: str
    """The run's id."""
    slot: int
    """The place in the run's plan."""
    attempt: int
    """How many attempts came before."""
    task: Task
    """What to do."""
    agent: Agent
    """Who does it."""
    policy: Policy
    """What may be done."""
    image: str
    """Where."""
    seed: int
    """For all that is drawn."""
    forecast: ForecastMode
    """How forecasts are asked for."""
    fault: InjectedFault | None
    """A fault to make."""
    keep_pages: KeepPages
    """What is kept of pages."""
    fork: Fork | None = None
    """Where it begins, in place of the task's own beginning."""

    def started(self, box: Box | None) -> EpisodeStarted:
        """What the episode's record begins with; the box is absent where none came up."""
        return EpisodeStarted(
            run=self.run,
            slot=self.slot,
            attempt=self.attempt,
            task=self.task.name,
            task_digest=self.task.digest,
            agent=self.agent.name,
            policy=self.policy.name,
            instruction=self.task.file.instruction,
            rules_shown=rule_ids(self.policy),
            provenance=Provenance(
                drill=self.task.file.drill,
                parent_episodes=(self.fork.point.episode,) if self.fork else (),
                forked_after=self.fork.point.step if self.fork else None,
                forecast_mode=self.forecast,
                seed=self.seed,
                model=self.agent.model,
                image=box.image if box else self.image,
                policy_digest=self.policy.digest,
                engine_version=__version__,
                isolation=box.isolation if box else None,
            ),
        )
