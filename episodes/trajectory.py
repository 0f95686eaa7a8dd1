"""The ordered steps of one episode, put together from its chain."""

from __future__ import annotations

from datetime import datetime

from episodes.actions import Action
from episodes.decisions import Approval, Decision, Delay, Review
from episodes.entries import Checked, EpisodeEnded, EpisodeStarted, Faulted, Prepared
from episodes.files import Exported, FileChanges
from episodes.forecasts import Forecast
from episodes.observations import Observation
from episodes.processes import Processes
from episodes.provenance import StepProvenance
from episodes.record import Count, Digest, Record, Seconds
from episodes.tags import Tag


class Step(Record):
    """Forecast, action, decision, observation."""

    index: Count
    """Counted from 0."""
    action: Action
    """What the agent asked for."""
    forecast: Forecast | None = None
    """What it said before."""
    provenance: StepProvenance = StepProvenance()
    """How the action came to be drawn."""
    decision: Decision | None = None
    """The policy's last answer; absent where the harness failed before it, or on import."""
    review: Review | None = None
    """A reviewer's score."""
    approval: Approval | None = None
    """An approver's answer."""
    delays: tuple[Delay, ...] = ()
    """What held it back."""
    executed: Action | None = None
    """What ran, or was about to; absent where nothing did."""
    observation: Observation | None = None
    """What the agent was shown; absent where the step was in flight at the end."""
    fault: Faulted | None = None
    """What failed that was not the agent's."""
    reward: float = 0.0
    """The step's reward."""
    at: datetime
    """When it was proposed."""
    seconds: Seconds | None = None
    """From proposal to completion."""
    files: FileChanges | None = None
    """What it left otherwise in the workspace; absent where nobody looked."""
    exported: Exported | None = None
    """The variables that the next command gets, where they are not those before it."""
    processes: Processes | None = None
    """Which programs it started."""
    tags: tuple[Tag, ...] = ()
    """What was said of it since, in the order it was said."""

    @property
    def in_flight(self) -> bool:
        """Whether the action was about to run and no record says how it ended."""
        return self.executed is not None and self.observation is None


class Trajectory(Record):
    """One episode from reset to its end."""

    episode: str
    """The episode's id."""
    started: EpisodeStarted
    """How it began."""
    began: datetime
    """When it began."""
    prepared: Prepared | None = None
    """What the agent found; absent where the workspace was empty, or nobody looked."""
    steps: tuple[Step, ...] = ()
    """In order."""
    faults: tuple[Faulted, ...] = ()
    """Faults that struck between steps."""
    check: Checked | None = None
    """What the check said."""
    ended: EpisodeEnded | None = None
    """How it ended; absent while it runs, and after a crash."""
    finished: datetime | None = None
    """When it ended."""
    head: Digest
    """The head of its chain, which tags name."""
