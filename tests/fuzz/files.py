"""What reads commands, policies and logs, given anything at all."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from episodes.actions import RunCommand
from episodes.errors import LogError, LongleashError, PolicyInvalid
from episodes.reader import LogReader
from episodes.tables import TABLES, TRIGGERS
from episodes.verify import verify
from policies.engine import decide, decide_request
from policies.loading import load_policy, parse_policy
from policies.policy import Policy
from policies.request import WebRequest
from policies.state import State
from semantics.references import references
from semantics.reversibility import can_be_undone
from semantics.shell import read_argv, read_command

_LOG = Path(__file__).parents[1] / "episodes" / "logs" / "format-1.db"


def shell(data: bytes) -> None:
    """A command: it is read, or it is said which part of it is not."""
    text = data.decode(errors="surrogateescape")
    reading = read_command(text)
    if not reading.understood:
        assert reading.why
        assert reading.span is not None
        start, end = reading.span
        assert 0 <= start <= end <= len(text)
    action = RunCommand(command=text)
    references(action, reading)
    can_be_undone(action, reading)
    argv = tuple(text.split("\n"))
    if argv[0]:
        read_argv(argv)
    for preset in ("coding", "offline-shell"):
        decision = decide(action, State(), _preset(preset))
        assert decision.rule_id != "error", decision.reason
        assert reading.understood or decision.verdict != "allow"


def policy(data: bytes) -> None:
    """A policy file: it is one, or each thing that is wrong has its place."""
    try:
        found = parse_policy(data, "fuzzed.yaml")
    except PolicyInvalid as problem:
        said = str(problem)
        assert all(line.startswith("fuzzed.yaml:") for line in said.splitlines()), said
        assert len(said) < 20_000
        return
    again = Policy.model_validate_json(found.model_dump_json())
    assert again == found
    assert again.digest == found.digest
    action = RunCommand(command="ls /etc")
    request = WebRequest(url="https://a.test/x")
    assert decide(action, State(), found) == decide(action, State(), again)
    assert decide_request(request, found) == decide_request(request, again)


def log(data: bytes) -> None:
    """A log that was changed: what reads it says what is wrong with which file, or reads it."""
    with tempfile.TemporaryDirectory(prefix="longleash-fuzz-") as folder:
        path = Path(folder) / "fuzzed.db"
        shutil.copytree(_LOG.with_name("format-1.db.blobs"), path.with_name("fuzzed.db.blobs"))
        path.write_bytes(b"")
        _spoil(path, data)
        _named(partial(verify, path), path)
        _named(partial(_read_whole, path), path)


def _spoil(path: Path, data: bytes) -> None:
    """The first byte says how: the file's own bytes, cut, written over, or a value in a table."""
    how, rest = data[:1] or b"\0", data[1:]
    if how < b"\x20":
        path.write_bytes(b"SQLite format 3\0" + rest)
        return
    content = bytearray(_original())
    if how < b"\x40":
        del content[int.from_bytes(rest[:3], "big") % len(content) :]
    elif how < b"\x90":
        for at in range(0, len(rest) - 3, 4):
            content[int.from_bytes(rest[at : at + 3], "big") % len(content)] = rest[at + 3]
    path.write_bytes(content)
    if how >= b"\x90":
        _set_values(path, rest)


def _set_values(path: Path, data: bytes) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for name in TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        for part in data.split(b"\0\0")[:4]:
            if len(part) < 5:
                continue
            table = sorted(TABLES)[part[0] % len(TABLES)]
            columns = list(TABLES[table][0])
            value = (part[4:].decode(errors="replace"), part[4:], None, part[4], -1.5)[part[3] % 5]
            rows = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
            if rows:
                sql = f"UPDATE {table} SET {columns[part[1] % len(columns)]} = ? WHERE rowid = ?"
                with contextlib.suppress(sqlite3.IntegrityError):
                    db.execute(sql, [value, rows[part[2] % len(rows)]])
        for sql in TRIGGERS.values():
            db.execute(sql)
    finally:
        db.close()


def _read_whole(path: Path) -> None:
    for placeholders in (False, True):
        with LogReader.open(path, placeholders=placeholders) as reader:
            for read in _readings(reader):
                _named(read, path)


def _readings(reader: LogReader) -> Iterator[Callable[[], object]]:
    yield reader.heads
    yield reader.runs
    yield reader.in_flight
    yield lambda: list(reader.annotations())
    yield reader.episodes
    with contextlib.suppress(LogError):
        for row in reader.episodes():
            yield partial(reader.trajectory, row.episode)
            yield partial(reader.tags, row.episode)


def _named(read: Callable[[], object], path: Path) -> None:
    """What is raised is an error of the log's, and says of which."""
    try:
        read()
    except LongleashError as problem:
        if str(path) not in str(problem):
            raise AssertionError(f"which log? {problem}") from problem


@cache
def _original() -> bytes:
    return _LOG.read_bytes()


@cache
def _preset(name: str) -> Policy:
    return load_policy(name)
