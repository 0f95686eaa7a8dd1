"""`wrong_dynamics`: what was expected, beyond what anyone would have expected, did not happen.

Each item of a forecast is scored by the logarithm of the probability given to what came, once for
the agent and once for a base rate: what someone would have said who knows nothing but how often
things went well so far. Only what the agent said worse than that is evidence, so neither a
failure that nobody would have foreseen nor an expectation that cannot fail counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log

from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.items import FAIR, Item
from taxonomy.missing import missing_name
from taxonomy.premises import unfounded

# Someone who knows nothing expects three actions of four to go well; eight actions' worth of that.
_PRIOR_WELL = 0.75
_PRIOR_WEIGHT = 8.0
# Whether some text, file, URL or element will be there: even odds, for want of anything better.
_EVEN = 0.5
# A stated certainty is taken for no more than this, or one miss would be worth any number.
_CLOSEST = 0.01
# The agent gave what came at most half of what the base rate gave it.
_WORSE = log(2.0)
# How often what an agent is sure of holds, before it is known; eight statements' worth of that.
_PRIOR_HELD = 0.9
_PRIOR_TOLD = 8.0


class WrongDynamics:
    """The item that the agent foretold worst, where that is worse than the base rate."""

    name = "wrong_dynamics"
    version = "3"
    reads_marks = True

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """At most one finding a step; none where the failure lies in what the action rests on."""
        trajectory = dossier.trajectory
        if not dossier.marked:
            return
        judged = dossier.items
        sure = [[item for item in items if item.probability > 0.5] for items in judged]
        told = sum(map(len, sure))
        kept = sum(item.held for items in sure for item in items)
        ran = well = 0
        for step in trajectory.steps:
            rate = well_rate(well, ran)
            if step.observation is not None and step.observation.kind != "denied":
                ran += 1
                well += not step.observation.failed
            items = [item for item in judged[step.index] if item.given < FAIR]
            if not items or not _grounded(dossier, step):
                continue
            nats, worst = max(
                ((loss(item, rate), item) for item in items), key=lambda scored: scored[0]
            )
            if nats < _WORSE:
                continue
            own = sure[step.index]
            others = told - len(own), kept - sum(item.held for item in own)
            nats *= _reliance(*others)
            stated, *shown = worst.evidence
            note = (
                f"what came had been given {worst.given:.2f}; the base rate gave it "
                f"{base_rate(worst, rate):.2f} ({nats:.2f} nats worse)"
            )
            scored = stated.model_copy(update={"note": note})
            # With even odds between the two before, the odds after are the ratio of what each gave.
            probability = 1.0 - 1.0 / (1.0 + exp(nats))
            yield Finding(step.index, (scored, *shown), "wrong_dynamics", probability, worst.kind)


def _reliance(told: int, kept: int) -> float:
    """How much a statement of the agent's says of what it believes, in [0, 1].

    Who is sure and wrong at every other step as well says things that nothing follows from.

    Args:
        told: What the agent was sure of at the other steps, where the record could tell.
        kept: How much of that held.
    """
    held = (kept + _PRIOR_HELD * _PRIOR_TOLD) / (told + _PRIOR_TOLD)
    return max(0.0, 2.0 * held - 1.0)


def loss(item: Item, well: float) -> float:
    """How much worse than the base rate the agent foretold an item: log score, in nats."""
    given = min(max(item.given, _CLOSEST), 1.0 - _CLOSEST)
    return log(base_rate(item, well)) - log(given)


def base_rate(item: Item, well: float) -> float:
    """The probability in (0, 1) that the base rate gives to what came of an item.

    Args:
        item: The item.
        well: The share of actions that go well, from `well_rate`.
    """
    if item.kind not in ("exit_code", "succeeds"):
        return _EVEN
    holds = well if item.zero else 1.0 - well
    return holds if item.held else 1.0 - holds


def well_rate(well: int, ran: int) -> float:
    """The share of actions that report no failure, in (0, 1), drawn towards a prior.

    The mean of a beta distribution after what was seen, from a prior of three in four with the
    weight of eight actions.

    Args:
        well: Earlier steps of the episode that ran and reported no failure.
        ran: Earlier steps that ran.
    """
    return (well + _PRIOR_WELL * _PRIOR_WEIGHT) / (ran + _PRIOR_WEIGHT)


def _grounded(dossier: Dossier, step: Step) -> bool:
    """Whether what the action rests on stands, as far as it can be told.

    It does not where a thing that the action names is not there, or where a premise held as fact
    stands nowhere or not where the agent says: then the mistake came before the prediction.
    """
    if missing_name(step) is not None or step.forecast is None:
        return False
    return not any(unfounded(dossier, step))
