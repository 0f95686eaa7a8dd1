"""What acts: the protocol, and what an agent is shown and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from episodes.actions import Action
from episodes.forecasts import Forecast, ForecastMode
from episodes.observations import Observation
from episodes.provenance import Model, StepProvenance


@dataclass(frozen=True)
class Shown:
    """One step as the agent knows it."""

    action: Action
    """What it asked for."""
    observation: Observation
    """What it was shown."""


@dataclass(frozen=True)
class View:
    """All that an agent is given before it acts."""

    instruction: str
    """What it is told to do."""
    rules: str
    """The policy's rules, with their ids, in words."""
    history: Sequence[Shown]
    """The steps so far, oldest first."""
    step: int
    """The index of the step to come."""
    steps_left: int
    """How many actions it may still take, this one included."""
    forecast: ForecastMode
    """Whether a forecast is asked for with the action."""
    kinds: Sequence[str] = ()
    """The kinds of action that the policy grants at all."""


@dataclass(frozen=True)
class Proposal:
    """What an agent answers."""

    action: Action
    """The action it asks for."""
    forecast: Forecast | None = None
    """What it says with it."""
    provenance: StepProvenance = field(default_factory=StepProvenance)
    """How the action came to be drawn."""


class Agent(Protocol):
    """What acts. A new one is made for each episode, so it may keep state of its own."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def model(self) -> Model | None:
        """The language model behind it, where there is one."""
        ...

    def propose(self, view: View) -> Proposal:
        """The next action."""
        ...


@runtime_checkable
class Limited(Protocol):
    """An agent that knows what cannot be told of its steps."""

    @property
    def undetermined(self) -> str | None:
        """Which causes, and why, in words; None where all can be told."""
        ...


@runtime_checkable
class Forecaster(Protocol):
    """An agent that can be asked for a forecast apart from its action."""

    def forecast(self, view: View, action: Action) -> Forecast:
        """What it expects of `action`; it never sees that it was asked."""
        ...


@runtime_checkable
class Accountable(Protocol):
    """An agent whose side calls, such as those for a forecast, cost something."""

    def charged(self, provenance: StepProvenance) -> StepProvenance:
        """The same with what was asked aside since the last time, for which it is then settled."""
        ...


@runtime_checkable
class Resampler(Protocol):
    """An agent that can be asked again in the same state."""

    def resample(self, view: View, k: int) -> Sequence[Action]:
        """`k` actions drawn independently."""
        ...
