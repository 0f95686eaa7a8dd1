"""What a person is told to type next."""

from __future__ import annotations

import shlex
from pathlib import Path

from sandbox.commands import next_commands


def test_what_to_type_next_can_be_typed_where_the_logs_name_has_a_space() -> None:
    lines = next_commands(Path("my logs/a b.db"), "stopped").splitlines()[1:]
    assert len(lines) == 4
    assert all("my logs/a b.db" in shlex.split(line) for line in lines)


def test_what_each_command_gives_stands_in_one_column() -> None:
    lines = next_commands(Path("x.db"), "done").splitlines()[1:]
    gives = ("one episode", "what was denied", "that no record")
    assert len({line.index(text) for line, text in zip(lines, gives, strict=True)}) == 1
