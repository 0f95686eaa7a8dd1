from __future__ import annotations

from typing import Any

import pytest

from episodes.forecasts import ExpectExit, ExpectText, Premise
from taxonomy.texts import quote


def tag_of(make: Any, *steps: Any, at: int = -1, marks: str = "with") -> Any:
    return make.tags(make.episode(*steps), marks)[at]


def text(probability: float, wanted: str = "42") -> ExpectText:
    return ExpectText(text=wanted, probability=probability)


@pytest.mark.parametrize(
    ("probability", "out", "primary"),
    [
        (0.95, "41\n", "wrong_dynamics"),
        (0.95, "42\n", "none"),
        (0.6, "41\n", "undetermined"),  # unexpected, yet hardly worse than even odds
        (0.3, "41\n", "none"),
        (0.02, "42\n", "wrong_dynamics"),
    ],
)
def test_text_that_was_foretold_worse_than_even_odds_is_wrong_dynamics(
    make: Any, probability: float, out: str, primary: str
) -> None:
    step = make.shell("wc -l data.csv", out, forecast=make.forecast(text(probability)))
    assert tag_of(make, step).primary == primary


def test_overconfidence_in_an_exit_code_is_wrong_dynamics(make: Any) -> None:
    sure = make.forecast(ExpectExit(code=0, probability=0.97))
    assert tag_of(make, make.shell("make", code=2, forecast=sure)).primary == "wrong_dynamics"


def test_failure_that_anyone_would_have_missed_is_not(make: Any) -> None:
    modest = make.forecast(ExpectExit(code=0, probability=0.8))
    assert tag_of(make, make.shell("make", code=2, forecast=modest)).primary == "undetermined"


def test_base_rate_learns_from_the_episode(make: Any) -> None:
    modest = make.forecast(ExpectExit(code=0, probability=0.85))
    failing = [make.shell(f"make {n}", code=2) for n in range(8)]
    step = make.shell("make", code=2, forecast=modest)
    assert tag_of(make, step).primary == "undetermined"
    assert tag_of(make, *failing, step).primary == "wrong_dynamics"


def test_padding_with_what_cannot_fail_does_not_hide_a_miss(make: Any) -> None:
    padding = [text(1.0, "a") for _ in range(20)]
    step = make.shell("x", "a\n", forecast=make.forecast(*padding, text(0.95)))
    assert tag_of(make, step).primary == "wrong_dynamics"


def test_fixed_question_is_scored_where_nothing_else_was_expected(make: Any) -> None:
    step = make.shell("make", code=2, forecast=make.forecast(succeeds=0.99))
    assert tag_of(make, step).primary == "wrong_dynamics"


def test_denial_is_no_wrong_dynamics_whatever_was_expected(make: Any) -> None:
    step = make.denied(forecast=make.forecast(ExpectExit(code=0), succeeds=1.0))
    assert "wrong_dynamics" not in tag_of(make, step).causes


def test_failure_for_want_of_a_thing_that_was_named_is_no_wrong_dynamics(make: Any) -> None:
    sure = make.forecast(ExpectExit(code=0, probability=0.97))
    err = "cat: /srv/app.ini: No such file or directory\n"
    step = make.shell("cat /srv/app.ini", err=err, code=1, forecast=sure)
    assert tag_of(make, step).primary == "hallucination"
    other = make.shell("make", err="ld: crt1.o: No such file or directory\n", code=1, forecast=sure)
    assert tag_of(make, other).primary == "wrong_dynamics"


@pytest.mark.parametrize(
    ("premise", "primary"),
    [
        ({"source": "observed", "step": 0, "reference": "a.csv"}, "wrong_dynamics"),
        ({"source": "observed", "step": 0, "reference": "b.csv"}, "hallucination"),
        ({"source": "observed", "step": 1, "reference": "a.csv"}, "exploration"),
        ({"source": "instructed", "reference": "/workspace/data.csv"}, "wrong_dynamics"),
        ({"source": "instructed", "reference": "/workspace/b.csv"}, "hallucination"),
        # Held as fact, and nowhere on record.
        ({"source": "recalled", "reference": "b.csv"}, "hallucination"),
        ({"source": "guessed", "reference": "b.csv"}, "wrong_dynamics"),
    ],
)
def test_premise_whose_source_does_not_hold_it_comes_before_the_prediction(
    make: Any, premise: dict[str, Any], primary: str
) -> None:
    stated = Premise.model_validate({"text": "it is there", "probability": 0.9} | premise)
    forecast = make.forecast(text(0.95), premises=(stated,))
    steps = [make.shell("ls", "a.csv\n"), make.shell("wc -l a.csv", "41\n", forecast=forecast)]
    assert tag_of(make, *steps).primary == primary


def test_what_the_environment_did_explains_the_prediction_away(make: Any) -> None:
    sure = make.forecast(ExpectExit(code=0))
    failed = make.shell("cat /mnt/data", err="Input/output error\n", code=1, forecast=sure)
    tag = tag_of(make, failed, make.shell("cat /mnt/data", "1\n"), at=0)
    assert tag.primary == "environment_fault"
    assert tag.causes["wrong_dynamics"] < 0.5


def test_without_the_agents_marks_nothing_was_expected(make: Any) -> None:
    step = make.shell("wc -l data.csv", "41\n", forecast=make.forecast(text(0.95)))
    tag = tag_of(make, step, marks="without")
    assert (tag.event, tag.primary, tag.causes) == ("none", "none", {})


def test_evidence_quotes_the_expectation(make: Any) -> None:
    step = make.shell("x", "41\n", forecast=make.forecast(text(0.9, "7"), text(0.95)))
    trajectory = make.episode(step)
    (tag,) = make.tags(trajectory)
    assert quote(trajectory, tag.evidence[0]) == "expects (0.95): text '42' in any"
