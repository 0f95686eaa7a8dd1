"""Where a conversation of several agents went wrong: what a step does, says, asks and made up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import exp

from episodes.trajectory import Step, Trajectory
from taxonomy.dossier import Dossier

_MADE_UP = re.compile(
    r"placeholder|simulat|hypothetical|\bmock|\bassum|for example|example (?:data|video|value)"
    r"|your_|dummy|fictional",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"i have (?:reviewed|verified|found|identified|located|gathered|confirmed)"
    r"|here(?:'s| is| are) the|manually|after (?:review|check|search|examin|manual)|upon review"
    r"|findings|based on my|according to",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?\s*$|please (?:provide|share|let)|could you|can you", re.IGNORECASE)
_FAILED = re.compile(r"Traceback|Error|exit code [1-9]")
_NOTHING = re.compile(r"\s*(?:\[\]|None)?\s*exit code 0\s*$")
_NOTHING_RUN = "There is no code"
_OVER = "TERMINATE"
_NUMBER = re.compile(r"\d[\d,.]*\d")
_NAME = re.compile(r"[A-Z][a-z]{2,}(?: [A-Z][a-z]+)+")
_SHORT = 150
_MANY = 10

WEIGHTS: dict[str, float] = {
    "states the task": -0.4,
    "runs code": 0.6,
    "failed or showed nothing": 0.7,
    "made up": 0.9,
    "claims to have looked": 0.5,
    "asks": -0.6,
    "says what nobody showed": 0.5,
    "nothing to run": -0.5,
    "ends it": -0.9,
    "first to act or claim": 0.5,
}
"""What speaks for and against a step, in nats; `benchmarks/fit_conversation.py` fits them."""

Signs = tuple[float, ...]
"""How far each of `WEIGHTS` holds of a step, in [0, 1], in their order."""


def is_conversation(trajectory: Trajectory) -> bool:
    """Whether several agents acted."""
    return len({step.provenance.agent for step in trajectory.steps} - {None}) > 1


def shares(trajectory: Trajectory) -> tuple[float, ...]:
    """For each step, how probable it is that a failed conversation went wrong there first.

    Nothing is looked at but words and what came back: no model of language reads them. The
    probabilities sum to one.
    """
    weights = tuple(WEIGHTS.values())
    powers = [
        exp(sum(weight * sign for weight, sign in zip(weights, some, strict=True)))
        for some in signs(trajectory)
    ]
    total = sum(powers)
    return tuple(power / total for power in powers)


def signs(trajectory: Trajectory) -> Iterator[Signs]:
    """What holds of each step, in order."""
    dossier = Dossier(trajectory)
    past, acted = _Past(trajectory.started.instruction), False
    for step, did, seen in zip(
        dossier.steps, dossier.action_texts, dossier.observation_texts, strict=True
    ):
        words = f"{step.provenance.said} {did}"
        some, acts = _signs(step, words, seen, past, acted)
        yield some
        acted = acted or acts
        past.add(f" {words} {seen}")


class _Past:
    """Everything said and shown so far, and which pieces of it were found there before."""

    def __init__(self, instruction: str) -> None:
        self._parts, self._known = [instruction], set[str]()

    def add(self, text: str) -> None:
        self._parts.append(text)

    def unknown(self, found: Sequence[str]) -> set[str]:
        """Those that stand nowhere in it; what once stood there does for ever."""
        new = {one for one in found if one not in self._known}
        old = {one for one in new if any(one in part for part in self._parts)}
        self._known |= old
        return new - old


def _signs(step: Step, words: str, seen: str, past: _Past, acted: bool) -> tuple[Signs, bool]:
    first, code, over = step.index == 0, step.action.kind != "say", _OVER in words
    says = not code and not first
    news = len(past.unknown(_NUMBER.findall(words))) + len(past.unknown(_NAME.findall(words)))
    acts = not first and not over and (code or news > 0)
    return (
        first,
        code,
        bool(_FAILED.search(seen) or _NOTHING.match(seen)) if seen else False,
        not first and bool(_MADE_UP.search(words)),
        says and bool(_CLAIM.search(words)),
        not code and bool(_ASKS.search(words[-250:])),
        min(news, _MANY) / _MANY if says else 0.0,
        _NOTHING_RUN in seen,
        over or len(words) < _SHORT,
        acts and not acted,
    ), acts
