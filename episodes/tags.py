"""How a step failed: the event, the causes, and what it cost."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from episodes.provenance import Model
from episodes.record import Count, Probability, Record, Seconds

Event = Literal["none", "denied", "fault", "error", "unexpected", "task_failed"]
"""What happened, read off the record."""

Cause = Literal[
    "policy_violation",
    "environment_fault",
    "hallucination",
    "exploration",
    "slip",
    "wrong_dynamics",
    "wrong_value",
]
"""Why it happened, as far as it can be judged."""

Primary = Literal[Cause, "none", "undetermined"]
"""The most probable cause; `none` where nothing failed, `undetermined` where nobody can tell."""

Overlay = Literal["loop", "cascade", "collapse"]
"""What else is true of the step, whatever its cause."""

Impact = Literal["none", "wasted", "costly", "irreversible", "harmful"]
"""What it cost, apart from its cause."""

CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Every cause, in the catalogue's order."""


class Evidence(Record):
    """A place in the trajectory that a person can look at."""

    step: Count
    """The step."""
    where: Literal["instruction", "forecast", "said", "action", "decision", "observation", "record"]
    """Which part of it."""
    span: tuple[Count, Count] | None = None
    """Characters `[start, end)` of that part's text; the whole of it where absent."""
    note: str
    """What is to be seen there."""


class Consulted(Record):
    """A model that was asked, and what its answer took."""

    model: Model
    """Which one."""
    input_tokens: Count = 0
    """Tokens read for it."""
    output_tokens: Count = 0
    """Tokens drawn for it."""
    cost: Annotated[float, Field(ge=0.0)] | None = None
    """Money, in US dollars; absent where no price is known."""
    seconds: Seconds = 0.0
    """How long the answer took."""


class Tag(Record):
    """What a tagger or a person says of one step."""

    step: Count
    """The step."""
    tagger: str
    """Who says so: a tagger's name, or `person:` and a name."""
    version: str
    """The tagger's version."""
    event: Event
    """What happened."""
    primary: Primary
    """The most probable cause."""
    probability: Probability
    """How probable the primary cause is held to be."""
    causes: dict[Cause, Probability] = {}
    """Every cause that was weighed, each on its own; they need not sum to one."""
    overlays: tuple[Overlay, ...] = ()
    """What else is true of the step."""
    impact: Impact = "none"
    """What it cost."""
    gained: bool | None = None
    """Whether the step brought information; absent where that was not judged."""
    novelty: Probability | None = None
    """The share of the words observed that were not known before: an intrinsic reward."""
    critical: Probability | None = None
    """How probable it is held that the episode failed by this step; only where that was asked."""
    uninformed: bool = False
    """Whether a denial came from a rule that the agent had not been shown."""
    marks: Literal["with", "without"] = "with"
    """Whether the agent's own marks (its forecast) were read."""
    evidence: tuple[Evidence, ...] = ()
    """What it rests on."""
    consulted: Consulted | None = None
    """Of a refiner's tag: who was asked; absent on its twin without marks, so that costs add up."""
