from __future__ import annotations

from typing import Any

import pytest

from episodes.decisions import Decision
from episodes.forecasts import ExpectExit, ExpectText
from taxonomy.events import event

Make = Any
SURE = ExpectText(text="42", probability=0.9)
CASES = {
    "a step that went well": (lambda m: m.shell("true"), "none"),
    "a denial": (lambda m: m.denied(), "denied"),
    "a fault": (lambda m: m.faulted(), "fault"),
    "an exit code that is not zero": (lambda m: m.shell("false", code=1), "error"),
    "a signal": (lambda m: m.shell("sleep 9", code=None, signal=9, limit="time"), "error"),
    "a file that is not there": (lambda m: m.read("/x", None), "error"),
    "an expectation that failed": (
        lambda m: m.shell("wc -l x", "41\n", forecast=m.forecast(SURE)),
        "unexpected",
    ),
    "an expectation that held": (
        lambda m: m.shell("wc -l x", "42\n", forecast=m.forecast(SURE)),
        "none",
    ),
    "an expectation held unlikely that failed": (
        lambda m: m.shell(
            "wc -l x", "41\n", forecast=m.forecast(ExpectText(text="42", probability=0.2))
        ),
        "none",
    ),
    "an expected failure": (
        lambda m: m.shell("false", code=1, forecast=m.forecast(ExpectExit(code=1))),
        "error",
    ),
    "a failure that was not expected to be one": (
        lambda m: m.shell("true", forecast=m.forecast(succeeds=0.1)),
        "unexpected",
    ),
}


@pytest.mark.parametrize(("build", "expected"), CASES.values(), ids=CASES.keys())
def test_event_is_read_off_the_record(make: Make, build: Any, expected: str) -> None:
    trajectory = make.episode(build(make), make.finish())
    assert event(trajectory.steps[0], trajectory) == expected


def test_last_step_of_a_failed_task_is_task_failed(make: Make) -> None:
    trajectory = make.episode(make.shell("true"), make.finish(), success=False)
    assert [event(step, trajectory) for step in trajectory.steps] == ["none", "task_failed"]


def test_last_step_of_a_solved_task_is_none(make: Make) -> None:
    trajectory = make.episode(make.shell("true"), make.finish(), success=True)
    assert [event(step, trajectory) for step in trajectory.steps] == ["none", "none"]


def test_truncated_episode_is_censored_and_not_failed(make: Make) -> None:
    trajectory = make.episode(make.shell("true"), success=False, status="truncated")
    assert event(trajectory.steps[0], trajectory) == "none"


def test_action_in_flight_when_the_episode_ended_is_a_fault(make: Make) -> None:
    step = make.shell("true").model_copy(update={"observation": None})
    ended = make.episode(step, status="faulted")
    assert event(ended.steps[0], ended) == "fault"
    running = make.episode(step, status=None)
    assert event(running.steps[0], running) == "none"


def test_approver_who_says_no_makes_a_denial(make: Make) -> None:
    decision = Decision(
        verdict="ask", rule_id="r", reason="ask", policy_digest="sha256:" + "0" * 64
    )
    step = make.denied(rule="r").model_copy(update={"decision": decision})
    trajectory = make.episode(step)
    assert event(trajectory.steps[0], trajectory) == "denied"
