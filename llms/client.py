"""Who is asked: the protocol between whoever asks a model and whatever serves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from episodes.provenance import Model, TokenChoice

ENOUGH_DRAWS = 10
"""The fewest that decide the test of whether an action was a slip (taxonomy/slip.py)."""


@dataclass(frozen=True)
class Capabilities:
    """What a model's server can do, and so which causes can be told at all."""

    log_probabilities: bool
    """Whether the tokens that were drawn come with their log-probabilities."""
    resampling: bool
    """Whether the same state can be asked again for an independent draw."""
    seed: bool
    """Whether a draw can be made again from a seed."""
    structured: bool
    """Whether the answer is held to a schema."""

    def undetermined(self, draws: int) -> str | None:
        """What stays undetermined, in words; None where all can be told.

        Args:
            draws: How often more each action is drawn in the same state.
        """
        if draws >= ENOUGH_DRAWS:
            return None
        if draws:
            return (
                f"{draws} draws of an action cannot tell a slip, so its slips stay undetermined; "
                f"--resample {ENOUGH_DRAWS} can"
            )
        if self.log_probabilities:
            return None
        again = f" unless it is asked again: --resample {ENOUGH_DRAWS}" if self.resampling else ""
        return f"no log-probabilities come with its answers, so its slips stay undetermined{again}"


@dataclass(frozen=True)
class Tool:
    """What the model has to call."""

    name: str
    """Its name."""
    description: str
    """What it does."""
    parameters: dict[str, Any]
    """The JSON Schema of its arguments."""


@dataclass(frozen=True)
class Turn:
    """One call of the tool so far, and what came of it."""

    call: str
    """The arguments of its call, as JSON."""
    result: str
    """What it was shown."""


@dataclass(frozen=True)
class Conversation:
    """All that a model is told, whoever serves it."""

    system: str
    """What it is, and the rules."""
    task: str
    """What it is asked for."""
    turns: tuple[Turn, ...] = ()
    """The calls so far, oldest first."""


@dataclass(frozen=True)
class Drawn:
    """One answer of a model."""

    text: str
    """The arguments of its call, or whatever it wrote instead."""
    log_probability: float | None = None
    """Of all its tokens together, natural logarithm."""
    entropy: float | None = None
    """Mean entropy of its tokens over the alternatives that were told, in nats."""
    input_tokens: int = 0
    """Tokens read for it."""
    output_tokens: int = 0
    """Tokens drawn for it."""
    cost: float | None = None
    """What it cost, in US dollars, where the server says so."""
    choices: tuple[TokenChoice, ...] = ()
    """Its tokens one by one, where they were told."""


class Client(Protocol):
    """Asks one model at one server."""

    @property
    def model(self) -> Model:
        """Which model; its fingerprint is known once it has answered."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do."""
        ...

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        """One answer.

        Raises:
            AgentBroke: The server did not answer, however often it was asked.
        """
        ...


@runtime_checkable
class ManyAtOnce(Protocol):
    """A client that draws several answers in one go."""

    def draw_many(self, conversation: Conversation, tool: Tool, count: int) -> Sequence[Drawn]:
        """Answers drawn in the same state, independently of one another.

        Raises:
            AgentBroke: The model did not answer.
        """
        ...
