"""The clock that waits go by: it never jumps, whatever becomes of the wall clock."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Seconds since some moment; never less than before."""
        ...

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        """Waits, with `changed` held, until it is notified or so many seconds have passed."""
        ...


class MonotonicClock:
    """The kernel's monotonic clock, which setting the date does not move."""

    def now(self) -> float:
        """Seconds since the machine started."""
        return time.monotonic()

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        """Waits; Python's own waits go by the same clock."""
        changed.wait(seconds)
