from __future__ import annotations

import pytest
from scipy.stats import binomtest

from taxonomy.curve import Bin, parts, place, wilson


@pytest.mark.parametrize(("solved", "of"), [(0, 5), (3, 10), (5, 5), (700, 1000)])
def test_interval_is_wilsons(solved: int, of: int) -> None:
    known = binomtest(solved, of).proportion_ci(method="wilson")
    assert wilson(solved / of, of) == pytest.approx((known.low, known.high), abs=1e-5)


def test_interval_goes_by_episodes_and_not_by_what_each_said() -> None:
    often = Bin(estimates=40, episodes=4, stated=0.75, solved=30, squares=7.5)
    once = Bin(estimates=40, episodes=40, stated=0.75, solved=30, squares=7.5)
    assert often.interval == wilson(0.75, 4)
    assert often.interval[0] < once.interval[0] < 0.75 < once.interval[1] < often.interval[1]


def test_probability_of_one_lies_in_the_last_bin() -> None:
    assert [place(one) for one in (0.0, 0.05, 0.1, 0.95, 1.0)] == [0, 0, 1, 9, 9]


def test_parts_of_one_who_always_says_the_base_rate_are_its_uncertainty() -> None:
    found = parts([Bin(estimates=4, episodes=4, stated=0.5, solved=2, squares=1.0)])
    assert (found.reliability, found.resolution, found.optimism) == (0.0, 0.0, 0.0)
    assert found.brier == found.uncertainty == 0.25
