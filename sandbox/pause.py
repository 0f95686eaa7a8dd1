"""A wait of a given length that a stop ends."""

from __future__ import annotations

import threading

from sandbox.clock import Clock
from sandbox.stop_switch import StopSwitch


class Pause:
    """Waits for so long.

    Args:
        seconds: How long.
        clock: What it goes by.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock
        self._changed = threading.Condition()
        self._cancelled = False

    def cancel(self) -> None:
        """Ends it at once."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def wait(self, stop: StopSwitch) -> float:
        """Waits, and tells how long that was."""
        began = self._clock.now()
        with stop.holding(self), self._changed:
            while not self._cancelled:
                left = began + self._seconds - self._clock.now()
                if left <= 0:
                    break
                self._clock.wait(self._changed, left)
        return self._clock.now() - began
