"""The log's one writer: an append returns when the commit that holds it is durable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic_core import PydanticSerializationError
from sqlite_utils import Database

from episodes.blobs import Blobs, blobs_of
from episodes.commit import Committer
from episodes.entries import Body, Entry
from episodes.errors import LogClosed, LogError, LogFull
from episodes.lock import Lock
from episodes.opening import check_path, explained
from episodes.packing import pack, spelt_out
from episodes.request import Part, Request
from episodes.schema import address, connect, create_log, upgrade
from episodes.server import Handler, Server

_TURN_SECONDS = 0.05


class LogWriter:
    """Appends to a log, from any number of threads. Made by `LogWriter.open`.

    There is no thread of its own behind an append: of the threads that wait, one commits for all
    (leader and followers), so that a lone append costs one commit and no hand-over.
    """

    def __init__(self, path: Path, db: Database, lock: Lock, heads_file: Path | None) -> None:
        self.path = path
        """The log's file."""
        self.blobs = Blobs(blobs_of(path))
        """The store beside it, for pictures and other bytes that records name by digest."""
        self._committer = Committer(db, heads_file)
        self._lock = lock
        self._queue: list[Request] = []
        self._queue_lock = threading.Lock()
        self._soon = threading.Condition(self._queue_lock)
        self._soon_thread: threading.Thread | None = None
        self._commit_lock = threading.RLock()
        self._closed = False
        self._broken: LogFull | None = None
        self._server = Server(path, self.append)

    @classmethod
    def open(cls, path: Path | str, *, heads_file: Path | str | None = None) -> Self:
        """Takes a log for writing, makes it where there is none, and serves its socket.

        Args:
            path: The log's file.
            heads_file: Where to write a line for each episode that ends, for `verify --heads`; it
                proves something only where the host's user cannot change it later.

        Raises:
            LogBusy: Another live writer holds it.
            NotALog: There is something else at the path.
            LogTooNew: A newer release wrote it.
            LogFull: There is no room even to make it.
            LogError: It cannot be made or written there.
        """
        path = Path(path).absolute()
        check_path(path, writing=True)
        lock = Lock(path)
        try:
            lock.take(f"process {os.getpid()} ({Path(sys.argv[0]).name or 'python'})")
            if not path.exists() or path.stat().st_size == 0:
                create_log(path)
            db = connect(address(path, "rw"))
            try:
                upgrade(db, path)
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                writer = cls(path, db, lock, Path(heads_file) if heads_file else None)
                writer.blobs.clear_unfinished()
            except BaseException:
                db.close()
                raise
        except BaseException as problem:
            lock.release()
            if isinstance(problem, OSError | sqlite3.Error) and not isinstance(problem, LogError):
                raise explained(path, problem) from problem
            raise
        return writer

    def append(self, chain: str, *bodies: Body) -> tuple[Entry, ...]:
        """Adds entries to the end of a chain, all or none, and returns once they are durable.

        Args:
            chain: `run:ID`, `episode:ID` or `annotations`.
            *bodies: What happened, in order.

        Returns:
            The entries as they stand in the log.

        Raises:
            LogClosed: The episode has ended, or this writer is closed.
            LogFull: There is no room left, or the disk failed; nothing more is taken.
            UsageError: The chain does not take such a body.
        """
        return self.append_all({chain: bodies})

    def append_all(self, parts: Mapping[str, Sequence[Body]]) -> tuple[Entry, ...]:
        """As `append`, to several chains at once: all or none of it, in one transaction.

        Args:
            parts: For each chain, what happened, in order.
        """
        request = self._enqueue(parts)
        while not request.done:
            if not self._lead():
                # Woken when it is done or its turn; the time is for a leader that was interrupted.
                request.wait(_TURN_SECONDS)
        return request.result()

    def append_soon(self, chain: str, *bodies: Body) -> Future[tuple[Entry, ...]]:
        """As `append`, but returns at once; the future holds the entries or the error.

        Entries keep the order of the calls, those of `append` included.

        Raises:
            LogClosed: This writer is closed.
            LogFull: There is no room left, or the disk failed.
        """
        future: Future[tuple[Entry, ...]] = Future()
        future.set_running_or_notify_cancel()  # What is queued will be stored.
        self._enqueue({chain: bodies}, future)
        with self._queue_lock:
            if self._soon_thread is None:
                self._soon_thread = threading.Thread(
                    target=self._commit_when_asked, name="log-append-soon", daemon=True
                )
                self._soon_thread.start()
            self._soon.notify()
        return future

    def on(self, operation: str, handler: Handler) -> None:
        """Answers an operation on the log's socket, such as `stop`.

        Args:
            operation: Its name.
            handler: Gets the message and returns what to answer; called in a thread of its own.
        """
        self._server.handlers[operation] = handler

    def close(self) -> None:
        """Commits what is queued, then gives the log back. A second call does nothing.

        Raises:
            LogFull: The file of heads could not be written; the log itself is closed.
        """
        with self._queue_lock:
            if self._closed:
                return
            self._closed = True
            self._soon.notify_all()
        self._server.close()
        if self._soon_thread is not None:
            self._soon_thread.join()
        with self._commit_lock:
            self._commit()
            try:
                self._committer.close()
            except OSError as problem:
                raise explained(self.path, problem) from problem
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lead(self) -> bool:
        """Commits for all, where no other thread is about to."""
        # The lock is taken inside the try: Ctrl-C can strike right after it was, and then only
        # the lock itself knows. Releasing one that another thread holds is an error, and harmless.
        try:
            leads = self._commit_lock.acquire(blocking=False)
            if leads:
                self._commit()
        finally:
            with contextlib.suppress(RuntimeError):
                self._commit_lock.release()
        if leads:
            self._pass_on()
        return leads

    def _enqueue(
        self,
        parts: Mapping[str, Sequence[Body]],
        future: Future[tuple[Entry, ...]] | None = None,
    ) -> Request:
        if self._broken is not None:
            raise LogFull(*self._broken.args)
        try:
            # Before the queue: blobs are durable before the entry that names them.
            packed = tuple(self._part(chain, tuple(bodies)) for chain, bodies in parts.items())
        except OSError as problem:
            self._broken = explained(self.path, problem)
            raise self._broken from problem
        with self._queue_lock:
            if self._closed:
                raise LogClosed(f"{self.path}: this log's writer is closed; open it again")
            request = Request(packed, future)
            self._queue.append(request)
        return request

    def _part(self, chain: str, bodies: tuple[Body, ...]) -> Part:
        try:
            return Part(chain, bodies, tuple(pack(body, self.blobs) for body in bodies))
        except PydanticSerializationError:
            # Of a name that is no UTF-8, for instance: nobody may keep an entry off the record
            # by one, or end a run.
            bodies = tuple(map(spelt_out, bodies))
            return Part(chain, bodies, tuple(pack(body, self.blobs) for body in bodies))

    def _commit_when_asked(self) -> None:
        while True:
            with self._soon:
                while not self._queue and not self._closed:
                    self._soon.wait()
                if not self._queue:
                    return
            with self._commit_lock:
                self._commit()
            self._pass_on()

    def _pass_on(self) -> None:
        """Wakes one thread whose request came while the last commit was under way."""
        with self._queue_lock:
            next_one = next((one for one in self._queue if one.future is None), None)
        if next_one is not None:
            next_one.nudge()

    def _commit(self) -> None:
        """Commits what is queued. For whoever holds the commit lock."""
        self._committer.settle()
        with self._queue_lock:
            batch = [request for request in self._queue if not request.done]
        if batch and self._broken is None:
            try:
                self._committer.commit(batch)
            except (OSError, sqlite3.Error) as problem:
                self._broken = explained(self.path, problem)
        if self._broken is not None:
            for request in batch:
                if not request.done:
                    request.settle(LogFull(*self._broken.args))
        with self._queue_lock:
            # Only now: a thread that is interrupted before this leaves its work to the next one.
            self._queue = [request for request in self._queue if not request.done]
