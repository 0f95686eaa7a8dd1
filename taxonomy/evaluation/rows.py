"""Rows that lie beside the data they tell of: files of one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from episodes.errors import UsageError
from episodes.record import Record

Row = TypeVar("Row")


def read_rows(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Every row, in order; empty lines are none.

    Args:
        path: The file.
        kind: What each row is: a record, or a dataclass (then fields it does not have are left).

    Raises:
        UsageError: The file cannot be read, or a line is no such row.
    """
    adapter = TypeAdapter(kind)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: cannot be read: {problem}") from problem
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(adapter.validate_json(line))
            except ValidationError as problem:
                raise UsageError(f"{path}:{number}: not as expected: {problem}") from problem
    return tuple(found)


def add_row(path: Path, row: Record) -> None:
    """Writes a row behind the others.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(row.model_dump_json() + "\n")
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
