"""Findings put together into probabilities: the guide's questions in order, each one calibrated.

The guide asks for one cause after another and stops at the first yes. So does this: a question is
a logistic regression on a few general features, given that every question before it was answered
with no (a sequential logit: G. Tutz, Sequential models in categorical regression, Computational
Statistics & Data Analysis 11, 1991). The weights are fitted by `benchmarks/corpus/fit.py` on the
tune half of the corpus and lie in `weights.json`; applying them takes no library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import exp, log
from operator import mul
from pathlib import Path
from typing import NamedTuple

from episodes.errors import UsageError
from episodes.tags import CAUSES, Cause, Event, Primary
from taxonomy.finding import Finding

# One finding is worth no more nats than this, however sure it is of itself.
_MOST = 3.5
# Less than that against a cause does not put it out of the question.
_WEAK = 0.7
_WEIGHTS = Path(__file__).parent / "weights.json"

WEIGHTS = "2"
"""The version of the weights that these features are for; a part of the taggers' version."""

FEATURES = ("bias", "marked", "bare", "rival", "failed", "refused")
"""What each question is answered by, in the order of the weights.

`marked` is the log-odds of the strongest finding for the cause less those of the strongest against
it, `bare` the same where the agent's marks are not read; `rival` is the strongest finding for a
cause that is asked for later and that the guide names as what this one may be taken for; `failed`
and `refused` say what happened.
"""

RIVALS: Mapping[Cause, tuple[Cause, ...]] = {
    "environment_fault": ("hallucination",),
    "hallucination": ("exploration", "slip"),
    "exploration": ("slip", "wrong_dynamics"),
}
"""By cause, later ones that would explain the same step away."""

Row = tuple[float, ...]
"""A value for each feature."""


class Weighed(NamedTuple):
    """The findings on one step, as nats by cause."""

    speaks: Mapping[Cause, float]
    """The strongest finding for a cause: log-odds, positive."""
    against: Mapping[Cause, float]
    """The strongest against it: log-odds, made positive."""


class Judged(NamedTuple):
    """What a step's findings come to."""

    primary: Primary
    """The most probable cause; `none`, or `undetermined` where no cause is probable enough."""
    probability: float
    """How probable that is, in [0, 1]."""
    causes: dict[Cause, float]
    """Every cause that some finding speaks for, or hardly against, with its probability."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The fitted weights."""

    threshold: float
    """What a cause must reach to be named."""
    foreign: float
    """What a probability is worth on logs of others' agents, in (0, 1]: what was fitted on our own
    episodes is held to be right in that share of the cases there."""
    questions: Mapping[Cause, Row]
    """By cause, a weight for each feature."""


NOTHING = Weighed({}, {})
"""No finding speaks for or against any cause."""


@cache
def weights() -> Weights:
    """The weights that ship.

    Raises:
        UsageError: The file is not one of these, which is an installation gone wrong.
    """
    try:
        found = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
        if found["version"] != WEIGHTS:
            raise UsageError(f"{_WEIGHTS}: version {found['version']}, where {WEIGHTS} is wanted")
        return Weights(
            threshold=float(found["threshold"]),
            foreign=float(found["foreign"]["worth"]),
            questions={
                cause: tuple(float(found["questions"][cause][name]) for name in FEATURES)
                for cause in CAUSES
            },
        )
    except (OSError, ValueError, KeyError) as problem:
        raise UsageError(f"{_WEIGHTS}: no weights that can be read: {problem}") from problem


def weigh(findings: Iterable[Finding]) -> Weighed:
    """The strongest finding for and against each cause."""
    speaks: dict[Cause, float] = {}
    against: dict[Cause, float] = {}
    for finding in findings:
        cause = finding.cause
        if cause is None:
            continue
        nats = _nats(finding.probability)
        side, size = (speaks, nats) if nats > 0 else (against, -nats)
        if size > side.get(cause, 0.0):
            side[cause] = size
    return Weighed(speaks, against) if speaks or against else NOTHING


def row(cause: Cause, marked: Weighed, bare: Weighed, event: Event) -> Row:
    """A question's features.

    Args:
        cause: The cause that is asked for.
        marked: The findings as they are to be judged.
        bare: The findings where the agent's marks are not read.
        event: What happened.
    """
    return (
        1.0,
        marked.speaks.get(cause, 0.0) - marked.against.get(cause, 0.0),
        bare.speaks.get(cause, 0.0) - bare.against.get(cause, 0.0),
        max((marked.speaks.get(one, 0.0) for one in RIVALS.get(cause, ())), default=0.0),
        float(event in ("error", "fault", "unexpected")),
        float(event == "denied"),
    )


def probabilities(
    marked: Weighed, bare: Weighed, event: Event, by: Weights | None = None
) -> dict[Cause, float]:
    """Each cause's probability of being the primary one; what is left is that none of them is."""
    shipped = by or weights()
    bound = _touched(marked, bare)
    left = 1.0
    found: dict[Cause, float] = {}
    for cause in CAUSES:
        # Most questions have no finding to go by, and then the answer hangs on the event alone.
        yes = (
            _yes(shipped, cause, marked, bare, event)
            if cause in bound
            else _unasked(shipped, cause, event)
        )
        found[cause] = left * yes
        left *= 1.0 - yes
    return found


def judged(
    marked: Weighed,
    bare: Weighed,
    event: Event,
    fell_short: bool,
    by: Weights | None = None,
    *,
    foreign: bool = False,
) -> Judged:
    """The primary cause.

    Args:
        marked: The findings as they are to be judged.
        bare: The findings where the agent's marks are not read.
        event: What happened.
        fell_short: Whether something failed that was not the honest result of what was asked for.
        by: The weights; those that ship where absent.
        foreign: Whether the log is of somebody else's agent and tools, without a forecast. Then
            the answer is the same and its probability is less.
    """
    by = by or weights()
    found = probabilities(marked, bare, event, by)
    if not foreign:
        return _judged(found, marked, fell_short, by)
    said = _judged(found, marked, fell_short, by)
    worth = by.foreign
    return Judged(
        said.primary,
        said.probability * worth,
        {cause: probability * worth for cause, probability in said.causes.items()},
    )


def _judged(found: Mapping[Cause, float], marked: Weighed, fell_short: bool, by: Weights) -> Judged:
    best = max(marked.speaks, key=lambda cause: found[cause], default=None)
    shown = {
        cause: found[cause]
        for cause in CAUSES
        if cause in marked.speaks or 0.0 < marked.against.get(cause, 0.0) < _WEAK
    }
    if best is not None and found[best] >= by.threshold:
        return Judged(best, found[best], shown)
    rest = max(0.0, 1.0 - sum(found.values()))
    if not fell_short:
        return Judged("none", rest, shown)
    # Nothing is probable enough to be named: that the record cannot tell is what is said.
    return Judged("undetermined", max(rest, 1.0 - (found[best] if best else 0.0)), shown)


def _touched(marked: Weighed, bare: Weighed) -> set[Cause]:
    """The causes whose question some finding bears on."""
    found = {*marked.speaks, *marked.against, *bare.speaks, *bare.against}
    for cause, rivals in RIVALS.items():
        if not found.isdisjoint(rivals):
            found.add(cause)
    return found


def _yes(by: Weights, cause: Cause, marked: Weighed, bare: Weighed, event: Event) -> float:
    values = row(cause, marked, bare, event)
    nats = sum(map(mul, by.questions[cause], values))
    return 1.0 / (1.0 + exp(-nats))


@lru_cache(maxsize=1_024)
def _unasked(by: Weights, cause: Cause, event: Event) -> float:
    return _yes(by, cause, NOTHING, NOTHING, event)


def _nats(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1.0 - 1e-6)
    return max(-_MOST, min(_MOST, log(bounded / (1.0 - bounded))))
