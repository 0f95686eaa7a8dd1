"""What we write into the fields that formats leave to whoever writes them, and read back."""

from __future__ import annotations

from typing import Literal

from episodes.actions import Action
from episodes.interventions import Judge
from episodes.observations import Observation
from episodes.record import Record, Seconds

OURS = "longleash"
"""The key that it lies under."""


class OfEpisode(Record):
    """What a format has no place for, of an episode."""

    task: str | None = None
    """The task's name."""
    status: Literal["terminated", "truncated", "faulted"] | None = None
    """How it ended."""
    cause: str | None = None
    """Why."""
    success: bool | None = None
    """Whether the check was passed."""
    reward: float | None = None
    """The check's reward."""
    answer: str | None = None
    """The agent's answer."""


class OfStep(Record):
    """What a format has no place for, of a step."""

    agent: str | None = None
    """Who acted, in an episode of several."""
    action: Action | None = None
    """The action, where the format would change it."""
    observation: Observation | None = None
    """What was shown, where it is more than text."""
    reward: float = 0.0
    """The step's reward."""
    log_probability: float | None = None
    """The behaviour's log-probability of the action."""
    entropy: float | None = None
    """Mean entropy of the tokens drawn, in nats."""
    seconds: Seconds | None = None
    """From proposal to completion."""
    judges: tuple[Judge, ...] = ()
    """Who came between the agent and what it asked for."""
    shaped: bool = False
    """Whether they shaped this step, or one before it that the agent saw."""
