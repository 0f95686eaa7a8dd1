"""How a run, or an episode of it, is told to end from elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Cancellable(Protocol):
    """What somebody waits for: a box, a question, a token."""

    def cancel(self) -> None:
        """End the wait; may be called from any thread."""
        ...


class StopSwitch:
    """Once pressed it stays pressed; what it holds is cancelled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[Cancellable] = set()
        self._pressed = threading.Event()
        self._why = ""
        self._cause = "stopped"

    @property
    def pressed(self) -> bool:
        """Whether somebody wants it to end."""
        return self._pressed.is_set()

    @property
    def why(self) -> str:
        """Who pressed it and why."""
        return self._why

    @property
    def cause(self) -> str:
        """`stopped` where somebody did, `budget` where the run's budget had run out."""
        return self._cause

    def press(self, why: str, cause: str = "stopped") -> None:
        """End it; only the first call's words are kept."""
        with self._lock:
            if self._pressed.is_set():
                return
            self._why, self._cause = why, cause
            self._pressed.set()
            held = list(self._held)
        for one in held:
            one.cancel()

    @contextmanager
    def holding(self, one: Cancellable) -> Iterator[None]:
        """While this is open, pressing cancels `one`."""
        with self._lock:
            self._held.add(one)
            pressed = self._pressed.is_set()
        if pressed:
            one.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(one)
