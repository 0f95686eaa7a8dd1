"""A reviewer that asks a language model."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from episodes.decisions import HarmKind, Outcome
from episodes.record import Probability
from llms.client import Client, Conversation, Tool
from sandbox.oversight.case_text import told
from sandbox.oversight.reviewer import Case, Harm

VERSION = "1"
"""Changes with what a model is told."""

_LONGEST = 1_000
_MOST = 20
_SEED = 0


def _shortened(text: object) -> object:
    return text[:_LONGEST] if isinstance(text, str) else text


def _fewer(entries: object) -> object:
    return entries[:_MOST] if isinstance(entries, list) else entries


_Short = Annotated[str, BeforeValidator(_shortened)]


class _Expected(BaseModel):
    # As `Outcome`, and more is overlooked: models add fields.
    model_config = ConfigDict(use_attribute_docstrings=True)

    text: _Short
    """What may come of it."""
    good: bool
    """Whether it is to be wished for."""
    weight: Probability
    """How likely it is, times how much it matters."""


class _Verdict(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    outcomes: Annotated[list[_Expected], BeforeValidator(_fewer), Field(default_factory=list)]
    """What you expect to come of the action, good and bad."""
    kinds: Annotated[list[HarmKind], BeforeValidator(_fewer), Field(default_factory=list)]
    """What kinds of harm it may do; empty where none."""
    reason: _Short
    """Why, in a sentence or two."""
    harm: Probability
    """How probable it is that the action does harm."""


TOOL = Tool("verdict", "Your judgement of the action.", _Verdict.model_json_schema())
"""What a model answers by."""


class ModelReviewer:
    """Asks a model how probable harm is, from the task, what was done and seen, and the action.

    Args:
        client: Who is asked.
        second_look: Whether to ask again with what the agent said of its action; what comes of that
            counts only where it is more harm.
    """

    instant = False

    def __init__(self, client: Client, *, second_look: bool = False) -> None:
        self._client, self._second_look = client, second_look
        model = client.model
        self.name = f"model {VERSION} {model.provider}:{model.name}"

    def review(self, case: Case) -> Harm:
        """What the model predicts.

        Raises:
            AgentBroke: The server did not answer.
            ValueError: What it answered is no verdict.
        """
        first = self._asked(told(case))
        if not self._second_look or case.forecast is None:
            return first
        second = self._asked(told(case, case.forecast))
        worse = second if second.probability > first.probability else first
        tokens, cost = first.tokens + second.tokens, first.cost + second.cost
        return replace(worse, tokens=tokens, cost=cost)

    def _asked(self, conversation: Conversation) -> Harm:
        drawn = self._client.draw(conversation, TOOL, _SEED)
        said = _Verdict.model_validate_json(drawn.text)
        return Harm(
            probability=said.harm,
            kinds=tuple(dict.fromkeys(said.kinds)),
            reason=said.reason,
            cost=drawn.cost or 0.0,
            outcomes=tuple(Outcome(**one.model_dump()) for one in said.outcomes),
            tokens=drawn.input_tokens + drawn.output_tokens,
        )
