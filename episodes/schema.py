"""The log's file: made, opened, and brought from an older format to a newer one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlite_utils import Database

from episodes.chain import digest
from episodes.errors import LogError, LogTooNew, NotALog
from episodes.tables import INDEXES, TABLES, TRIGGERS

LOG_FORMAT_VERSION = 1
"""The format that this release writes; a number of its own, apart from releases."""

APPLICATION_ID = 0x4C4C4F47
"""Stands in the file's header, so that another program's database is not taken for a log."""

SQLITE_VERSION: tuple[int, ...] = sqlite3.sqlite_version_info
"""The version of the library that this Python brings."""

UPGRADES: dict[int, Callable[[Database], None]] = {}
"""For each older format, what makes it the next one, in a transaction of its own."""


def address(path: Path, mode: str) -> str:
    """A database's URI.

    Args:
        path: Its file.
        mode: `rw`, `ro`, or `ro&immutable=1`, which also trusts that nobody else writes it.
    """
    return f"{path.absolute().as_uri()}?mode={mode}"


def connect(uri: str) -> Database:
    """Opens a database with no plugin of sqlite-utils run, and no transaction begun by itself.

    Args:
        uri: From `address`; empty for a database that vanishes when it is closed.
    """
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout = 10000")
    return Database(connection, execute_plugins=False)


def readable(path: Path) -> str:
    """The URI by which a log can be read and not written, wherever it lies.

    Raises:
        NotALog: It is damaged past opening.
        LogError: It cannot be read without writing beside it, and that cannot be done.
    """
    uri = address(path, "ro")
    db = connect(uri)
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UnicodeError as problem:
        raise NotALog(f"{path}: damaged past opening: {problem}") from problem
    except sqlite3.DatabaseError as problem:
        if os.access(path.parent, os.W_OK):
            raise NotALog(f"{path}: damaged past opening: {problem}") from problem
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size > 0:
            raise LogError(
                f"{path}: its last entries are still in {wal.name}, which cannot be read in a "
                "folder that cannot be written; copy both to one that can"
            ) from problem
        # Nobody can write here and nothing waits in a WAL, so the file is all there is.
        return address(path, "ro&immutable=1")
    finally:
        db.close()
    return uri


def create_tables(db: Database) -> None:
    """Makes every table, index and trigger in an empty database."""
    for name, (columns, key) in TABLES.items():
        db.create_table(name, columns, pk=key)
        for indexed, unique in INDEXES.get(name, ()):
            db.table(name).create_index(indexed, unique=unique)
    for trigger in TRIGGERS.values():
        db.execute(trigger)


def create_log(path: Path) -> None:
    """Makes an empty log, so that whoever finds the file finds all of it.

    Raises:
        OSError: It cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = connect(address(unfinished, "rw"))
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
        with db.atomic():
            create_tables(db)
            _write_meta(db, str(datetime.now(UTC).isoformat(timespec="microseconds")))
    finally:
        db.close()
    unfinished.rename(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_format(db: Database, path: Path) -> int:
    """The format of an open log.

    Raises:
        NotALog: It is no log.
        LogTooNew: A newer release wrote it.
    """
    try:
        ours = db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        meta = read_meta(db) if ours else {}
        number = int(meta.get("format", "0"))
    except (sqlite3.DatabaseError, ValueError) as problem:
        raise NotALog(
            f"{path}: not a Longleash log, or one that is damaged: {problem}"
        ) from problem
    if number < 1:
        raise NotALog(
            f"{path}: a database, but not a Longleash log; name a log, or a new file to make one"
        )
    if number > LOG_FORMAT_VERSION:
        raise LogTooNew(
            f"{path}: written in log format {number} by Longleash {meta.get('longleash', '?')}; "
            f"this release reads up to format {LOG_FORMAT_VERSION}: upgrade with "
            "'pip install --upgrade longleash'"
        )
    return number


def upgrade(db: Database, path: Path) -> None:
    """Brings a log to the format of this release, one format at a time.

    Raises:
        NotALog: It is no log.
        LogTooNew: A newer release wrote it.
    """
    for number in range(check_format(db, path), LOG_FORMAT_VERSION):
        with db.atomic():
            UPGRADES[number](db)
            _write_meta(db, read_meta(db)["created"], number + 1)


def read_meta(db: Database) -> dict[str, str]:
    """The log's format, when it was made and by which release, and the seal over these."""
    return {str(key): str(value) for key, value in db.execute("SELECT key, value FROM meta")}


def seal_of(meta: dict[str, str]) -> str:
    """What `seal` must be for the rest of `meta`."""
    return digest("\0".join(f"{key}={meta[key]}" for key in sorted(meta) if key != "seal").encode())


def release() -> str:
    """The release of Longleash that runs."""
    try:
        return version("longleash")
    except PackageNotFoundError:
        return "0+unknown"


def _write_meta(db: Database, created: str, number: int = LOG_FORMAT_VERSION) -> None:
    meta = {"format": str(number), "created": created, "longleash": release()}
    meta["seal"] = seal_of(meta)
    db.table("meta").delete_where()
    db.table("meta").insert_all({"key": key, "value": value} for key, value in meta.items())
