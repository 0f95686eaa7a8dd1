"""Where a conversation of several agents went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import Action, CallTool, Say
from episodes.observations import Text
from episodes.provenance import StepProvenance
from taxonomy.conversation import WEIGHTS, is_conversation, shares, signs
from taxonomy.critical import critical_step

START = ("Planner", Say(text="You are given a task: how many cats live at 12 High Street?"), None)
ASK = ("Planner", Say(text="Could you please share the list of cats?"), None)
BYE = ("Checker", Say(text="TERMINATE"), None)
INVENTED = (
    "Counter",
    Say(text="Here is the list: 31 cats live there, 14 of them of Mary Jones."),
    None,
)
CODE = ("Counter", CallTool(name="python", arguments={"code": "count()"}), "Traceback: NameError")
WORKED = ("Counter", CallTool(name="python", arguments={"code": "count()"}), "12\nexit code 0")


@pytest.fixture
def talk(make: Any) -> Any:
    def of(*moves: tuple[str, Action, str | None], success: bool | None = False) -> Any:
        steps = []
        for agent, action, seen in moves:
            step = make.step(action, None if seen is None else Text(text=seen))
            provenance = StepProvenance(agent=agent)
            steps.append(step.model_copy(update={"provenance": provenance}))
        return make.episode(*steps, success=success)

    return of


def _critical(make: Any, trajectory: Any) -> int | None:
    found = critical_step(trajectory, make.tags(trajectory))
    return None if found is None else found.step


def test_what_nobody_showed_is_likelier_than_what_was_asked(make: Any, talk: Any) -> None:
    assert _critical(make, talk(START, ASK, INVENTED, BYE)) == 2


def test_code_that_failed_is_likelier_than_code_that_worked(make: Any, talk: Any) -> None:
    worked, failed = shares(talk(START, ASK, WORKED, BYE)), shares(talk(START, ASK, CODE, BYE))
    assert failed[2] > worked[2]


def test_a_conversation_that_succeeded_has_no_critical_step(make: Any, talk: Any) -> None:
    assert _critical(make, talk(START, INVENTED, BYE, success=True)) is None


def test_one_agent_alone_is_no_conversation(make: Any, talk: Any) -> None:
    assert not is_conversation(talk(START, ASK))
    assert is_conversation(talk(START, INVENTED))


def test_shares_sum_to_one_and_signs_are_as_many_as_weights(talk: Any) -> None:
    trajectory = talk(START, ASK, INVENTED, CODE, WORKED, BYE)
    assert sum(shares(trajectory)) == pytest.approx(1.0)
    assert {len(some) for some in signs(trajectory)} == {len(WEIGHTS)}
    assert all(0.0 <= sign <= 1.0 for some in signs(trajectory) for sign in some)


def test_what_was_said_once_is_news_no_longer(talk: Any) -> None:
    at = list(WEIGHTS).index("says what nobody showed")
    found = [some[at] for some in signs(talk(START, INVENTED, INVENTED))]
    assert found == [0.0, pytest.approx(0.3), 0.0]
