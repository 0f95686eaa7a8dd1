"""Stated probabilities against what came: the calibration curve and the parts of the Brier score.

Without NumPy, since the viewer's first page draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

BINS = 10
"""Bins of equal width."""

_Z = 1.96


class Bin(NamedTuple):
    """The estimates that lie in one tenth; one point of the calibration curve."""

    estimates: int
    """Estimates in the bin, at least one."""
    episodes: int
    """Episodes that they are of, which count as one voice each."""
    stated: float
    """The mean of what was said."""
    solved: int
    """Estimates that came true."""
    squares: float
    """The sum of the squared distances of what was said from what came."""

    @property
    def came(self) -> float:
        """The share that came true."""
        return self.solved / self.estimates

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95% of that share, as if each episode had spoken once."""
        return wilson(self.came, self.episodes)


@dataclass(frozen=True)
class Parts:
    """The Brier score of a group of estimates, and what it is made of."""

    brier: float
    """Mean squared distance of what was said from what came; 0 is perfect."""
    reliability: float
    """Its part that comes of saying 0.9 where 0.7 comes true: 0 is perfect."""
    resolution: float
    """Its part that is taken off for telling episodes apart: the more the better."""
    uncertainty: float
    """Its part that is the tasks' own: the variance of the outcome."""
    within: float
    """What is left, since a bin holds different estimates."""
    optimism: float
    """What was said less what came, on average; above 0 the agent hopes too much."""


def place(stated: float) -> int:
    """The bin of a probability, from 0."""
    return min(int(stated * BINS), BINS - 1)


def parts(curve: Sequence[Bin]) -> Parts:
    """The parts of the Brier score, which is reliability - resolution + uncertainty + within.

    Source: A. H. Murphy, A new vector partition of the probability score, Journal of Applied
    Meteorology 12, 1973; of what is left within bins: D. B. Stephenson et al., Two extra components
    in the Brier score decomposition, Weather and Forecasting 23, 2008.

    Args:
        curve: At least one bin.
    """
    whole = sum(one.estimates for one in curve)
    base = sum(one.solved for one in curve) / whole
    brier = sum(one.squares for one in curve) / whole
    reliability = sum(one.estimates * (one.stated - one.came) ** 2 for one in curve) / whole
    resolution = sum(one.estimates * (one.came - base) ** 2 for one in curve) / whole
    uncertainty = base * (1.0 - base)
    return Parts(
        brier=brier,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within=brier - reliability + resolution - uncertainty,
        optimism=sum(one.estimates * one.stated for one in curve) / whole - base,
    )


def wilson(share: float, of: float) -> tuple[float, float]:
    """Wilson's interval at 95% for a share.

    Source: E. B. Wilson, Probable inference, JASA 22, 1927.

    Args:
        share: In [0, 1].
        of: How many it is a share of, more than 0.
    """
    whole = 1.0 + _Z * _Z / of
    middle = (share + _Z * _Z / (2.0 * of)) / whole
    half = _Z / whole * sqrt(share * (1.0 - share) / of + _Z * _Z / (4.0 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
