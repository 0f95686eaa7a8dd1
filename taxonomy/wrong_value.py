"""`wrong_value`: what it was worth was misjudged, as continuations from the same state show."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, lgamma, log

from episodes.tags import Evidence
from episodes.trajectory import Step, Trajectory
from taxonomy.continuations import Continuations
from taxonomy.curve import wilson
from taxonomy.dossier import Dossier
from taxonomy.events import was_denied
from taxonomy.finding import Finding
from taxonomy.texts import forecast_lines, span_of

# A stated certainty is taken for no more than this, or one return would be worth any number.
_CLOSEST = 0.02
_SURE = 0.96
# Fewer continuations than this decide nothing.
_FEW = 5
# An alternative is worth clearly more only from here on, whatever the number of continuations.
_MORE = 0.2


class WrongValue:
    """The stated worth of a step, or the choice of it, against k continuations."""

    name = "wrong_value"
    version = "1"
    reads_marks = True

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """At most two findings a step; none where there are no continuations."""
        for at, played in sorted(dossier.continuations.items()):
            if at >= len(dossier.steps) or was_denied(dossier.steps[at]):
                continue
            step = dossier.steps[at]
            yield from _stated(step, played)
            yield from _chosen(dossier.trajectory, step, played)


def _stated(step: Step, played: Continuations) -> Iterator[Finding]:
    forecast = step.forecast
    if forecast is None or forecast.success_probability is None or len(played.taken) < _FEW:
        return
    stated = min(max(forecast.success_probability, _CLOSEST), 1.0 - _CLOSEST)
    won, n = sum(played.taken), len(played.taken)
    # Against one who does not know what it is worth: a uniform prior over its probability.
    nats = _beta(won, n - won) - won * log(stated) - (n - won) * log(1.0 - stated)
    low, high = wilson(won / n, n)
    clear = not low <= forecast.success_probability <= high
    note = (
        f"of {n} continuations {won:g} succeeded ({low:.2f} to {high:.2f}); "
        f"{forecast.success_probability:g} had been stated"
    )
    lines = forecast_lines(step.forecast) if step.forecast is not None else []
    line = next((one for one in lines if f"{forecast.success_probability:g}" in one), "")
    span = span_of(line, "\n".join(lines)) if line else None
    evidence = Evidence(step=step.index, where="forecast", span=span, note=note)
    probability = min(_SURE, max(1.0 - _SURE, _odds(nats)))
    if clear or probability < 0.5:
        kind = "stated" if clear else "borne_out"
        yield Finding(step.index, (evidence,), "wrong_value", probability, kind)


def _chosen(trajectory: Trajectory, step: Step, played: Continuations) -> Iterator[Finding]:
    """Whether something else was worth clearly more; it was weighed lower, since this was done."""
    best = max(
        (one for one in played.instead if len(one.returns) >= _FEW),
        key=lambda one: sum(one.returns) / len(one.returns),
        default=None,
    )
    if best is None:
        return
    taken = played.taken or _outcome(trajectory, step, len(best.returns))
    if len(taken) < _FEW:
        return
    won, n = sum(taken), len(taken)
    other, k = sum(best.returns), len(best.returns)
    # One worth for both, against a worth of its own for each; uniform priors.
    apart = _beta(won, n - won) + _beta(other, k - other)
    nats = apart - _beta(won + other, n + k - won - other)
    if other / k - won / n < _MORE or nats <= 0:
        return
    note = f"{other:g} of {k} succeeded after another action, {won:g} of {n} after this one"
    evidence = Evidence(step=step.index, where="action", note=note)
    yield Finding(step.index, (evidence,), "wrong_value", min(_SURE, _odds(nats)), "chosen")


def _outcome(trajectory: Trajectory, step: Step, times: int) -> tuple[float, ...]:
    """What ended the episode would have the same return again; none where it was cut short."""
    ended = trajectory.ended
    if step.index != len(trajectory.steps) - 1 or ended is None or ended.success is None:
        return ()
    return (float(ended.success),) * times


def _beta(won: float, lost: float) -> float:
    """The logarithm of the beta function at `won + 1` and `lost + 1`."""
    return lgamma(won + 1) + lgamma(lost + 1) - lgamma(won + lost + 2)


def _odds(nats: float) -> float:
    return 1.0 / (1.0 + exp(-max(-50.0, min(50.0, nats))))
