"""Failures that foreign tools tell in words."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool, Say
from episodes.observations import Text
from taxonomy.hearing import heard, tells_failure


@pytest.mark.parametrize(
    "text",
    [
        "Error: no such order",
        "API output: Error: user not found",
        "ValueError: Could not find element with bid 7",
        "Traceback (most recent call last):\n  File 'a.py', line 1\nKeyError: 'a'",
        "Created 3 models\nTraceback (most recent call last):\nValueError: no",
        "/bin/bash: line 3: tox: command not found\n$",
        "ls: cannot access 'src': No such file or directory",
        "Directory src not found\n(Open file: a.py)",
        "Your edit has introduced new syntax error(s). Read them.\n",
        "EXECUTION TIMED OUT",
        "Usage: edit <start>:<end>",
        "Wrong flag!",
        "RESULT of [browser]:\n[URL: a]\n=== BEGIN error message ===\nTimeout",
        '{"success": false, "reason": "locked"}',
    ],
)
def test_error_in_place_of_a_result_is_a_failure(text: str) -> None:
    assert tells_failure(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Script completed successfully, no errors.",
        'Found 0 matches for "DecodeError" in /src',
        "[File: test_unicode_error.py (0 lines total)]\n1:import os",
        '1:"""\n2:exception classes and functions to raise an error',
        "error.log\nfailed.txt\n",
        "Your command ran successfully and did not produce any output.",
        '{"order_id": 7, "status": "delivered", "error": ""}',
        "Function main not found! Here is its equivalent:\n push rbp",
    ],
)
def test_results_that_speak_of_errors_are_none(text: str) -> None:
    assert not tells_failure(text)


def test_what_a_format_calls_no_error_stays_none(make: Any) -> None:
    call = CallTool(name="pay", arguments={"order": "7"})
    said = make.step(call, Text(text="Error: refused", error=False))
    told = make.step(call, Text(text="Error: refused"))
    before = make.episode(said, told)
    after = heard(before)
    assert [step.observation.failed for step in after.steps] == [False, True]
    assert after.steps[0] is before.steps[0]


def test_what_somebody_answers_is_no_result(make: Any) -> None:
    trajectory = make.episode(make.step(Say(text="Which?"), Text(text="Error: I lost it.")))
    assert heard(trajectory) is trajectory


def test_failure_in_words_makes_the_event_and_is_not_called_none(make: Any) -> None:
    call = CallTool(name="update_order", arguments={"order_id": "W55"})
    step = make.step(call, Text(text="Error: order W55 is closed"))
    (tag,) = make.tags(make.episode(step, instruction="Change order W55."))
    assert (tag.event, tag.primary) == ("error", "undetermined")
    step = make.step(call, Text(text="order W55 was changed"))
    (tag,) = make.tags(make.episode(step, instruction="Change order W55."))
    assert (tag.event, tag.primary) == ("none", "none")
