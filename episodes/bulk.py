"""Stores many rows with few calls into SQLite."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from typing import Any

from episodes.tables import TABLES

# Within SQLite's limit on bound values for the widest table.
_ROWS = 128


def store(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows; where one with the same key is there, it is replaced if the table allows it.

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
    # An entry is never replaced: the triggers and the key itself are there to say so.
    verb = "INSERT" if table == "entries" else "INSERT OR REPLACE"
    row = f"({', '.join('?' for _ in TABLES[table][0])})"
    return f"{verb} INTO {table} VALUES {', '.join([row] * rows)}"
