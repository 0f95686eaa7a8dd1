"""The table that a run ends with: an episode a line."""

from __future__ import annotations

from pathlib import Path

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from episodes.entries import EpisodeEnded
from episodes.reader import LogReader
from episodes.rows import EpisodeRow
from episodes.terminal import safe_line
from taxonomy.amounts import duration


def episodes_table(log_path: Path | str, run: str | None = None) -> Table:
    """Episode, task, agent, steps, denials, outcome, failure modes and time of each episode.

    The failure modes are those on record; an episode that has not been tagged shows none.

    Args:
        log_path: The log's file.
        run: The run; every one of the log where absent.

    Raises:
        LogError: The log cannot be read.
    """
    table = Table(box=None, pad_edge=False)
    for name, right in _COLUMNS.items():
        # An id is there to be copied, and a number broken in two is two numbers.
        whole = right or name == "episode"
        justify: JustifyMethod = "right" if right else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=whole)
    with LogReader.open(log_path) as reader:
        for row in reader.episodes(run):
            table.add_row(*(Text(safe_line(cell), style) for cell, style in _cells(row)))
    return table


_COLUMNS = {
    "episode": False,
    "task": False,
    "agent": False,
    "steps": True,
    "denials": True,
    "outcome": False,
    "failure modes": False,
    "time": True,
}
"""Each column, and whether it holds numbers."""


_STYLES = {True: "green", False: "red", None: "yellow"}


def outcome(row: EpisodeRow | EpisodeEnded) -> str:
    """How an episode ended, in a word or two."""
    if row.status is None:
        return "no end"
    if row.status == "faulted":
        return f"fault: {row.cause}"
    judged = {True: "solved", False: "not solved", None: "not judged"}[row.success]
    if row.success is False and row.reward:
        judged = f"reward {row.reward:.2g}"
    return judged if row.status == "terminated" else f"{judged}, cut short: {row.cause}"


def _cells(row: EpisodeRow) -> list[tuple[str, str]]:
    modes = sorted(row.modes.items(), key=lambda item: (item[0] == "undetermined", item[0]))
    shown = ", ".join(f"{mode} {count}" if count > 1 else mode for mode, count in modes)
    seconds = (row.finished - row.began).total_seconds() if row.finished else None
    return [
        (row.episode, "dim"),
        (row.task, ""),
        (row.agent, ""),
        (str(row.steps), ""),
        (str(row.denials), "yellow" if row.denials else ""),
        (outcome(row), _STYLES[row.success]),
        (shown or "none", "" if shown else "dim"),
        ("" if seconds is None else duration(seconds), ""),
    ]
