"""Where a conversation of several agents went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import Action, CallTool, Say
from episodes.observations import Text
from episodes.provenance import StepProvenance
from taxonomy.conversation import SIGNS, is_conversation, shares, signs
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
TOLD = ("Counter", Say(text=f"We have a list by now, and {'so on, ' * 30}31 cats it is."), None)
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


def test_shares_sum_to_one_and_signs_are_as_many_as_their_names(talk: Any) -> None:
    trajectory = talk(START, ASK, INVENTED, CODE, WORKED, BYE)
    assert sum(shares(trajectory)) == pytest.approx(1.0)
    assert {len(some) for some in signs(trajectory)} == {len(SIGNS)}
    assert all(0.0 <= sign <= 1.0 for some in signs(trajectory) for sign in some)


def _sign(trajectory: Any, name: str) -> list[float]:
    at = list(SIGNS).index(name)
    return [float(some[at]) for some in signs(trajectory)]


def test_code_that_failed_was_got_over_where_the_next_that_ran_worked(talk: Any) -> None:
    assert _sign(talk(START, CODE, ASK, WORKED), "was got over") == [0, 1, 0, 0]
    assert _sign(talk(START, CODE, CODE, WORKED), "was got over") == [0, 0, 1, 0]
    assert _sign(talk(START, CODE, ASK), "was got over") == [0, 0, 0]


def test_code_that_found_nothing_counts_as_failed(talk: Any) -> None:
    found = [(CODE[0], CODE[1], f"{text}\nexit code 0\n") for text in ("[]", "It was not found.")]
    assert _sign(talk(START, *found, WORKED), "failed or showed nothing") == [0, 1, 1, 0]


def test_a_new_fact_counts_where_a_later_step_says_it_again(talk: Any) -> None:
    again = ("Checker", Say(text="So it is 31, and 14 of Mary Jones."), None)
    shown = (CODE[0], CODE[1], "31 cats, 14 of Mary Jones\nexit code 0\n")
    name = "says what others go by"
    assert _sign(talk(START, INVENTED, again), name) == [0, pytest.approx(0.8), 0]
    assert _sign(talk(START, INVENTED), name) == [0, 0]
    assert _sign(talk(START, shown, INVENTED, again), name) == [0, 0, 0, 0]


def test_the_first_answer_counts_and_the_next_does_not(talk: Any) -> None:
    answers = ("Counter", Say(text="The answer is many."), None)
    assert _sign(talk(START, TOLD, answers, answers), "first to answer") == [0, 0, 1, 0]


def test_agreeing_speaks_against_a_step(talk: Any) -> None:
    agrees = ("Checker", Say(text=f"I agree with that. {TOLD[1].text}"), None)
    told = shares(talk(START, INVENTED, TOLD, BYE))
    assert shares(talk(START, INVENTED, agrees, BYE))[2] < told[2]


def test_a_conversation_of_thousands_of_steps_is_judged_in_linear_time(talk: Any) -> None:
    assert len(shares(talk(START, *[INVENTED, CODE] * 1500))) == 3001
