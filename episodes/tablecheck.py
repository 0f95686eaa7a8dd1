"""Compares a log's own tables with what follows from its entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from episodes.bulk import store
from episodes.chainwalk import Walked
from episodes.errors import LogTooNew
from episodes.schema import LOG_FORMAT_VERSION, seal_of
from episodes.tables import TABLES
from episodes.verification import Problem

_ROLLUPS = ("episodes", "steps", "tags")
_SCHEMA = "SELECT type, name, tbl_name FROM {}.sqlite_master"
_AT_MOST = 20


def check_meta(db: Database) -> list[Problem]:
    """Compares the log's description of itself with its seal.

    Raises:
        LogTooNew: It is sealed, and of a format that this release does not know.
    """
    meta = {str(key): str(value) for key, value in db.execute("SELECT * FROM log.meta")}
    try:
        if seal_of(meta) == meta.get("seal") and len(meta) > 1:
            number = int(meta["format"])
            if number > LOG_FORMAT_VERSION:
                raise LogTooNew(
                    f"this log is of format {number} and this release verifies up to format "
                    f"{LOG_FORMAT_VERSION}; upgrade with 'pip install --upgrade longleash'"
                )
            return []
    except (UnicodeEncodeError, KeyError):
        pass
    return [
        Problem(what="edited", where="table meta", detail="its rows are not those that were sealed")
    ]


def check_schema(db: Database) -> list[Problem]:
    """Compares tables, columns, indexes and triggers with those that a log is made with."""
    ours, theirs = (
        {tuple(row): row for row in db.execute(_SCHEMA.format(name))} for name in ("main", "log")
    )
    problems = [
        Problem(what="missing", where=f"{kind} {name}", detail="a log is made with it")
        for kind, name, _ in sorted(set(ours) - set(theirs))
    ]
    problems += [
        Problem(what="extra", where=f"{kind} {name}", detail="no log is made with it")
        for kind, name, _ in sorted(set(theirs) - set(ours))
    ]
    for pragma, names in (("table_info", TABLES), ("index_info", _names(db, "index"))):
        for name in names:
            made, found = (
                db.execute(f'PRAGMA {schema}.{pragma}("{name}")').fetchall()
                for schema in ("main", "log")
            )
            if made != found and found:
                detail = "its columns are not those that a log is made with"
                problems.append(Problem(what="edited", where=name, detail=detail))
    for name in _names(db, "trigger"):
        made, found = (
            db.execute(f"SELECT sql FROM {schema}.sqlite_master WHERE name = ?", [name]).fetchone()  # noqa: S608 - our own names
            for schema in ("main", "log")
        )
        if found is not None and made != found:
            detail = "it no longer keeps entries from being changed"
            problems.append(Problem(what="edited", where=f"trigger {name}", detail=detail))
    return problems


def check_heads(db: Database, walked: Mapping[str, Walked]) -> list[Problem]:
    """Compares the table of heads with how far each chain goes; a chain's cut end shows here."""
    rows = [(name, head.length, head.hash, int(head.closed)) for name, head in walked.items()]
    store(db.conn, "heads", rows)
    problems = []
    for name, length, hashed, _ in db.execute("SELECT * FROM log.heads"):
        # Bytes where a text should be are no chain's name, and are compared below.
        chain = name if isinstance(name, str) else repr(name)
        head = walked.get(chain, Walked())
        if isinstance(length, int) and length > head.length and hashed != head.hash:
            problems.append(
                Problem(
                    what="missing",
                    where=f"{chain} entry {head.length}",
                    detail=f"the log's own head says that the chain has {length} entries",
                    chain=chain,
                    sequence=head.length,
                )
            )
    return problems or _compare(db, "heads")


def check_rollups(db: Database) -> list[Problem]:
    """Compares the narrow tables with those that were made anew from the entries."""
    return [problem for table in _ROLLUPS for problem in _compare(db, table)]


def check_file(db: Database) -> list[Problem]:
    """Asks SQLite whether its own structures fit together."""
    said = [row[0] for row in db.execute(f"PRAGMA log.integrity_check({_AT_MOST})")]
    return [
        Problem(what="torn", where="the database file", detail=str(line))
        for line in said
        if line != "ok"
    ]


def _compare(db: Database, table: str) -> list[Problem]:
    made, found = (
        {_key(table, row): row for row in db.execute(_difference(table, *names))}
        for names in (("main", "log"), ("log", "main"))
    )
    problems = []
    for key in sorted({**made, **found}, key=repr):
        where = f"table {table}, row {' '.join(str(part) for part in key)}"
        if key not in found:
            detail = "it follows from the entries and is not there"
            problems.append(Problem(what="missing", where=where, detail=detail))
        elif key not in made:
            detail = "it does not follow from the entries"
            problems.append(Problem(what="extra", where=where, detail=detail))
        else:
            differ = [
                name
                for name, ours, theirs in zip(TABLES[table][0], made[key], found[key], strict=True)
                if ours != theirs
            ]
            detail = f"by the entries, it should hold something else as {', '.join(differ)}"
            problems.append(Problem(what="edited", where=where, detail=detail))
    return problems


def _difference(table: str, one: str, other: str) -> str:
    return f"SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table} LIMIT {_AT_MOST}"  # noqa: S608 - our own names


def _key(table: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    key = TABLES[table][1]
    return row[: 1 if isinstance(key, str) else len(key)]


def _names(db: Database, kind: str) -> list[str]:
    found = db.execute("SELECT name FROM main.sqlite_master WHERE type = ?", [kind])
    return [str(row[0]) for row in found]
