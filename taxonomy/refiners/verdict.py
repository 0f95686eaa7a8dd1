"""What a judge is to answer: of a step, and of an episode that failed."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from episodes.record import Count, Probability
from llms.client import Tool
from taxonomy.refiners.excerpt import SHOWN
from taxonomy.refiners.refiner import Answer

Part = Literal["instruction", "action", "decision", "observation", "record"]
"""Where a quote may stand."""


class _Read(BaseModel):
    # What a model adds of its own does no harm, so it is let go and not refused.
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class Piece(_Read):
    """A place that shows it."""

    step: Count
    """The step."""
    where: Part
    """Which part of it."""
    quote: str
    """What stands there, letter for letter."""
    note: str = ""
    """What is to be seen in it."""


class Verdict(_Read):
    """How a step failed, if it did."""

    primary: Answer | Literal["undetermined"]
    """The answer; `undetermined` where the record cannot tell."""
    probability: Probability
    """How sure it is."""
    evidence: tuple[Piece, ...] = ()
    """What it rests on."""


class Suspect(_Read):
    """A step that an episode may have failed by."""

    step: Count
    """The step."""
    probability: Probability
    """How probable that is."""


class Attribution(_Read):
    """By which step an episode failed."""

    critical: Count
    """The step."""
    probability: Probability
    """How sure it is."""
    others: tuple[Suspect, ...] = ()
    """Which else it may be."""
    quote: str
    """What shows it, letter for letter, from anywhere in that step."""
    note: str = ""
    """Why."""


def step_tool() -> Tool:
    """What a `Verdict` is given by."""
    piece: dict[str, Any] = {
        "type": "object",
        "properties": {
            "step": {"type": "integer", "minimum": 0},
            "where": {"type": "string", "enum": ["instruction", *SHOWN]},
            "quote": {"type": "string"},
            "note": {"type": "string"},
        },
        "required": ["step", "where", "quote", "note"],
        "additionalProperties": False,
    }
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {
            "evidence": {"type": "array", "items": piece},
            "primary": {"type": "string", "enum": [*get_args(Answer), "undetermined"]},
            "probability": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["evidence", "primary", "probability"],
        "additionalProperties": False,
    }
    return Tool("verdict", "Says how the step failed, if it did.", parameters)


def critical_tool() -> Tool:
    """What an `Attribution` is given by."""
    step: dict[str, Any] = {"type": "integer", "minimum": 0}
    probability: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
    suspect: dict[str, Any] = {
        "type": "object",
        "properties": {"step": step, "probability": probability},
        "required": ["step", "probability"],
        "additionalProperties": False,
    }
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {
            "quote": {"type": "string"},
            "note": {"type": "string"},
            "critical": step,
            "probability": probability,
            "others": {"type": "array", "items": suspect},
        },
        "required": ["quote", "note", "critical", "probability", "others"],
        "additionalProperties": False,
    }
    return Tool("attribution", "Says by which step the episode failed.", parameters)
