"""Stores many rows with few calls into SQLite."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

from episodes.tables import INDEXES, TABLES

# Within SQLite's limit on bound values for the widest table.
_ROWS = 128


def store(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows, or changes those whose key is there. An entry is only ever inserted.

    One statement holds many rows: `executemany` gives Python's lock up and asks for it again at
    each row, and with 64 threads about, each time another one has it.

    Args:
        connection: With a transaction open.
        table: One of `TABLES`.
        rows: Each with a value for every column, in the table's order.
    """
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        connection.execute(_insert(table, len(part)), [value for row in part for value in row])


@functools.lru_cache(maxsize=1024)
def _insert(table: str, rows: int) -> str:
    columns, key = TABLES[table]
    row = f"({', '.join('?' for _ in columns)})"
    sql = f"INSERT INTO {table} VALUES {', '.join([row] * rows)}"  # noqa: S608 - our own names
    if table == "entries":
        return sql
    keys = (key,) if isinstance(key, str) else key
    still = {*keys, *(name for indexed, _ in INDEXES.get(table, ()) for name in indexed)}
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in still)
    return f"{sql} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
