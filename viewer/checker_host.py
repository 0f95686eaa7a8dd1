"""Verifies the log that is shown, and again when it has changed, for each page to tell.

In a process of its own, behind everything else that the machine has to do.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from pydantic import ValidationError

from episodes.verification import Verification
from viewer import standing

_MOST_BYTES = 1 << 28
"""A larger log takes minutes, each time; there the episode that is looked at is verified alone."""
_SECONDS = 30.0
_CHILD = "import sys, episodes.verify as v; print(v.verify(sys.argv[1]).model_dump_json())"


def check_for_ever(log: Path) -> None:
    """Keeps what pages say of a log up with it.

    Args:
        log: The log's file.
    """
    before: list[tuple[int, int]] = []
    while True:
        now = _state(log)
        if now and now != before and sum(size for size, _ in now) <= _MOST_BYTES:
            standing.say(check(log))
            before = now
        time.sleep(_SECONDS)


def check(log: Path) -> str | None:
    """The first record of a log that is not as it was written; absent where all are.

    Args:
        log: The log's file.
    """
    child = ["nice", "-n", "19", sys.executable, "-P", "-c", _CHILD, str(log.absolute())]
    ended = subprocess.run(child, capture_output=True, check=False)
    try:
        found = Verification.model_validate_json(ended.stdout)
    except ValidationError:
        return None  # It cannot be opened at all, which every page says for itself.
    return str(found.problems[0]) if found.problems else None


def _state(log: Path) -> list[tuple[int, int]]:
    """Another one where the log was changed."""
    files = (log, log.with_name(f"{log.name}-wal"))
    found = (path.stat() for path in files if path.exists())
    return [(one.st_size, one.st_mtime_ns) for one in found]
