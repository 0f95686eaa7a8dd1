"""Episodes as a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from episodes.rows import EpisodeRow
from episodes.terminal import safe_line

_RIGHT = ("steps", "denials", "time")


def listing(rows: Iterable[EpisodeRow]) -> Table:
    """A table of episodes: what was tried, how it ended, what went wrong."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("episode", "task", "agent", "steps", "denials", "outcome", "modes", "time"):
        table.add_column(
            "failure modes" if name == "modes" else name,
            justify="right" if name in _RIGHT else "left",
            no_wrap=name == "episode",
        )
    for row in rows:
        table.add_row(
            Text(safe_line(row.episode)),
            Text(safe_line(row.task)),
            Text(safe_line(row.agent)),
            Text(str(row.steps)),
            Text(str(row.denials)),
            _outcome(row),
            Text(modes(row)),
            Text(duration(row)),
        )
    return table


def modes(row: EpisodeRow) -> str:
    """Failure modes with the number of steps that show each: `loop 2, slip 1`."""
    ordered = sorted(row.modes.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{mode} {count}" for mode, count in ordered)


def duration(row: EpisodeRow) -> str:
    """How long the episode took; empty where it has not ended."""
    if row.finished is None:
        return ""
    return f"{(row.finished - row.began).total_seconds():.1f} s"


def outcome(row: EpisodeRow) -> str:
    """How the episode ended, in a word or two."""
    if row.status is None:
        return "open"
    if row.success is not None:
        return "solved" if row.success else "not solved"
    return f"{row.status}: {row.cause}"


def _outcome(row: EpisodeRow) -> Text:
    colour = {"solved": "green", "not solved": "yellow", "open": "cyan"}.get(outcome(row), "red")
    return Text(safe_line(outcome(row)), style=colour)
