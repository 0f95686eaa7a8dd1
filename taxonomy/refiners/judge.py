"""A judge: a language model that is asked by rubrics that never change by themselves.

What it answers is not taken on trust: a quote that is not found where it is said to stand is thrown
away, an answer that rests on none of them counts for nothing, and no answer is worth more than nine
to one, since nothing here has calibrated it.
"""

from __future__ import annotations

import time
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from episodes.errors import AgentBroke
from episodes.tags import Consulted, Event, Evidence
from episodes.terminal import safe_line
from episodes.trajectory import Trajectory
from llms.client import Client, Conversation, Drawn, Tool
from taxonomy.refiners.critical_rubric import critical_rubric, critical_rubric_version
from taxonomy.refiners.excerpt import SHOWN, fenced, fenced_whole
from taxonomy.refiners.refiner import ANSWERS, Answer, Opinion, Silence, Suspicion
from taxonomy.refiners.rubric import rubric
from taxonomy.refiners.rubric import version as rubric_version
from taxonomy.refiners.verdict import Attribution, Piece, Verdict, critical_tool, step_tool
from taxonomy.texts import Where, span_of, text_of

_OWN = "1"
_SUREST = 0.9
_ODDS = 9.0
_NOTE = 200
_PIECES = 4
_LONGEST = 20_000
_PARTS: tuple[Where, ...] = ("said", *SHOWN, "instruction")


class Price(NamedTuple):
    """What a model costs, in US dollars for a million tokens."""

    read: float
    """For those that it reads."""
    drawn: float
    """For those that it draws."""


_Said = TypeVar("_Said", Verdict, Attribution)


class Judge:
    """Asks a model behind an endpoint.

    Args:
        name: How it was asked for, such as `openai:MODEL`; without the endpoint's address, which
            may hold a password.
        client: Who is asked.
        price: What its tokens cost, where that is known.
    """

    at_once = 8

    def __init__(self, name: str, client: Client, price: Price | None = None) -> None:
        self.name, self._client, self._price = name, client, price

    @property
    def version(self) -> str:
        """Ours, then the rubric's."""
        return f"{_OWN}.{rubric_version()}"

    @property
    def attribution_version(self) -> str:
        """Ours, then that rubric's."""
        return f"{_OWN}.{critical_rubric_version()}"

    def refine(self, trajectory: Trajectory, step: int, event: Event) -> Opinion | Silence:
        """What the model says of one step, as far as it can be checked."""
        question = f"{fenced(trajectory, step)}\n\nJudge step {step}. Its event is `{event}`."
        answer = self._ask(rubric(), question, step_tool(), Verdict)
        if isinstance(answer, Silence):
            return answer
        said, consulted = answer
        if said.primary == "undetermined" or said.probability <= 1 / len(ANSWERS):
            return Opinion({}, (), consulted)
        found = [_evidence(trajectory, piece) for piece in said.evidence[:_PIECES]]
        evidence = tuple(dict.fromkeys(piece for piece in found if piece is not None))
        dropped = len(said.evidence) - sum(piece is not None for piece in found)
        if not evidence:
            return Silence("no verdict: none of its evidence exists", True, consulted)
        return Opinion(_likelihoods(said.primary, said.probability), evidence, consulted, dropped)

    def attribute(self, trajectory: Trajectory) -> Suspicion | Silence:
        """By which step the model says that an episode failed, as far as it can be checked."""
        question = fenced_whole(trajectory)
        if question is None:
            return Silence("not asked: the episode is too long to be shown whole", answered=True)
        answer = self._ask(critical_rubric(), question, critical_tool(), Attribution)
        if isinstance(answer, Silence):
            return answer
        said, consulted = answer
        if said.critical >= len(trajectory.steps):
            return Silence("no verdict: there is no such step", True, consulted)
        evidence = _shown(trajectory, said)
        if evidence is None:
            return Silence("no verdict: none of its evidence exists", True, consulted)
        return Suspicion(_suspects(said, len(trajectory.steps)), (evidence,), consulted)

    def _ask(
        self, told: str, question: str, tool: Tool, kind: type[_Said]
    ) -> tuple[_Said, Consulted] | Silence:
        began = time.monotonic()
        try:
            drawn = self._client.draw(Conversation(told, question), tool, 0)
        except AgentBroke as problem:
            return Silence(str(problem), answered=False)
        consulted = self._consulted(drawn, time.monotonic() - began)
        try:
            # Beyond this it is no verdict, whatever it is.
            return kind.model_validate_json(drawn.text[:_LONGEST]), consulted
        except ValidationError as problem:
            first = problem.errors(include_input=False, include_url=False)[0]
            at = ".".join(map(str, first["loc"])) or "the answer"
            return Silence(f"no verdict: {at}: {first['type']}", True, consulted)

    def _consulted(self, drawn: Drawn, seconds: float) -> Consulted:
        cost = drawn.cost
        if self._price is not None:
            read, written = drawn.input_tokens, drawn.output_tokens
            cost = (read * self._price.read + written * self._price.drawn) / 1e6
        return Consulted(
            model=self._client.model,
            input_tokens=drawn.input_tokens,
            output_tokens=drawn.output_tokens,
            cost=cost,
            seconds=seconds,
        )


def _likelihoods(primary: Answer, probability: float) -> dict[Answer, float]:
    sure = min(probability, _SUREST)
    rest = (1.0 - sure) / (len(ANSWERS) - 1)
    return {answer: sure if answer == primary else rest for answer in ANSWERS}


def _evidence(trajectory: Trajectory, piece: Piece) -> Evidence | None:
    """The place that is quoted; absent where the quote does not stand there."""
    if piece.where != "instruction" and piece.step >= len(trajectory.steps):
        return None
    step = min(piece.step, len(trajectory.steps) - 1)
    span = span_of(piece.quote, text_of(trajectory, step, piece.where))
    return None if span is None else _at(step, piece.where, span, piece.note)


def _suspects(said: Attribution, steps: int) -> tuple[float, ...]:
    """What it says of each step; those that it does not name share what it left."""
    told = {one.step: one.probability for one in said.others if one.step < steps}
    told[said.critical] = said.probability
    left = max(0.0, 1.0 - sum(told.values()))
    rest = left / (steps - len(told)) if len(told) < steps else 0.0
    each = [told.get(at, rest) for at in range(steps)]
    # No two steps further apart than nine to one, as with causes.
    least = max(each) / _ODDS or 1.0
    return tuple(max(one, least) for one in each)


def _shown(trajectory: Trajectory, said: Attribution) -> Evidence | None:
    """The place of that step that is quoted; absent where the quote stands nowhere in it."""
    for where in _PARTS:
        span = span_of(said.quote, text_of(trajectory, said.critical, where))
        if span is not None:
            return _at(said.critical, where, span, said.note)
    return None


def _at(step: int, where: Where, span: tuple[int, int], note: str) -> Evidence:
    told = safe_line(note)[:_NOTE] or "quoted by the judge"
    return Evidence(step=step, where=where, span=span, note=told)
