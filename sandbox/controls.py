"""Ending and holding a run, or one episode of it, from another process; who and why is recorded."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Literal

from episodes.appender import ask
from episodes.errors import UsageError

Asked = Literal["stop", "pause", "go_on"]


def stop(log: str | Path, episode: str | None = None, *, why: str = "", who: str = "") -> str:
    """Ends the run that writes a log, or one episode of it.

    Args:
        log: The log.
        episode: Only this one; a run that is resumed does not try it again.
        why: For the record.
        who: For the record; the user of this process where empty.

    Returns:
        The run's id.

    Raises:
        UsageError: No run writes to the log, or the episode is not under way.
    """
    return _asked("stop", log, episode, why, who)


def pause(log: str | Path, episode: str | None = None, *, why: str = "", who: str = "") -> str:
    """Holds a run, or one episode, before its next action runs; as `stop` otherwise.

    What is held spends nothing of its time.
    """
    return _asked("pause", log, episode, why, who)


def go_on(log: str | Path, episode: str | None = None, *, why: str = "", who: str = "") -> str:
    """Lets go on what is held; as `stop` otherwise."""
    return _asked("go_on", log, episode, why, who)


def _asked(what: Asked, log: str | Path, episode: str | None, why: str, who: str) -> str:
    message = {"op": what, "who": who or getpass.getuser(), "why": why}
    if episode is not None:
        message["episode"] = episode
    answer = ask(Path(log), message)
    if answer is None:
        raise UsageError(
            f"{log}: no run is writing to it; `longleash report {log}` tells how it is"
        )
    return str(answer["run"])
