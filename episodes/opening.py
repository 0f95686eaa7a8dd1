"""Whether a path can be a log, and what to tell who named one that cannot."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from episodes.errors import LogError, LogFull, NotALog

_MAGIC = b"SQLite format 3\0"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_path(path: Path, *, writing: bool) -> None:
    """Looks at a path before SQLite does, which would make a file or wait for a pipe.

    Args:
        path: What was named.
        writing: Whether a log may be made there.

    Raises:
        NotALog: There is something else, or nothing where a log is to be read.
        LogError: It may not be looked at.
    """
    try:
        if path.is_dir():
            raise NotALog(f"{path}: a folder, not a log; name a file in it")
        if not path.exists():
            if not writing:
                raise NotALog(f"{path}: there is no such log; check the name, or run first")
            if not path.parent.is_dir():
                raise LogError(f"{path}: there is no folder {path.parent}; make it first")
            return
        if not path.is_file():
            raise NotALog(f"{path}: not a regular file, so it cannot be a log")
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as problem:
        raise LogError(f"{path}: it cannot be read: {problem.strerror}") from problem
    if magic == b"" and writing:
        return
    if magic != _MAGIC:
        raise NotALog(
            f"{path}: {'an empty file' if magic == b'' else 'some other file'}, not a Longleash "
            "log; it was left as it is"
        )


def explained(path: Path, problem: OSError | sqlite3.Error) -> LogFull:
    """A disk's or SQLite's error, as the error of ours that says what to do."""
    code = getattr(problem, "sqlite_errorcode", None)
    number = getattr(problem, "errno", None)
    if code == sqlite3.SQLITE_FULL or number in _NO_ROOM:
        what = "there is no room left where the log lives; free some and open it again"
    else:
        what = f"it cannot be written ({problem}); see to the disk and open it again"
    return LogFull(f"{path}: {what}. Nothing that was acknowledged is lost")
