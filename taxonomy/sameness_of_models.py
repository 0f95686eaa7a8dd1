"""Whether answers to the same questions come from the same distributions.

A permutation test: for each question the answers of both sides make a table of counts, and under
the hypothesis that nothing changed every table with the same margins is as likely as a shuffle of
the answers makes it (Agresti, Categorical Data Analysis, 3rd ed., 16.5). Three statistics are
summed over the questions, since each is blind to what another sees: Pearson's chi-square (new and
rare answers), the squared distance of the shares (common answers that change places), and the
difference of how often two answers of one side agree, either way (a side that is surer, or less
sure). The greatest of the three counts, each in its own standard deviations among the shuffles.
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

_STATISTICS = 3

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
    # The first of each is what was seen; the others are what shuffles make of it.
    sums = np.zeros((_STATISTICS, tables + 1))
    generator = np.random.default_rng(seed)
    for left, right in zip(before, after, strict=True):
        counts = _table(left, right)
        if counts is not None:
            shuffled = random_table(counts.sum(axis=1), counts.sum(axis=0), seed=generator).rvs(
                tables
            )
            sums += _statistics(np.concatenate([counts[None], shuffled]))
    spread = sums.std(axis=1, keepdims=True)
    scaled = (sums - sums.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    scaled[-1] = np.abs(scaled[-1])
    found = scaled.max(axis=0)
    # A hair less, so that sums which differ in the order of rounding count as equal.
    return float((found >= found[0] - 1e-9).mean())


def _statistics(tables: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Chi-square, squared distance and difference in agreement of each table (n, 2, answers)."""
    rows, columns = tables[0].sum(axis=1), tables[0].sum(axis=0)
    expected = np.outer(rows, columns) / rows.sum()
    shares = tables / rows[:, None]
    agreeing = (tables * (tables - 1)).sum(axis=2) / np.maximum(rows * (rows - 1), 1)
    return np.stack(
        [
            ((tables - expected) ** 2 / expected).sum(axis=(1, 2)),
            ((shares[:, 0] - shares[:, 1]) ** 2).sum(axis=1),
            agreeing[:, 0] - agreeing[:, 1],
        ]
    )


def _table(left: Sequence[str], right: Sequence[str]) -> npt.NDArray[np.int64] | None:
    """How often each answer came on either side; None where it cannot tell them apart."""
    names = sorted({*left, *right})
    if len(names) < 2 or not left or not right:
        return None
    sides = (Counter(left), Counter(right))
    return np.array([[side[name] for name in names] for side in sides], dtype=np.int64)
