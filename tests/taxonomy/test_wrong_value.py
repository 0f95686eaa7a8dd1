from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import RunCommand
from episodes.forecasts import Forecast
from taxonomy.continuations import Continuations, Instead
from taxonomy.tagging import tag_trajectory


def returns(won: int, of: int) -> tuple[float, ...]:
    return (1.0,) * won + (0.0,) * (of - won)


def first(make: Any, stated: float | None, played: Continuations | None, **more: Any) -> Any:
    forecast = Forecast(success_probability=stated)
    step = more.pop("step", None) or make.shell("wc -l data.csv", "4 data.csv\n", forecast=forecast)
    trajectory = make.episode(step, make.finish(), success=False, **more)
    return tag_trajectory(trajectory, None, {0: played} if played else None)[0]


@pytest.mark.parametrize(
    ("stated", "won", "of", "primary"),
    [
        (0.95, 1, 12, "wrong_value"),
        (0.1, 11, 12, "wrong_value"),
        (0.9, 11, 12, "none"),
        (0.1, 1, 12, "none"),
        (0.8, 0, 2, "none"),
    ],
)
def test_stated_worth_is_held_against_continuations(
    make: Any, stated: float, won: int, of: int, primary: str
) -> None:
    assert first(make, stated, Continuations(returns(won, of))).primary == primary


def test_one_outcome_shows_nothing_of_one_estimate(make: Any) -> None:
    assert "wrong_value" not in first(make, 0.8, None).causes


def test_alternative_that_is_worth_clearly_more_shows_a_wrong_choice(make: Any) -> None:
    other = RunCommand(command="wc -c data.csv")
    better = Continuations(returns(1, 12), (Instead(other, returns(11, 12)),))
    as_good = Continuations(returns(10, 12), (Instead(other, returns(11, 12)),))
    assert first(make, None, better).primary == "wrong_value"
    assert first(make, None, as_good).primary == "none"


def test_giving_up_where_going_on_works_is_a_wrong_choice(make: Any) -> None:
    going_on = Continuations((), (Instead(RunCommand(command="make"), returns(11, 12)),))
    gave_up = make.episode(make.finish(), success=False)
    solved = make.episode(make.finish(), success=True)
    cut_short = make.episode(make.finish(), status="truncated")
    assert tag_trajectory(gave_up, None, {0: going_on})[0].primary == "wrong_value"
    assert tag_trajectory(solved, None, {0: going_on})[0].primary == "none"
    assert tag_trajectory(cut_short, None, {0: going_on})[0].primary == "none"


def test_invented_premise_comes_before_the_worth_that_rests_on_it(make: Any) -> None:
    err = "cat: /srv/app.ini: No such file or directory\n"
    forecast = Forecast(success_probability=0.95)
    step = make.shell("cat /srv/app.ini", err=err, code=1, forecast=forecast)
    found = first(make, 0.95, Continuations(returns(1, 12)), step=step)
    assert found.primary == "hallucination"
