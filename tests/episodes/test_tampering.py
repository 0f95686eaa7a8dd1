"""Any byte flipped, any row deleted, any two rows swapped: `verify` names it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from episodes.errors import LogError
from episodes.tables import TABLES, TRIGGERS
from episodes.verify import verify
from tests.tries import tries

_FAST = tries(60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def changed(filled: Path, tmp_path: Path):
    """Makes a copy of the small log, lets something change it, and returns what verify says."""

    def change(how) -> bool:
        copy = tmp_path / "copy.db"
        shutil.rmtree(copy.with_name("copy.db.blobs"), ignore_errors=True)
        shutil.copytree(filled.with_name("x.db.blobs"), copy.with_name("copy.db.blobs"))
        shutil.copy(filled, copy)
        for rest in ("-wal", "-shm"):
            copy.with_name(copy.name + rest).unlink(missing_ok=True)
        db = sqlite3.connect(copy, isolation_level=None)
        db.text_factory = bytes
        for name in TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        done = how(db)
        for sql in TRIGGERS.values():
            db.execute(sql)
        db.close()
        if not done:
            return True
        try:
            return not verify(copy).ok
        except LogError:
            return True

    return change


def pick(data, db, table):
    rows = db.execute(f"SELECT rowid, * FROM {table}").fetchall()
    return data.draw(st.sampled_from(rows))


@_FAST
@given(data=st.data())
def test_any_flipped_byte_of_any_value_is_named(changed, data):
    def flip(db) -> bool:
        table = data.draw(st.sampled_from(sorted(TABLES)))
        rowid, *values = pick(data, db, table)
        column, value = data.draw(
            st.sampled_from(
                [pair for pair in zip(TABLES[table][0], values, strict=True) if pair[1] is not None]
            )
        )
        if isinstance(value, bytes):
            if not value:
                return False
            place = data.draw(st.integers(0, len(value) - 1))
            bit = 1 << data.draw(st.integers(0, 7))
            value = value[:place] + bytes([value[place] ^ bit]) + value[place + 1 :]
            sql = f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE rowid = ?"
        elif isinstance(value, int):
            value ^= 1 << data.draw(st.integers(0, 62))
            sql = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        else:
            value = -value or 1.0
            sql = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        try:
            db.execute(sql, [value, rowid])
        except sqlite3.IntegrityError:
            return False  # Another row has that key already: nothing was changed.
        return True

    assert changed(flip)


@_FAST
@given(data=st.data())
def test_any_deleted_row_is_named(changed, data):
    def delete(db) -> bool:
        table = data.draw(st.sampled_from(sorted(TABLES)))
        db.execute(f"DELETE FROM {table} WHERE rowid = ?", [pick(data, db, table)[0]])
        return True

    assert changed(delete)


@_FAST
@given(data=st.data())
def test_any_two_swapped_rows_are_named(changed, data):
    def swap(db) -> bool:
        table = data.draw(st.sampled_from(sorted(TABLES)))
        columns, key = TABLES[table]
        keys = (key,) if isinstance(key, str) else key
        # Two rows change places: each keeps its key and takes on what the other held.
        rest = [name for name in columns if name not in keys]
        one, other = pick(data, db, table), pick(data, db, table)
        names = list(columns)
        held = [[row[1 + names.index(name)] for name in rest] for row in (one, other)]
        if held[0] == held[1]:
            return False
        sets = ", ".join(f"{name} = CAST(? AS {_TYPES[columns[name]]})" for name in rest)
        try:
            db.execute("BEGIN")
            if table == "entries":
                # Out of the way of the index, until both have changed.
                db.execute(
                    "UPDATE entries SET sequence = -id WHERE id IN (?, ?)", [one[0], other[0]]
                )
            for row, values in ((one, held[1]), (other, held[0])):
                db.execute(f"UPDATE {table} SET {sets} WHERE rowid = ?", [*values, row[0]])
            db.execute("COMMIT")
        except sqlite3.IntegrityError:
            db.execute("ROLLBACK")
            return False
        return True

    assert changed(swap)


@_FAST
@given(data=st.data())
def test_any_two_entries_that_change_places_in_the_log_are_named(changed, data):
    def swap(db) -> bool:
        numbers = [row[0] for row in db.execute("SELECT id FROM entries")]
        one, other = data.draw(st.permutations(numbers))[:2]
        db.execute("UPDATE entries SET id = -1 WHERE id = ?", [one])
        db.execute("UPDATE entries SET id = ? WHERE id = ?", [one, other])
        db.execute("UPDATE entries SET id = ? WHERE id = -1", [other])
        return True

    assert changed(swap)


@_FAST
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_file_is_named_or_changes_nothing_that_is_stored(
    filled, tmp_path, place, bit
):
    copy = tmp_path / "copy.db"
    data = bytearray(filled.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    for rest in ("-wal", "-shm"):
        copy.with_name(copy.name + rest).unlink(missing_ok=True)
    copy.write_bytes(data)
    shutil.rmtree(copy.with_name("copy.db.blobs"), ignore_errors=True)
    shutil.copytree(filled.with_name("x.db.blobs"), copy.with_name("copy.db.blobs"))
    try:
        named = not verify(copy).ok
    except LogError:
        named = True
    assert named or stored(copy) == stored(filled)


def stored(log: Path) -> list[str]:
    db = sqlite3.connect(log)
    try:
        return list(db.iterdump())
    finally:
        db.close()


_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL"}
