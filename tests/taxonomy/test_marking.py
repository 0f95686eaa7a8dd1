from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from benchmarks.corpus.loader import load
from episodes.forecasts import Answer, Forecast, Premise, Question
from episodes.trajectory import Step, Trajectory
from taxonomy.marking import blamed, marking
from taxonomy.tagging import tag_trajectory
from taxonomy.texts import action_text

EPISODES = 60


def marks_everything(step: Step) -> Step:
    """The same step of an agent that calls all it does a guess and an exploration."""
    words = action_text(step.action)[:200]
    told = step.forecast or Forecast()
    answers = tuple(Answer(text=text, probability=0.5, then=words) for text in ("yes", "no"))
    guessed = tuple(
        one.model_copy(update={"source": "guessed", "step": None, "probability": 0.4})
        for one in told.premises
    )
    doubted = tuple(one.model_copy(update={"probability": 0.45}) for one in told.expects)
    forecast = told.model_copy(
        update={
            "purpose": "explore",
            "question": Question(text=f"Will it work: {words}?", answers=answers),
            "premises": guessed or (Premise(text=words, probability=0.4, source="guessed"),),
            "expects": doubted,
            "fixed": None,
        }
    )
    return step.model_copy(update={"forecast": forecast})


def marks_nothing(step: Step) -> Step:
    """The same step of an agent that says nothing before it acts."""
    return step.model_copy(update={"forecast": None})


def twin(trajectory: Trajectory, of: Callable[[Step], Step]) -> Trajectory:
    return trajectory.model_copy(update={"steps": tuple(map(of, trajectory.steps))})


@pytest.fixture(scope="module")
def honest() -> list[Any]:
    told = (example for example, truth in load("tune") if truth.forecasts == "given")
    return list(islice(told, EPISODES))


@pytest.mark.slow
@pytest.mark.parametrize("of", [marks_everything, marks_nothing])
def test_agent_that_marks_everything_or_nothing_comes_out_no_better_than_its_honest_twin(
    honest: list[Any], of: Callable[[Step], Step]
) -> None:
    better = 0
    for example in honest:
        own = tag_trajectory(example.trajectory, example.draws, example.continuations)
        other = twin(example.trajectory, of)
        theirs = tag_trajectory(other, example.draws, example.continuations)
        assert blamed(own, "without") == blamed(theirs, "without")
        assert len(blamed(theirs)) >= len(blamed(own)), example.id
        better += len(blamed(theirs)) > len(blamed(own))
    assert better, "an honest agent gains by saying what it does not know"


def test_stated_question_of_an_honest_agent_is_believed_and_of_one_that_always_asks_is_not(
    make: Any,
) -> None:
    err = "cat: /srv/app.ini: No such file or directory\n"
    asked = marks_everything(make.shell("cat /srv/app.ini", err=err, code=1))
    plain = [make.shell(f"wc -l data{n}.csv", f"{n}\n") for n in range(4)]
    told = Forecast(premises=(Premise(text="it is there", probability=0.9, source="instructed"),))
    sure = [step.model_copy(update={"forecast": told}) for step in plain]
    instruction = "Count data0.csv data1.csv data2.csv data3.csv."
    once = make.episode(*sure, asked, instruction=instruction)
    always = make.episode(*map(marks_everything, plain), asked, instruction=instruction)
    assert make.tags(once)[4].primary == "exploration"
    assert make.tags(always)[4].primary == "hallucination"
    assert make.tags(once, "without")[4].primary == "hallucination"


def test_rate_and_disagreement_of_an_episode_are_counted(make: Any) -> None:
    err = "cat: /srv/app.ini: No such file or directory\n"
    asked = marks_everything(make.shell("cat /srv/app.ini", err=err, code=1))
    told = make.forecast(succeeds=0.9)
    trajectory = make.episode(make.shell("true", forecast=told), asked, make.finish())
    found = marking(trajectory.steps, tag_trajectory(trajectory))
    assert (found.forecasts, found.marked, found.rate) == (2, 1, 0.5)
    assert found.disagreement == pytest.approx(1 / 3)
    assert not found.idle
    silent = marking(make.episode(make.finish()).steps)
    assert (silent.rate, silent.disagreement) == (0.0, None)
