"""Holds the equal weights of `taxonomy.conversation` against fitted ones.

It is given the folder of Who&When and reads the tune half alone: how many labelled steps the equal
weights name, and how many weights of their own do, each log with weights that were fitted on the
others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from taxonomy.conversation import SIGNS, WEIGHT, signs
from taxonomy.evaluation.who_when import read_who_when

PENALTIES = (0.25, 0.5, 1.0, 2.0)
"""Of the squares of the weights: few logs, and no weight may come of one of them."""

Weights = npt.NDArray[np.float64]
Log = tuple[npt.NDArray[np.float64], int]
"""The signs of each step, shape (steps, signs), and the labelled step."""


def shares(weights: Weights, log: Log) -> npt.NDArray[np.float64]:
    """How probable each step of a log is."""
    power = np.exp(log[0] @ weights)
    return np.asarray(power / power.sum())


def fit(logs: Sequence[Log], penalty: float) -> Weights:
    """The weights under which the labelled steps are most probable, each among its log's."""

    def loss(weights: Weights) -> tuple[float, Weights]:
        value, slope = penalty * weights @ weights, 2 * penalty * weights
        for rows, at in logs:
            share = shares(weights, (rows, at))
            value -= np.log(share[at])
            slope = slope - rows[at] + share @ rows
        return float(value), slope

    return np.asarray(minimize(loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B").x)


def tell(name: str, weighed: Sequence[Weights], logs: Sequence[Log]) -> None:
    """Prints how many labelled steps are named, and how probable they are."""
    found = [shares(weights, log) for weights, log in zip(weighed, logs, strict=True)]
    right = sum(int(np.argmax(share) == at) for share, (_, at) in zip(found, logs, strict=True))
    each = [np.log(share[at]) for share, (_, at) in zip(found, logs, strict=True)]
    print(f"{name}: {right} of {len(logs)} exact; log probability {np.mean(each):.3f} a log")


def main(folder: Path) -> None:
    logs = [
        (np.array(list(signs(one.trajectory)), dtype=float), one.critical_step)
        for one in read_who_when(folder, "tune")
        if one.critical_step is not None and one.critical_step < len(one.trajectory.steps)
    ]
    equal = WEIGHT * np.array(list(SIGNS.values()), dtype=float)
    tell("equal weights", [equal] * len(logs), logs)
    for penalty in PENALTIES:
        without = [fit([*logs[:at], *logs[at + 1 :]], penalty) for at in range(len(logs))]
        tell(f"fitted on the other logs, penalty {penalty}", without, logs)
    for name in SIGNS:
        less = equal * np.array([one != name for one in SIGNS])
        tell(f"equal weights without {name!r}", [less] * len(logs), logs)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
