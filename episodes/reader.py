"""Reads a log while it is written, after a crash, and from a disk that cannot be written."""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import ValidationError
from sqlite_utils import Database

from episodes import assembly
from episodes.actions import Action
from episodes.blobs import Blobs, blobs_of
from episodes.chain import ANNOTATIONS, episode_chain, run_chain
from episodes.entries import Entry, Intended, Tagged
from episodes.errors import EpisodeUnknown, LogDamaged, UsageError
from episodes.history import Histories
from episodes.opening import check_path
from episodes.packing import unpack
from episodes.record import Record
from episodes.rows import EpisodeRow, Head, InFlight, Run
from episodes.schema import check_format, connect, readable
from episodes.tags import Tag
from episodes.trajectory import Trajectory

R = TypeVar("R", bound=Record)

_ENTRY = "SELECT chain, sequence, at, previous, hash, body FROM entries"
_RUNS = "SELECT chain FROM heads WHERE chain LIKE 'run:%' ORDER BY chain"


class LogReader:
    """Reads a log. Made by `LogReader.open`; for one thread.

    Args:
        path: The log's file.
        db: It, open for reading.
        placeholders: Whether a text whose blob is gone is shown as a line that says so. Where
            not, reading that text raises `LogDamaged`.
    """

    def __init__(self, path: Path, db: Database, *, placeholders: bool = False) -> None:
        self.path = path
        """The log's file."""
        self._db = db
        self._blobs = Blobs(blobs_of(path))
        self._blob: Callable[[str], bytes] = self._or_placeholder if placeholders else self.blob

    @classmethod
    def open(cls, path: Path | str, *, placeholders: bool = False) -> Self:
        """Opens a log for reading; nothing is locked and nothing is written.

        Args:
            path: The log's file.
            placeholders: Whether a text whose blob is gone is shown as a line that says so,
                rather than raise.

        Raises:
            NotALog: There is no log at the path.
            LogTooNew: A newer release wrote it.
            LogError: It cannot be read there.
        """
        path = Path(path).absolute()
        check_path(path, writing=False)
        db = connect(readable(path))
        try:
            check_format(db, path)
        except BaseException:
            db.close()
            raise
        return cls(path, db, placeholders=placeholders)

    def episodes(
        self,
        run: str | None = None,
        *,
        task: str | None = None,
        agent: str | None = None,
        status: str | None = None,
        success: bool | None = None,
        mode: str | None = None,
    ) -> list[EpisodeRow]:
        """The episodes that match all that is given, in the order they began.

        Args:
            run: Of this run.
            task: At this task.
            agent: By this agent.
            status: That ended so; `open` for those that have not ended.
            success: Whose check was passed, or was not.
            mode: With a step that shows this failure mode.
        """
        wanted: dict[str, str | int | None] = {"run": run, "task": task, "agent": agent}
        wanted["success"] = None if success is None else int(success)
        wanted["status"] = None if status == "open" else status
        clauses = [f"{name} = :{name}" for name, value in wanted.items() if value is not None]
        if status == "open":
            clauses.append("finished IS NULL")
        rows = self._query(
            f"SELECT * FROM episodes WHERE {' AND '.join(clauses) or '1'} ORDER BY began, episode",  # noqa: S608 - our own names
            wanted,
        )
        found = [self._episode_row(row) for row in rows]
        return [row for row in found if mode is None or mode in row.modes]

    def episode(self, episode: str) -> EpisodeRow:
        """One episode, counted.

        Raises:
            EpisodeUnknown: The log has none of that id.
        """
        for row in self._query("SELECT * FROM episodes WHERE episode = ?", [episode]):
            return self._episode_row(row)
        raise self._unknown(episode)

    def find_episode(self, prefix: str) -> str:
        """The id of the one episode that begins so.

        Raises:
            EpisodeUnknown: None does, or several do.
        """
        found = [
            str(row["episode"])
            for row in self._query(
                "SELECT episode FROM episodes WHERE substr(episode, 1, ?) = ? ORDER BY began",
                [len(prefix), prefix],
            )
        ]
        if prefix in found:
            return prefix
        if not prefix or not found:
            raise self._unknown(prefix)
        if len(found) > 1:
            shown = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
            raise EpisodeUnknown(
                f"{self.path}: {len(found)} episodes begin with {prefix!r}: {shown}; write more"
            )
        return found[0]

    def select(
        self, sql: str, values: list[Any] | dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """What a question of one's own finds, for who pages and counts (`episodes/tables.py`).

        Args:
            sql: A SELECT; the file is open for reading only.
            values: For its placeholders.

        Raises:
            LogDamaged: The file cannot be read.
        """
        return list(self._query(sql, values or []))

    def trajectory(self, episode: str) -> Trajectory:
        """One episode's steps, with what was said of them since.

        Raises:
            EpisodeUnknown: The log has no such episode.
            LogDamaged: An entry, or a text it points at, is gone or was changed.
        """
        self.episode(episode)
        chain = episode_chain(episode)
        try:
            return assembly.trajectory(self.entries(chain), self.tags(episode))
        except ValueError as problem:
            raise self._no_whole(chain, problem) from problem

    def histories(self) -> Histories:
        """What reads episodes' actions as they were judged, without what they printed."""
        return Histories(str(self.path), self._query, self._blob)

    def tags(self, episode: str) -> tuple[Tag, ...]:
        """What was said of an episode's steps, in the order it was said."""
        rows = self._query(
            f"{_ENTRY} WHERE id IN (SELECT entry FROM tags WHERE episode = ?) ORDER BY id",  # noqa: S608 - our own names
            [episode],
        )
        bodies = [self._entry(row).body for row in rows]
        return tuple(tag for body in bodies if isinstance(body, Tagged) for tag in body.tags)

    def entries(self, chain: str, start: int = 0) -> Iterator[Entry]:
        """A chain's entries in order.

        Args:
            chain: `run:ID`, `episode:ID` or `annotations`.
            start: The first sequence number wanted.

        Raises:
            LogDamaged: An entry, or a text it points at, is gone or was changed.
        """
        rows = self._query(
            f"{_ENTRY} WHERE chain = ? AND sequence >= ? ORDER BY sequence", [chain, start]
        )
        return (self._entry(row) for row in rows)

    def annotations(self) -> Iterator[Entry]:
        """Everything that was said later, in the order it was said."""
        return self.entries(ANNOTATIONS)

    def runs(self) -> list[Run]:
        """Every run, in the order they began."""
        chains = self._query(_RUNS, [])
        runs = [self.run(row["chain"].removeprefix("run:")) for row in chains]
        return sorted(runs, key=lambda run: run.began)

    def run(self, run: str) -> Run:
        """One run's plan and how it went on.

        Raises:
            UsageError: The log has no such run.
            LogDamaged: An entry, or a text it points at, is gone or was changed.
        """
        entries = list(self.entries(run_chain(run)))
        if not entries:
            known = ", ".join(row["chain"][4:] for row in self._query(_RUNS, [])) or "none"
            raise UsageError(f"{self.path}: no run {run!r} in this log; it holds: {known}")
        try:
            return assembly.run(entries)
        except ValueError as problem:
            raise self._no_whole(run_chain(run), problem) from problem

    def heads(self) -> list[Head]:
        """The head of every chain, in the order of their names."""
        rows = self._query("SELECT chain, length, hash, closed FROM heads ORDER BY chain", [])
        return [self._made(Head, row) for row in rows]

    def in_flight(self) -> list[InFlight]:
        """Episodes with no end on record; after a crash, what the crash cut short."""
        rows = self._query(
            "SELECT e.episode, e.run, s.step FROM episodes e LEFT JOIN steps s "
            "ON s.episode = e.episode AND s.state = 'intended' "
            "WHERE e.finished IS NULL ORDER BY e.began, e.episode",
            [],
        )
        return [
            self._made(InFlight, {**row, "action": self._intended(row["episode"], row["step"])})
            for row in rows
        ]

    def blob(self, name: str) -> bytes:
        """The bytes behind a digest that a record holds, such as a screenshot's.

        Raises:
            LogDamaged: They are gone or were changed.
        """
        return self._blobs.get(name)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _intended(self, episode: str, step: int | None) -> Action | None:
        rows = self._query(
            f"{_ENTRY} WHERE chain = ? AND kind = 'intended' AND step = ?",
            [episode_chain(episode), step],
        )
        for row in rows:
            body = self._entry(row).body
            return body.action if isinstance(body, Intended) else None
        return None

    def _episode_row(self, row: dict[str, Any]) -> EpisodeRow:
        try:
            modes = json.loads(row["modes"])
        except (TypeError, ValueError) as problem:
            raise self._damaged(EpisodeRow, problem) from problem
        return self._made(EpisodeRow, {**row, "modes": modes})

    def _made(self, kind: type[R], row: dict[str, Any]) -> R:
        try:
            return kind(**row)
        except ValidationError as problem:
            raise self._damaged(kind, problem) from problem

    def _damaged(self, kind: type[Record], problem: Exception) -> LogDamaged:
        what = f"a row that should be an {kind.__name__} is none: {problem}"
        return LogDamaged(f"{self.path}: {what}; 'longleash verify' tells more")

    def _no_whole(self, chain: str, problem: ValueError) -> LogDamaged:
        return LogDamaged(f"{self.path}: {chain}: {problem}; 'longleash verify' tells more")

    def _entry(self, row: dict[str, Any]) -> Entry:
        try:
            return Entry(**{**row, "body": unpack(row["body"], self._blob)})
        except (LogDamaged, ValidationError) as problem:
            where = f"{self.path}: {row['chain']} entry {row['sequence']}"
            raise LogDamaged(f"{where}: {problem}; 'longleash verify' tells more") from problem

    def _or_placeholder(self, name: str) -> bytes:
        try:
            return self._blobs.get(name)
        except LogDamaged as problem:
            return f"[{problem}]".encode()

    def _unknown(self, episode: str) -> EpisodeUnknown:
        known = [row["episode"] for row in self._query("SELECT episode FROM episodes", [])]
        near = difflib.get_close_matches(episode, known, 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "'longleash episodes' lists them"
        return EpisodeUnknown(f"{self.path}: no episode {episode!r} in this log; {hint}")

    def _query(self, sql: str, values: list[Any] | dict[str, Any]) -> Iterator[dict[str, Any]]:
        try:
            yield from self._db.query(sql, values)
        except (sqlite3.DatabaseError, UnicodeError) as problem:
            raise LogDamaged(
                f"{self.path}: it cannot be read: {problem}; 'longleash verify' tells more"
            ) from problem
