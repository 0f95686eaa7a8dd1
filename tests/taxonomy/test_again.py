"""What was refused in so many words, done once more."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool, Finish
from episodes.observations import Text
from episodes.provenance import StepProvenance
from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.hallucination import Hallucination

REFUSED = "Error: flight HAT030 not available on 2024-05-13"
TASK = "Book HAT030 or HAT031 on 2024-05-13, with seats 12A or 12B."


def book(make: Any, flight: str = "HAT030", seat: str = "12A", said: str = "") -> Step:
    call = CallTool(name="book", arguments={"flight": flight, "seat": seat})
    step: Step = make.step(call, Text(text=REFUSED))
    return step.model_copy(update={"provenance": StepProvenance(said=said)})


def told(make: Any, *steps: Any) -> list[int]:
    """The steps at which it is said that the same was refused before."""
    found = Hallucination().tag(Dossier(make.episode(*steps, instruction=TASK)))
    return [one.step for one in found if one.kind == "contradicted.again" and one.probability > 0.5]


def test_third_time_it_was_told(make: Any) -> None:
    assert told(make, book(make), book(make), book(make)) == [2]


@pytest.mark.parametrize(("said", "found"), [("I will fix this now.", [1]), ("Once more.", [])])
def test_who_says_that_it_mends_and_does_the_same_was_told(
    make: Any, said: str, found: list[int]
) -> None:
    assert told(make, book(make), book(make, said=said)) == found


def test_what_was_refused_is_kept_in_another_action(make: Any) -> None:
    tries = [book(make, seat=seat) for seat in ("12A", "12B", "12C")]
    assert told(make, *tries) == [2]


def test_change_between_makes_it_a_new_try(make: Any) -> None:
    changed = make.step(CallTool(name="add_date", arguments={}), Text(text="added"))
    assert told(make, book(make), book(make), changed, book(make)) == []


def test_look_between_changes_nothing(make: Any) -> None:
    looked = make.step(CallTool(name="get_flight", arguments={}), Text(text="HAT030: full"))
    assert told(make, book(make), book(make), looked, book(make)) == [3]


def test_answer_that_was_called_wrong_is_not_given_again(make: Any) -> None:
    answer = make.step(Finish(answer="42"), Text(text="Wrong answer!"))
    other = make.step(Finish(answer="43"), Text(text="Wrong answer!"))
    assert told(make, answer, answer) == [1]
    assert told(make, answer, other) == []


def test_tests_that_fail_again_after_an_edit_are_none(make: Any) -> None:
    tests = make.shell("pytest -q", "1 failed\n", code=1)
    assert told(make, tests, make.write("a.py"), tests, make.write("a.py"), tests) == []
