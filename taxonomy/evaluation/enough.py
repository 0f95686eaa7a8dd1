"""How large a lead must be to be told from chance, where two are held against the same episodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

LEVEL = 0.05
"""Of the test, two-sided."""

POWER = 0.8
"""How often a true lead is to be found."""


@dataclass(frozen=True)
class Enough:
    """What it takes on some episodes, where one of two is right and the other wrong."""

    differing: int
    """Episodes that one of the two has right and the other not; on the rest they are equal."""
    share: float | None
    """The share right that has p under 0.05, if as many differ; absent where too few do."""
    true_share: float | None
    """The true share right with which p is under 0.05 in four of five such sets of episodes."""


def enough(episodes: int, right: int, differing: int) -> Enough:
    """What would have been enough.

    Swapping two within episodes, where each is right or wrong, is the sign test: only episodes on
    which they differ count, and by chance each goes either way.

    Args:
        episodes: How many there are.
        right: How many of them the other one has right.
        differing: On how many one of the two is right and the other wrong.
    """
    wins = np.arange(differing + 1)
    found = wins[2 * binom.sf(wins - 1, differing, 0.5) < LEVEL]
    if not len(found):
        return Enough(differing, None, None)
    least = int(found[0])
    ways = np.linspace(0.5, 1.0, 501)
    often = binom.sf(least - 1, differing, ways)
    way = float(ways[np.argmax(often >= POWER)])
    return Enough(
        differing=differing,
        share=(right + 2 * least - differing) / episodes,
        true_share=(right + (2 * way - 1) * differing) / episodes,
    )
