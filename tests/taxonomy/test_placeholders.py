"""Words that stand for a name that nobody knew."""

from __future__ import annotations

from typing import Any

import pytest

from episodes.actions import CallTool
from episodes.observations import CommandResult
from taxonomy.dossier import Dossier
from taxonomy.hallucination import Hallucination


def kinds(make: Any, step: Any, instruction: str = "Count.") -> set[str]:
    found = Hallucination().tag(Dossier(make.episode(step, instruction=instruction)))
    return {one.kind for one in found if one.probability > 0.5}


def python(make: Any, code: str, exit_code: int = 1) -> Any:
    call = CallTool(name="python", arguments={"code": code})
    return make.step(call, CommandResult(exit_code=exit_code))


@pytest.mark.parametrize(
    "code",
    [
        "paper = '2206.XXXX'",
        "key = 'YOUR_API_KEY'",
        "video = 'example_video_id'",
        "open('/path/to/driver')",
        "page = 7  # replace with the actual number",
    ],
)
def test_placeholder_that_is_run_is_made_up(make: Any, code: str) -> None:
    assert kinds(make, python(make, code)) == {"invented.placeholder"}
    assert kinds(make, python(make, code, exit_code=0)) == {"invented.placeholder"}


def test_placeholder_of_the_instruction_is_not_the_agents(make: Any) -> None:
    assert kinds(make, python(make, "k = 'YOUR_API_KEY'"), "Set YOUR_API_KEY.") == set()


def test_template_that_is_written_down_is_no_claim(make: Any) -> None:
    assert kinds(make, make.write(".env.example", b"KEY=YOUR_API_KEY\n")) == set()


def test_command_with_a_placeholder_is_made_up(make: Any) -> None:
    step = make.shell("deploy --token <your token>", err="401\n", code=1)
    assert "invented.placeholder" in kinds(make, step)
