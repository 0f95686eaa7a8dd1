"""Whether answers to the same questions come from the same distributions.

A permutation test: for each question the answers of both sides make a table of counts, and under
the hypothesis that nothing changed every table with the same margins is as likely as a shuffle of
the answers makes it (Agresti, Categorical Data Analysis, 3rd ed., 16.5). The statistic is Pearson's
chi-square, summed over the questions; its distribution is drawn, not looked up, since most cells
are nearly empty and the tabled one would not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import random_table

TABLES = 9_999
"""How many times the answers are shuffled; no p is under one in so many and one."""

SEED = 20_261_121
"""Of the shuffling, so that the same answers give the same p."""

Answers = Sequence[Sequence[str]]
"""For each question, the answers that were given."""


def same(before: Answers, after: Answers, tables: int = TABLES, seed: int = SEED) -> float:
    """The probability of answers that differ at least as much, if nothing has changed.

    Args:
        before: The answers on one side.
        after: The answers on the other, to the same questions.
        tables: How many times they are shuffled.
        seed: Of the shuffling.

    Returns:
        The p of the test, in (0, 1]; 1 where there is nothing to compare.
    """
    seen = 0.0
    shuffled = np.zeros(tables)
    generator = np.random.default_rng(seed)
    for left, right in zip(before, after, strict=True):
        counts = _table(left, right)
        if counts is None:
            continue
        rows, columns = counts.sum(axis=1), counts.sum(axis=0)
        drawn = random_table(rows, columns, seed=generator).rvs(tables)
        expected = np.outer(rows, columns) / counts.sum()
        seen += float((((counts - expected) ** 2) / expected).sum())
        shuffled += (((drawn - expected) ** 2) / expected).sum(axis=(1, 2))
    # A hair less, so that sums which differ in the order of rounding count as equal.
    return float((1 + (shuffled >= seen - 1e-9).sum()) / (tables + 1))


def _table(left: Sequence[str], right: Sequence[str]) -> npt.NDArray[np.int64] | None:
    """How often each answer came on either side; None where it cannot tell them apart."""
    names = sorted({*left, *right})
    if len(names) < 2 or not left or not right:
        return None
    sides = (Counter(left), Counter(right))
    return np.array([[side[name] for name in names] for side in sides], dtype=np.int64)
