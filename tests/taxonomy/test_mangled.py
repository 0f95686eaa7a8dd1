"""Acts that came out as none."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool, RunCommand
from episodes.observations import Text
from taxonomy.mangled import is_mangled

ABSENT = Text(text="File does not exist.", error=True)


def primary(make: Any, step: Any) -> str:
    return str(make.tags(make.episode(step))[0].primary)


@pytest.mark.parametrize("path", [":25", ": ", ", ", ":)"])
def test_argument_that_holds_no_name_is_no_invention(make: Any, path: str) -> None:
    step = make.step(CallTool(name="Read", arguments={"file_path": path}), ABSENT)
    assert is_mangled(step)
    assert primary(make, step) == "undetermined"


def test_argument_that_nobody_gave_is_one(make: Any) -> None:
    step = make.step(CallTool(name="Read", arguments={"file_path": "conf/zebra.yaml"}), ABSENT)
    assert not is_mangled(step)
    assert primary(make, step) == "hallucination"


def test_command_that_begins_as_none_does_is_no_invention(make: Any) -> None:
    said = "bash: line 1: :ls: command not found\n"
    step = make.step(RunCommand(command=":ls -la"), Text(text=said))
    assert primary(make, step) == "undetermined"


def test_command_that_does_nothing_leaves_it_open_why(make: Any) -> None:
    assert primary(make, make.shell(": make all")) == "undetermined"
    assert primary(make, make.shell("true")) == "none"
    assert primary(make, make.shell(":")) == "none"


def test_what_stands_behind_a_null_command_asks_nothing(make: Any) -> None:
    assert primary(make, make.shell(": ls out || echo none")) != "exploration"
    assert primary(make, make.shell("ls out || echo none", "a\n")) == "exploration"
