"""Looks, inventions and honest failures in tools that are not ours."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool, Click, RunCommand, Say, Target
from episodes.observations import CommandResult, Text
from episodes.trajectory import Trajectory
from taxonomy.dossier import Dossier
from taxonomy.exploration import Exploration
from taxonomy.hallucination import Hallucination

ORDERS = Text(text="user mia: orders W5511, W7722")
ONE = Text(text="order W5511: a lamp, delivered")


def call(make: Any, name: str, shown: Text | None, **arguments: str) -> Any:
    return make.step(CallTool(name=name, arguments=dict(arguments)), shown)


def explores(make: Any, *steps: Any, instruction: str = "Help the customer.") -> str | None:
    found = Exploration().tag(Dossier(make.episode(*steps, instruction=instruction)))
    last = [one for one in found if one.step == len(steps) - 1 and one.probability > 0.5]
    return last[0].kind if last else None


def test_record_that_only_a_listing_has_named_is_opened_to_find_out(make: Any) -> None:
    listed = call(make, "get_user_details", ORDERS, user_id="mia")
    opened = call(make, "get_order_details", ONE, order_id="W5511")
    assert explores(make, listed, opened) == "opened"
    assert explores(make, listed, opened, opened) is None
    assert explores(make, listed, opened, instruction="Look at order W5511.") is None


def test_record_that_the_user_names_is_no_finding_out(make: Any) -> None:
    asked = make.step(Say(text="Which order?"), Text(text="It is W5511."))
    assert explores(make, asked, call(make, "get_order_details", ONE, order_id="W5511")) is None


def test_change_is_no_look(make: Any) -> None:
    listed = call(make, "get_user_details", ORDERS, user_id="mia")
    assert explores(make, listed, call(make, "cancel_order", ONE, order_id="W5511")) is None


def test_search_for_nothing_asks_nothing(make: Any) -> None:
    shown = Text(text="the query seems to be incomplete")
    assert explores(make, call(make, "WebSearch", shown, query=": [")) is None
    assert explores(make, call(make, "WebSearch", shown, query="pmars source")) == "search"


def test_harness_tools_in_a_shell_look_too(make: Any) -> None:
    found = make.step(RunCommand(command="search_dir 'class Card' src"), Text(text="src/a.py: 3"))
    assert explores(make, found) == "search"
    made = make.step(RunCommand(command="create src/b.py"), Text(text="1:"))
    assert explores(make, made) is None


def test_file_that_the_step_before_failed_by_is_looked_at_to_learn_why(make: Any) -> None:
    failed = make.shell("python3 load.py data.csv", err="ParserError\n", code=1)
    look = make.shell("head -n 5 data.csv", "<html>\n")
    assert explores(make, failed, look, instruction="Load data.csv.") == "diagnosis"
    worked = make.shell("python3 load.py data.csv", "ok\n")
    assert explores(make, worked, look, instruction="Load data.csv.") is None
    assert explores(make, look, failed, look, instruction="Load data.csv.") is None


def imported(trajectory: Trajectory) -> Trajectory:
    provenance = trajectory.started.provenance.model_copy(update={"source": "imported"})
    started = trajectory.started.model_copy(update={"provenance": provenance})
    return trajectory.model_copy(update={"started": started})


def invents(trajectory: Trajectory) -> list[tuple[int, str]]:
    found = Hallucination().tag(Dossier(trajectory))
    return [(one.step, one.kind) for one in found if one.probability > 0.5]


def click(make: Any, ref: str, shown: Text | None) -> Any:
    return make.step(Click(target=Target(ref=ref)), shown)


NO_SUCH = Text(text='ValueError: no element with bid "77"', error=True)
PAGE = Text(text="[1] button 'a'\n[2] button 'b'\n[3] link 'c'")


def test_element_of_a_page_that_is_not_in_the_log_cannot_be_told(make: Any) -> None:
    unseen = make.episode(click(make, "5", None), click(make, "77", NO_SUCH))
    assert invents(imported(unseen)) == []


def test_element_that_a_page_in_the_log_does_not_have_is_invented(make: Any) -> None:
    seen = make.episode(click(make, "1", PAGE), click(make, "77", NO_SUCH))
    assert invents(imported(seen)) == [(1, "invented.element")]
    lost = make.episode(click(make, "1", PAGE), click(make, "2", None), click(make, "77", NO_SUCH))
    assert invents(imported(lost)) == []


def test_name_that_only_this_program_does_not_define_is_no_invention(make: Any) -> None:
    code = "print(scrape_tables('a'))"
    said = "Traceback\nNameError: name 'scrape_tables' is not defined\n"
    step = make.step(
        CallTool(name="python", arguments={"code": code}), CommandResult(exit_code=1, stdout=said)
    )
    assert invents(make.episode(step)) == []


@pytest.mark.parametrize(("first", "found"), [(": wget -q u -O", []), ("cat", ["invented.path"])])
def test_file_that_the_same_command_was_to_fetch_is_not_held_to_be_there(
    make: Any, first: str, found: list[str]
) -> None:
    command = f"{first} /tmp/zebra.tgz && tar -xzf /tmp/zebra.tgz"
    said = "tar: /tmp/zebra.tgz: Cannot open: No such file or directory\n"
    kinds = [kind for _, kind in invents(make.episode(make.shell(command, err=said, code=2)))]
    assert kinds == found


ISSUE = "Calling lag() raises ValueError: cannot compare lag with none at all. Mend it."


@pytest.mark.parametrize(
    ("said", "primary"),
    [
        ("ValueError: cannot compare lag with none at all", "none"),
        ("ImproperlyConfigured: settings are missing", "undetermined"),
    ],
)
def test_failure_that_the_instruction_tells_of_is_an_honest_one(
    make: Any, said: str, primary: str
) -> None:
    shown = Text(text=f"Traceback (most recent call last):\n  File 'r.py'\n{said}")
    written = make.write("r.py", b"lag()\n")
    ran = make.step(RunCommand(command="python r.py"), shown)
    tags = make.tags(make.episode(written, ran, instruction=ISSUE))
    assert (tags[1].event, tags[1].primary) == ("error", primary)


def test_tests_that_fail_without_an_exit_code_tell_what_they_found(make: Any) -> None:
    shown = Text(text="F\nTraceback (most recent call last):\nAssertionError\nFAILED (failures=1)")
    ran = make.step(RunCommand(command="python3 -m unittest"), shown)
    (tag,) = make.tags(make.episode(ran, instruction="Run the tests."))
    assert (tag.event, tag.primary) == ("error", "none")


def test_agent_that_is_spoken_to_is_no_invention(make: Any) -> None:
    first = make.step(Say(text="Find it, web_surfer_agent."), None)
    provenance = first.provenance.model_copy(update={"agent": "web_surfer_agent"})
    second = make.step(Say(text="Here."), None).model_copy(update={"provenance": provenance})
    found = Hallucination().tag(Dossier(make.episode(first, second)))
    assert [one.kind for one in found] == []
