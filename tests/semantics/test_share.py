"""How much of what people and agents write is understood: refusing everything would be safe too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from semantics.shell import read_command

DATA = Path(__file__).parent / "data"


def _share(commands: list[str]) -> float:
    return sum(read_command(command).understood for command in commands) / len(commands)


@pytest.mark.slow
def test_the_programs_of_most_commands_that_people_used_are_known() -> None:
    with gzip.open(DATA / "nl2bash.txt.gz", "rt", encoding="utf-8") as lines:
        commands = lines.read().splitlines()
    assert len(commands) == 12_607
    assert _share(commands) >= 0.85


@pytest.mark.parametrize("name", ["swe_agent", "codetracer"])
def test_the_programs_of_most_commands_of_agents_are_known(name: str) -> None:
    with gzip.open(DATA / "agents.json.gz", "rt", encoding="utf-8") as text:
        assert _share(json.load(text)[name]) >= 0.9
