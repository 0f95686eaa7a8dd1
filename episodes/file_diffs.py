"""What a step did to the text of files, line by line, from contents that were kept."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from episodes.errors import LogDamaged
from episodes.files import FileChange, FileChanges
from episodes.trajectory import Trajectory
from episodes.workspace import Contents, changes_until

_LONGEST, _MOST_LINES = 100_000, 4000
"""Bytes and lines of a file beyond which no difference is made: it takes their square in time."""
_MOST_FILES = 20


@dataclass(frozen=True)
class FileDiff:
    """One file's change."""

    change: FileChange
    """What became of it."""
    lines: tuple[str, ...]
    """A unified difference without its head, each line as it was in the file: others' text."""
    why_not: str = ""
    """Why there is none, where there is none."""


def summary(change: FileChange) -> str:
    """A change on one line: others' text, as the path is."""
    size = f", {change.size} bytes" if change.kind == "file" and change.change != "removed" else ""
    leads = f" -> {change.target.decode('utf-8', 'backslashreplace')}" if change.target else ""
    kind = "" if change.kind == "file" else f" {change.kind}"
    return f"{change.change}{kind} {change.path}{leads}{size}"


def file_diffs(
    trajectory: Trajectory, step: int, blob: Callable[[str], bytes]
) -> Iterator[FileDiff]:
    """The differences that a step made to files, the first of them where there are many.

    Args:
        trajectory: The episode.
        step: One of its steps.
        blob: Gives a blob of the log's store.
    """
    files = next((one.files for one in trajectory.steps if one.index == step), None)
    if files is None:
        return
    reading = Contents(blob)
    known: dict[str, tuple[FileChange, FileChanges]] = {}
    for record in changes_until(trajectory, step - 1):
        for one in record.changes:
            if one.digest is not None and one.at is not None:
                known[one.digest] = one, record
    told = [
        one
        for one in files.changes
        if one.kind == "file" and (one.digest != one.before or one.digest is None)
    ]
    for change in told[:_MOST_FILES]:
        try:
            after = b"" if change.change == "removed" else reading.of(change, files)
            before = b"" if change.before is None else _earlier(change.before, known, reading)
        except LogDamaged as problem:
            yield FileDiff(change, (), str(problem))
            continue
        yield _difference(change, before, after)


def _earlier(
    digest: str, known: dict[str, tuple[FileChange, FileChanges]], reading: Contents
) -> bytes | None:
    found = known.get(digest)
    return reading.of(*found) if found else None


def _difference(change: FileChange, before: bytes | None, after: bytes | None) -> FileDiff:
    if before is None or after is None:
        return FileDiff(change, (), "its content was not kept")
    if max(len(before), len(after)) > _LONGEST:
        return FileDiff(change, (), "it is too long to compare here")
    try:
        old, new = before.decode().split("\n"), after.decode().split("\n")
    except UnicodeDecodeError:
        return FileDiff(change, (), "it is no text")
    if b"\0" in before + after:
        return FileDiff(change, (), "it is no text")
    if max(len(old), len(new)) > _MOST_LINES:
        return FileDiff(change, (), "it has too many lines to compare here")
    # A file that ends as files do has no line after its last one.
    old, new = (lines[:-1] if lines[-1] == "" else lines for lines in (old, new))
    return FileDiff(change, tuple(difflib.unified_diff(old, new, lineterm="", n=3))[2:])
