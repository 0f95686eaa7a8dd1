"""What a person is told at the end of a run."""

from __future__ import annotations

import shlex
from pathlib import Path

from episodes.reader import LogReader
from sandbox.commands import next_commands, why_faulted


def test_what_to_type_next_can_be_typed_where_the_logs_name_has_a_space() -> None:
    lines = next_commands(Path("my logs/a b.db"), "stopped").splitlines()[1:]
    assert len(lines) == 4
    assert all("my logs/a b.db" in shlex.split(line) for line in lines)


def test_what_each_command_gives_stands_in_one_column() -> None:
    lines = next_commands(Path("x.db"), "done").splitlines()[1:]
    gives = ("one episode", "what was denied", "that no record")
    assert len({line.index(text) for line, text in zip(lines, gives, strict=True)}) == 1


def test_a_fault_is_told_once_however_many_episodes_it_ended(fleets, kept) -> None:
    fleets.go(fleets.does("true"), backend=fleets.answering(3, "no such table"), slots=3)
    with LogReader.open(kept.path) as reader:
        ended = [reader.trajectory(row.episode) for row in reader.episodes()]
    (line,) = why_faulted(ended)
    assert "8 other episodes" in line
    assert "no such table" in line


def test_nothing_is_told_of_faults_where_there_were_none(fleets, kept) -> None:
    fleets.go(fleets.does("true"))
    with LogReader.open(kept.path) as reader:
        faulted = [row.episode for row in reader.episodes(status="faulted")]
        assert why_faulted(map(reader.trajectory, faulted)) == []
