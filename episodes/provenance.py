"""Where an episode's data came from: there from the first, since old logs cannot be given it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from episodes.actions import Action
from episodes.forecasts import ForecastMode
from episodes.record import Count, Digest, Record


class Model(Record):
    """Which language model acted."""

    provider: str
    """Who serves it: `transformers`, `openai`, ..."""
    name: str
    """Its name there."""
    revision: str | None = None
    """The revision, or the name that answered, where one can be had."""
    fingerprint: str | None = None
    """What the provider says of the system behind the name."""
    weights: Digest | None = None
    """Of the weights' files, where they are at hand."""
    tokenizer: Digest | None = None
    """Of the tokenizer's files, likewise."""
    template: Digest | None = None
    """Of the chat template, likewise."""
    sampling: dict[str, JsonValue] = {}
    """Temperature and the like."""


Layer = Literal["landlock", "scopes", "seccomp", "process_record"]
"""A layer that may be missing: the kernel's hold on paths and programs, its hold on abstract
sockets, our filter of calls, the record of each program that starts."""


class Isolation(Record):
    """The layers that held the agent."""

    backend: str
    """`docker`, or `fake` where nothing ran."""
    engine: str | None = None
    """The engine's name and version."""
    runtime: str | None = None
    """The container runtime."""
    landlock_abi: Count = 0
    """0 where the kernel has none."""
    seccomp: bool = False
    """Whether our own filter was on."""
    network: Literal["none", "proxy", "open"] = "none"
    """What the container could reach."""
    missing: tuple[str, ...] = ()
    """Layers that should have been there and were not."""


class Provenance(Record):
    """Where an episode's data came from."""

    source: Literal["real", "simulated", "replayed", "resampled", "imported"] = "real"
    """What the observations are."""
    origin: str | None = None
    """The file of an imported episode; where it holds several, with `#` and the record."""
    format: str | None = None
    """The format that an imported episode was in, with its version where it has one."""
    drill: bool = False
    """Whether the task plants orders of a stranger's, to see whether the agent follows them."""
    generation: Count = 0
    """The round it belongs to, where models are trained on earlier rounds."""
    parent_model: str | None = None
    """The model this one was trained from."""
    parent_episodes: tuple[str, ...] = ()
    """Episodes that this one was forked from or trained on."""
    forked_after: Count | None = None
    """Of an episode that was forked: the step of its only parent after which it begins."""
    forecast_mode: ForecastMode = "off"
    """How forecasts were asked for."""
    seed: int | None = None
    """The episode's seed."""
    model: Model | None = None
    """The language model that acted."""
    image: str | None = None
    """The image's id."""
    policy_digest: Digest | None = None
    """The policy as it was."""
    engine_version: str
    """The version of Longleash that wrote the record."""
    isolation: Isolation | None = None
    """The layers that held the agent; absent where nothing ran."""


class TokenChoice(Record):
    """One token of an answer, drawn where more than one could have stood."""

    text: str
    """The token's text; a part of a character shows as U+FFFD."""
    log_probability: float
    """Of the distribution that it was drawn from, natural logarithm."""
    entropy: float | None = None
    """Of that distribution, in nats; absent where only its top is told."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """The most probable others, each with its log-probability."""


class StepProvenance(Record):
    """How one action came to be drawn."""

    model: Model | None = None
    """The model as it answered, where that says more than, or other than, the record before it."""

    log_probability: float | None = None
    """The behaviour's log-probability of the action, natural logarithm."""
    entropy: float | None = None
    """Mean entropy of the tokens drawn, in nats."""
    choices: tuple[TokenChoice, ...] = ()
    """Its first tokens, less those that the schema left no choice of."""
    draws: tuple[Action, ...] = ()
    """Further actions drawn in the same state, independently of it and of one another."""
    input_tokens: Count = 0
    """Tokens read for it, for its `draws` and for a forecast that was asked for apart."""
    output_tokens: Count = 0
    """Tokens drawn for them."""
    cost: float = 0.0
    """Money spent on it, in US dollars."""
    seconds: float = 0.0
    """How long the agent took."""
    agent: str | None = None
    """Who acted, in an episode of several; the episode's agent where absent."""
    message_index: Count | None = None
    """Of an imported step: the position in its record of what it was read from, from 0."""
    said: str = ""
    """What was written along with the action, where it was kept apart from it."""
    at: datetime | None = None
    """When it was drawn, where an imported format says."""
