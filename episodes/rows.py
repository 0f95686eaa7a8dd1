"""What the narrow tables hold, a row each: what is listed, filtered and counted."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from episodes.actions import Action
from episodes.entries import StopAsked
from episodes.record import Count, Digest, Record


class EpisodeRow(Record):
    """One episode, counted."""

    episode: str
    """Its id."""
    run: str
    """The run it belongs to."""
    slot: Count
    """Its place in the run's plan."""
    attempt: Count
    """How many attempts at the slot came before."""
    task: str
    """The task's name."""
    agent: str
    """The agent, as it was named."""
    policy: str
    """The policy's name."""
    policy_digest: Digest | None
    """The policy as it was."""
    source: str
    """What the observations are: `real`, `simulated`, ..."""
    status: str | None
    """`terminated`, `truncated` or `faulted`; absent where it has not ended."""
    cause: str | None
    """Why it ended."""
    success: bool | None
    """Whether the check was passed; absent where it did not run."""
    reward: float | None
    """The check's reward in [0, 1]; absent where it did not run."""
    steps: Count
    """Actions that were proposed."""
    denials: Count
    """Steps that were denied."""
    failures: Count
    """Steps whose observation reports a failure, denials apart."""
    faults: Count
    """Faults of the harness or the environment."""
    input_tokens: Count
    """Tokens read."""
    output_tokens: Count
    """Tokens drawn."""
    cost: float
    """In US dollars."""
    modes: dict[str, Count]
    """For each failure mode, the steps that show it, by each tagger's last word."""
    began: datetime
    """When it began."""
    finished: datetime | None
    """When it ended; absent where it has not."""


class InFlight(Record):
    """An episode with no end on record, and the action that was about to run, if one was."""

    episode: str
    """The episode."""
    run: str
    """Its run."""
    step: Count | None = None
    """The step in flight; absent where none was."""
    action: Action | None = None
    """The action as it was to run."""


class Head(Record):
    """How long a chain is, and its last hash."""

    chain: str
    """Its name."""
    length: Count
    """How many entries it has."""
    hash: Digest
    """The hash of the last one."""
    closed: bool
    """Whether it takes no more: an episode that has ended."""

    @property
    def line(self) -> str:
        """As it stands in a file of heads."""
        return f"{self.chain} {self.length} {self.hash}"


class Run(Record):
    """One run: what was planned, and how it went on."""

    run: str
    """Its id."""
    plan: tuple[dict[str, JsonValue], ...]
    """One entry a slot."""
    plan_digest: Digest
    """Of the plan."""
    settings: dict[str, JsonValue]
    """How it was started."""
    began: datetime
    """When it began."""
    resumed: tuple[datetime, ...] = ()
    """When it went on after a crash or a stop."""
    stops: tuple[StopAsked, ...] = ()
    """Who asked it, or an episode of it, to end; since it last went on."""
    status: str | None = None
    """How it ended; absent while it runs and after a crash."""
    detail: str = ""
    """More on how it ended."""
    ended: datetime | None = None
    """When it ended."""
