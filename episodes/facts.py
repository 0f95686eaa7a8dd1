"""An episode a row, with all that is filtered, grouped and counted by: kept up beside the log.

The log's own roll-ups lack what only an episode's first entries say (its model, what the agent gave
for its chances), and hold failure modes as text. Here each has a column, so that twenty thousand
episodes are grouped in milliseconds. It is no part of the record: `LOG.search`, which also holds
the index for words, can be deleted at any time and is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
import threading
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, get_args

from pydantic_core import from_json

from episodes.reader import LogReader
from episodes.schema import address, connect
from episodes.tags import CAUSES, Overlay

MODES: tuple[str, ...] = (*CAUSES, "undetermined", *get_args(Overlay))
"""What a tag can say of a step; each a column that counts an episode's steps."""

TAGGED_EVENTS = ("unexpected", "task_failed")
"""Events that only a tagger sees; the others are in the log's roll-ups."""

_VERSION = 3
_KEPT = (
    *("episode", "run", "task", "agent", "policy", "policy_digest", "status", "cause"),
    *("success", "reward", "steps", "denials", "failures", "faults", "cost", "began", "finished"),
)
_MADE = ("model", "fingerprint", "said")
_COUNTED = (*MODES, *TAGGED_EVENTS)
_AT_ONCE = 2000
_MAKING = threading.Lock()
"""A viewer's threads open the file at once, and one of them may have to replace it."""

# What an episode's first two entries say, by the log's unique index on them.
_FIRST = (
    "(SELECT {} FROM entries WHERE chain = 'episode:' || e.episode AND sequence = {}) AS {}".format
)
# What the server said of itself: known before the episode, or from its first answer on.
_SAID = (
    "(SELECT json_extract(body, '$.provenance.model.{}') FROM entries"
    " WHERE chain = 'episode:' || e.episode AND sequence = {})"
)
_FINGERPRINT = "coalesce({}) AS fingerprint".format(
    ", ".join(
        _SAID.format(name, sequence)
        for name in ("fingerprint", "weights", "revision")
        for sequence in (1, 0)
    )
)
_ROWS = ", ".join(
    (
        *(f"e.{name}" for name in _KEPT),
        "e.modes",
        _FIRST("json_extract(body, '$.provenance.model.name')", 0, "model"),
        _FINGERPRINT,
        _FIRST("json_extract(body, '$.forecast.success_probability')", 1, "said"),
    )
)


class Facts:
    """A log's episodes, to be filtered and counted. For one thread.

    Args:
        log: The log's file.

    Raises:
        NotALog: There is no log at the path.
    """

    def __init__(self, log: Path) -> None:
        self.reader = LogReader.open(log, placeholders=True)
        """The log; a text whose blob is gone reads as a line that says so."""
        try:
            self.db = _opened(log, _identity(self.reader))
            """The file beside it."""
            self.state = self._link(self.catch_up())
            """The link of the last entry that was taken in when it was opened: with the file's
            path it tells one state of a log from every other."""
        except BaseException:
            self.reader.close()
            raise

    def catch_up(self) -> int:
        """Takes in what the log got since.

        Returns:
            The log's last entry that is taken in.
        """
        [row] = self.reader.select("SELECT coalesce(max(id), 0) AS last FROM entries")
        newest = int(row["last"])
        if self._followed() == newest:
            return newest
        with self.writing():
            changed = self._changed(self._followed())
            for start in range(0, len(changed), _AT_ONCE):
                self._take(changed[start : start + _AT_ONCE])
            self.db.execute("UPDATE followed SET entry = ?", [newest])
        return newest

    def select(self, sql: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What a question finds; `facts` is the table."""
        found = self.db.execute(sql, values or {})
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def numbers(self, episodes: Collection[str]) -> dict[str, int]:
        """The rows of some episodes, by name; those that are not there are left out."""
        rows = self.select(
            "SELECT episode, number FROM facts "
            "WHERE episode IN (SELECT value FROM json_each(:these))",
            {"these": json.dumps(list(episodes))},
        )
        return {row["episode"]: row["number"] for row in rows}

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction; others that would write wait for its end."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Closes both files."""
        self.db.close()
        self.reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _link(self, entry: int) -> str:
        rows = self.reader.select("SELECT link FROM entries WHERE id = ?", [entry])
        return str(rows[0]["link"]) if rows else ""

    def _followed(self) -> int:
        return int(self.db.execute("SELECT entry FROM followed").fetchone()[0])

    def _changed(self, followed: int) -> list[str]:
        """The episodes that entries after this one are of, or speak of, the first begun first."""
        sql = "SELECT episode FROM episodes ORDER BY began, episode"
        if followed:
            sql = (
                "SELECT episode FROM episodes WHERE episode IN ("
                "SELECT substr(chain, 9) FROM entries WHERE id > :followed UNION "
                "SELECT episode FROM tags WHERE entry > :followed) ORDER BY began, episode"
            )
        rows = self.reader.select(sql, {"followed": followed} if followed else None)
        return [str(row["episode"]) for row in rows]

    def _take(self, episodes: list[str]) -> None:
        these = "(SELECT value FROM json_each(?))"
        names = [json.dumps(episodes)]
        events: dict[str, dict[str, int]] = {}
        for row in self.reader.select(
            "SELECT episode, event, count(DISTINCT step) AS n FROM tags "  # noqa: S608 - ours
            f"WHERE episode IN {these} AND marks = 'with' AND event IN {TAGGED_EVENTS} "
            "GROUP BY 1, 2",
            names,
        ):
            events.setdefault(row["episode"], {})[row["event"]] = row["n"]
        # By rank: the log's order of beginnings is the order of the numbers that rows get here.
        found = self.reader.select(
            f"SELECT {_ROWS} FROM episodes e WHERE e.episode IN {these} ORDER BY began, episode",  # noqa: S608 - ours
            names,
        )
        columns = (*_KEPT, *_MADE, *_COUNTED)
        self.db.executemany(
            f"INSERT INTO facts ({', '.join(columns)}) "  # noqa: S608 - our own names
            f"VALUES ({', '.join('?' for _ in columns)}) ON CONFLICT (episode) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in columns if name != "episode"),
            (
                [
                    *(row[name] for name in (*_KEPT, *_MADE)),
                    *(counts.get(name, 0) for name in _COUNTED),
                ]
                for row in found
                for counts in [from_json(row["modes"]) | events.get(row["episode"], {})]
            ),
        )


def _identity(reader: LogReader) -> str:
    """Tells a log from another that comes to lie at its path."""
    first = reader.select("SELECT hash FROM entries WHERE id = 1")
    return str(first[0]["hash"]) if first else ""


def _opened(log: Path, identity: str) -> sqlite3.Connection:
    path = log.with_name(f"{log.name}.search")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        # A folder that cannot be written: it lies elsewhere, for as long as this process lives.
        path = (
            Path(_elsewhere().name) / hashlib.sha256(str(log.absolute()).encode()).hexdigest()[:16]
        )
        path.touch(mode=0o600, exist_ok=True)
    with _MAKING:
        try:
            return _made(_connected(path), identity)
        except sqlite3.DatabaseError as problem:
            if problem.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            for suffix in ("", "-wal", "-shm"):  # No database: it is made anew.
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.touch(mode=0o600)
            return _made(_connected(path), identity)


def _made(db: sqlite3.Connection, identity: str) -> sqlite3.Connection:
    """The same, with its tables, empty where they were another log's or another version's."""
    if _is_of(db, identity):
        return db
    try:
        db.execute("BEGIN IMMEDIATE")
        if not _is_of(db, identity):  # Else another viewer was faster.
            _make(db, identity)
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _is_of(db: sqlite3.Connection, identity: str) -> bool:
    if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        return False
    return bool(db.execute("SELECT log FROM followed").fetchone()[0] == identity)


def _make(db: sqlite3.Connection, identity: str) -> None:
    # Emptied and not removed: another viewer may have the file open.
    for table in ("texts", "indexed", "followed", "facts"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    counted = ", ".join(f"{name} INTEGER" for name in _COUNTED)
    for statement in (
        "CREATE VIRTUAL TABLE texts USING fts5(text, content='', detail='column', prefix='3')",
        "CREATE TABLE indexed (last INTEGER NOT NULL)",
        "INSERT INTO indexed VALUES (0)",
        "CREATE TABLE followed (entry INTEGER NOT NULL, log TEXT NOT NULL)",
        "CREATE TABLE facts (number INTEGER PRIMARY KEY, episode TEXT UNIQUE, run TEXT, task TEXT,"
        " agent TEXT, policy TEXT, policy_digest TEXT, status TEXT, cause TEXT, success INTEGER,"
        " reward REAL, steps INTEGER, denials INTEGER, failures INTEGER, faults INTEGER,"
        " cost REAL, began TEXT, finished TEXT, model TEXT, fingerprint TEXT, said REAL,"
        f" {counted})",
        "CREATE INDEX facts_began ON facts (began, episode)",
        f"PRAGMA user_version = {_VERSION}",
    ):
        db.execute(statement)
    db.execute("INSERT INTO followed VALUES (0, ?)", [identity])


def _connected(path: Path) -> sqlite3.Connection:
    db = connect(address(path, "rw")).conn
    with contextlib.suppress(sqlite3.DatabaseError):
        db.execute("PRAGMA journal_mode = WAL")
        # What a crash costs here is made again.
        db.execute("PRAGMA synchronous = NORMAL")
    return db


@cache
def _elsewhere() -> tempfile.TemporaryDirectory[str]:
    """Removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="longleash-")
