"""Claims to have looked something up, where nothing was."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool, Say
from episodes.observations import CommandResult
from taxonomy.dossier import Dossier
from taxonomy.hallucination import Hallucination

TASK = "Which of the two homes sold for more?"
PAGE = " ".join(f"word{number}" for number in range(60))


def say(make: Any, text: str) -> Any:
    return make.step(Say(text=text), None)


def searched(make: Any, out: str = PAGE, code: int = 0) -> Any:
    call = CallTool(name="python", arguments={"code": "print(web_search('homes'))"})
    return make.step(call, CommandResult(exit_code=code, stdout=out))


def kinds(make: Any, *steps: Any) -> set[str]:
    found = Hallucination().tag(Dossier(make.episode(*steps, instruction=TASK)))
    last = len(steps) - 1
    return {one.kind for one in found if one.step == last and one.probability > 0.5}


START = "You are given a task."


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I have located both sales on the county's website.", "invented.unlooked"),
        ("Verified from the Wikipedia page: it is right.", "invented.unlooked"),
        ("After reviewing the listings, the first is dearer.", "invented.unlooked"),
        ("The first sold for $850,000.", "invented.unsourced"),
        ("It is registered as NCT03480528.", "invented.unsourced"),
    ],
)
def test_claim_to_have_looked_needs_something_shown(make: Any, text: str, kind: str) -> None:
    assert kinds(make, say(make, START), say(make, text)) == {kind}
    assert kinds(make, say(make, START), searched(make), say(make, text)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I will search the county's website.",
        "Please verify it on the Wikipedia page.",
        "Let's assume for example that it sold for $850,000.",
        "I agree with the calculation.",
        "Which of the two is meant?",
    ],
)
def test_plans_questions_and_suppositions_claim_nothing(make: Any, text: str) -> None:
    assert kinds(make, say(make, START), say(make, text)) == set()


def test_what_another_said_before_is_carried_on_and_not_made_up(make: Any) -> None:
    steps = [say(make, START), say(make, "It sold for $850,000."), say(make, "So: $850,000.")]
    assert kinds(make, *steps) == set()


def test_few_words_from_a_program_are_no_source(make: Any) -> None:
    steps = [say(make, START), searched(make, "17"), say(make, "Confirmed by the website: 17.")]
    assert kinds(make, *steps) == {"invented.unlooked"}
