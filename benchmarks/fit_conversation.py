"""Fits `taxonomy.conversation.WEIGHTS` on the tune half of Who&When, whose folder it is given."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from taxonomy.conversation import WEIGHTS, signs
from taxonomy.evaluation.who_when import read_who_when

PENALTY = 1.0
"""Of the squares of the weights: few logs, and no weight may come of one of them."""

Logs = Sequence[tuple[npt.NDArray[np.float64], int]]


def fit(logs: Logs) -> npt.NDArray[np.float64]:
    """The weights under which the labelled steps are most probable, each among its log's."""

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        value, slope = PENALTY * weights @ weights, 2 * PENALTY * weights
        for rows, at in logs:
            power = np.exp(rows @ weights)
            share = power / power.sum()
            value -= np.log(share[at])
            slope = slope - rows[at] + share @ rows
        return float(value), slope

    return np.asarray(minimize(loss, np.zeros(len(WEIGHTS)), jac=True, method="L-BFGS-B").x)


def main(folder: Path) -> None:
    logs = [
        (np.array(list(signs(one.trajectory)), dtype=float), one.critical_step)
        for one in read_who_when(folder, "tune")
        if one.critical_step is not None and one.critical_step < len(one.trajectory.steps)
    ]
    held = sum(
        int(np.argmax(rows @ fit([*logs[:at], *logs[at + 1 :]])) == true)
        for at, (rows, true) in enumerate(logs)
    )
    for name, weight in zip(WEIGHTS, fit(logs), strict=True):
        print(f'    "{name}": {weight:.1f},')
    rounded = np.array(list(WEIGHTS.values()))
    now = sum(int(np.argmax(rows @ rounded) == true) for rows, true in logs)
    print(
        f"{held} of {len(logs)} exact with the log itself left out; {now} by the weights there are"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
