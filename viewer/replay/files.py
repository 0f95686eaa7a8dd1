"""What a step did to files, as parts of the replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from episodes.file_diffs import file_diffs
from episodes.files import FileChange
from episodes.trajectory import Step, Trajectory
from episodes.workspace import WHY_LEFT_OUT
from viewer.words import short

Part = dict[str, Any]

_MOST_ROWS = 200
_MOST_LINES = 400


def files_part(step: Step) -> list[Part]:
    """A row for each file that changed, and what is missing from the list."""
    files = step.files
    if files is None or not (files.changes or files.truncated):
        return []
    rows = [_row(change) for change in files.changes[:_MOST_ROWS]]
    part: Part = {"title": "files", "tone": "quiet", "rows": rows}
    more = len(files.changes) - len(rows) + files.unlisted
    lines = [f"... and {more} more"] if more else []
    if files.truncated:
        lines.append(short(f"not all was looked at: {files.truncated}"))
    return [part | {"lines": lines}]


def diff_parts(trajectory: Trajectory, step: Step, blob: Callable[[str], bytes]) -> list[Part]:
    """The differences in text, for the step that is looked at: contents are read for them."""
    return [
        {
            "title": short(f"diff {found.change.path}"),
            "tone": "quiet",
            "diff": [short(line, 400) for line in found.lines[:_MOST_LINES]],
            "lines": [short(found.why_not)] if found.why_not else [],
        }
        for found in file_diffs(trajectory, step.index, blob)
        if found.lines or found.why_not
    ]


def _row(change: FileChange) -> list[str]:
    leads = f" → {change.target.decode('utf-8', 'backslashreplace')}" if change.target else ""
    left_out = "" if change.left_out is None else f"not kept: {WHY_LEFT_OUT[change.left_out]}"
    size = f"{change.size} B" if change.kind == "file" and change.change != "removed" else ""
    kind = "" if change.kind == "file" else change.kind
    return [change.change, short(change.path + leads, 300), kind, size, short(left_out)]
