from __future__ import annotations

from typing import Any

import pytest

from episodes.forecasts import Forecast
from taxonomy.continuations import Continuations
from taxonomy.foresight import Estimate, estimates, foresight, gap


def told(stated: float, *came: bool | None) -> list[Estimate]:
    return [Estimate(f"{stated}-{at}", stated, one) for at, one in enumerate(came)]


def test_parts_of_the_brier_score_add_up_to_it() -> None:
    found = foresight([*told(0.9, True, True, False), *told(0.3, False, True), *told(0.35, False)])
    assert found is not None
    parts = (
        found.parts.reliability
        - found.parts.resolution
        + found.parts.uncertainty
        + found.parts.within
    )
    assert found.parts.brier == pytest.approx(parts)
    assert found.parts.brier == pytest.approx((2 * 0.01 + 0.81 + 0.09 + 0.49 + 0.35**2) / 6)


def test_calibrated_agent_has_no_reliability_term_and_no_optimism() -> None:
    found = foresight(told(0.75, True, True, True, False) + told(0.25, True, False, False, False))
    assert found is not None
    assert found.parts.reliability == pytest.approx(0.0)
    assert found.parts.optimism == pytest.approx(0.0)
    assert found.parts.resolution > 0


def test_optimist_is_told_from_chance_by_the_interval() -> None:
    found = foresight(told(0.9, *[False] * 18, True, True))
    assert found is not None
    low, high = found.optimism_interval
    assert found.parts.optimism == pytest.approx(0.8)
    assert 0 < low < found.parts.optimism < high


def test_truncated_episodes_are_censored_and_bounded_and_not_failed(make: Any) -> None:
    said = Forecast(success_probability=0.8)
    step = make.shell("true", forecast=said)
    ended = [
        make.episode(step, success=True),
        make.episode(step, status="truncated"),
        make.episode(step, status="faulted"),
        make.episode(step, status=None),
    ]
    named = [one.model_copy(update={"episode": str(at)}) for at, one in enumerate(ended)]
    found = foresight(estimates(named))
    assert found is not None
    assert (found.episodes, found.censored) == (1, 1)
    assert found.parts.optimism == pytest.approx(-0.2)
    assert found.optimism_bounds == pytest.approx((-0.2, 0.3))


def test_estimates_of_one_episode_count_as_one_voice_in_the_curve() -> None:
    one = foresight([Estimate("a", 0.9, True)] * 50)
    many = foresight([Estimate(str(at), 0.9, True) for at in range(50)])
    assert one is not None
    assert many is not None
    assert one.curve[0].interval[0] < many.curve[0].interval[0]
    assert (one.curve[0].estimates, one.curve[0].episodes) == (50, 1)


def test_group_without_an_ending_says_nothing() -> None:
    assert foresight(told(0.5, None, None)) is None


def test_gap_splits_into_what_was_misjudged_and_what_was_chance() -> None:
    played = Continuations((1.0, 0.0, 0.0, 0.0))
    found = gap(0.9, played, 1.0)
    assert found is not None
    assert found.misjudged == pytest.approx(0.65)
    assert found.chance == pytest.approx(-0.75)
    assert sum(found) == pytest.approx(0.9 - 1.0)
    assert gap(0.9, Continuations(()), 1.0) is None
