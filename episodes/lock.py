"""The lock that makes one process the log's writer; it frees itself when that process dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from episodes.errors import LogBusy


def lock_of(log: Path) -> Path:
    """The file that a log's writer holds locked."""
    return log.with_name(log.name + ".lock")


class Lock:
    """Held from `take` to `release`, or to the end of the process.

    Args:
        log: The log.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._path = lock_of(log)
        self._handle: int | None = None

    def take(self, who: str) -> None:
        """Takes the lock, or raises at once.

        Args:
            who: What is written in it for people to read.

        Raises:
            LogBusy: Another process, or another writer in this one, holds it.
            OSError: The lock's file cannot be made.
        """
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
                os.close(handle)
                raise LogBusy(
                    f"{self._log}: {holder or 'another process'} is writing to this log; wait "
                    "until it is done, or name another log"
                ) from None
            if self._is_current(handle):
                break
            # It was released, and its file removed, between our open and our lock.
            os.close(handle)
        self._handle = handle
        # On a full disk the lock holds all the same; only its holder's name is not to be read.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, who.encode()[:200], 0)

    def release(self) -> None:
        """Gives the lock back, its file removed; nothing where it is not held."""
        if self._handle is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None

    def _is_current(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except FileNotFoundError:
            return False


def holder(log: Path) -> str | None:
    """Who holds a log's lock, in words; nothing where nobody does."""
    try:
        handle = os.open(lock_of(log), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(handle, 200, 0).decode(errors="replace").strip() or "another process"
    finally:
        os.close(handle)
    return None
