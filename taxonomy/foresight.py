"""How well a group of episodes was foretold: stated probabilities of success against what came.

One outcome shows nothing of one estimate; a group does. Episodes that an outside limit cut short
are censored: they are counted, left out of every figure, and bounded by both ways they could have
ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from episodes.trajectory import Trajectory
from taxonomy.continuations import Continuations
from taxonomy.curve import Bin, Parts, parts, place

_DRAWS = 2_000
_SEED = 20250101


class Estimate(NamedTuple):
    """One stated probability of success, and how its episode ended."""

    episode: str
    """The episode; estimates of one episode stand and fall together."""
    stated: float
    """What the agent said, in [0, 1]."""
    came: bool | None
    """Whether the check was passed; absent where the episode was cut short."""


@dataclass(frozen=True)
class Foresight:
    """Estimates against returns, over a group of episodes."""

    estimates: int
    """Estimates of episodes that came to their own end."""
    episodes: int
    """Those episodes."""
    censored: int
    """Episodes with estimates that were cut short."""
    parts: Parts
    """The Brier score and what it is made of, and the optimism."""
    optimism_interval: tuple[float, float]
    """At 95%, by drawing whole episodes with replacement."""
    optimism_bounds: tuple[float, float]
    """What it would be if every censored episode had succeeded, and if every one had failed."""
    curve: tuple[Bin, ...]
    """The calibration curve, over bins that hold something."""


class Gap(NamedTuple):
    """One estimate's distance from what came, in its parts; they add up to it."""

    misjudged: float
    """What was said less what the state was worth by its continuations."""
    chance: float
    """What the state was worth less what came of it this once: luck and later choices."""


def estimates(trajectories: Iterable[Trajectory]) -> list[Estimate]:
    """Every stated probability of success; none of episodes that have not ended or that faulted."""
    return [
        Estimate(
            one.episode,
            step.forecast.success_probability,
            one.ended.success if one.ended.status == "terminated" else None,
        )
        for one in trajectories
        if one.ended is not None and one.ended.status != "faulted"
        for step in one.steps
        if step.forecast is not None and step.forecast.success_probability is not None
    ]


def foresight(some: Sequence[Estimate]) -> Foresight | None:
    """How well a group was foretold; absent where no estimate's episode came to its own end.

    Args:
        some: The estimates.
    """
    told = [(one, bool(one.came)) for one in some if one.came is not None]
    if not told:
        return None
    censored = [one for one in some if one.came is None]
    held: dict[int, list[tuple[Estimate, bool]]] = {}
    for pair in told:
        held.setdefault(place(pair[0].stated), []).append(pair)
    curve = tuple(_bin(held[at]) for at in sorted(held))
    return Foresight(
        estimates=len(told),
        episodes=len({one.episode for one, _ in told}),
        censored=len({one.episode for one in censored}),
        parts=parts(curve),
        optimism_interval=_by_episode(told),
        optimism_bounds=_bounds(told, censored),
        curve=curve,
    )


def _bin(some: Sequence[tuple[Estimate, bool]]) -> Bin:
    return Bin(
        estimates=len(some),
        episodes=len({one.episode for one, _ in some}),
        stated=sum(one.stated for one, _ in some) / len(some),
        solved=sum(came for _, came in some),
        squares=sum((one.stated - came) ** 2 for one, came in some),
    )


def gap(stated: float, played: Continuations, came: float) -> Gap | None:
    """An estimate's distance from what came, split; absent without continuations.

    Args:
        stated: What was said, in [0, 1].
        played: The continuations from the state after the step.
        came: The episode's own return, in [0, 1].
    """
    if not played.taken:
        return None
    worth = sum(played.taken) / len(played.taken)
    return Gap(stated - worth, worth - came)


def _by_episode(told: Sequence[tuple[Estimate, bool]]) -> tuple[float, float]:
    """The percentile bootstrap at 95%, by episodes (Efron and Tibshirani 1993, chapter 13)."""
    # Here and not above: who only counts bins should not wait for it.
    import numpy as np

    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    for one, came in told:
        sums[one.episode] = sums.get(one.episode, 0.0) + one.stated - came
        counts[one.episode] = counts.get(one.episode, 0) + 1
    off, many = np.array(list(sums.values())), np.array(list(counts.values()))
    rng = np.random.default_rng(_SEED)
    means = np.empty(_DRAWS)
    # One draw after another: all of them at once would take memory with the number of episodes.
    for draw in range(_DRAWS):
        drawn = rng.integers(0, len(off), len(off))
        means[draw] = off[drawn].sum() / many[drawn].sum()
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _bounds(
    told: Sequence[tuple[Estimate, bool]], censored: Sequence[Estimate]
) -> tuple[float, float]:
    stated = [*(one.stated for one, _ in told), *(one.stated for one in censored)]
    won = sum(came for _, came in told)
    mean = sum(stated) / len(stated)
    return mean - (won + len(censored)) / len(stated), mean - won / len(stated)
