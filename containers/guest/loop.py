"""One thread that waits for everything: descriptors, deadlines and children that end."""

from __future__ import annotations

import heapq
import itertools
import os
import select
import time
from collections.abc import Callable

from . import ledger, signals

READABLE = select.EPOLLIN
WRITABLE = select.EPOLLOUT


class Timer:
    """A call that is due once, unless cancelled first."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Never call; harmless if it already did."""
        self.call = None


class Loop:
    """An epoll loop. Handlers run one at a time and must not block."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.epoll = self._epoll.fileno()
        """Its descriptor."""
        self._handlers: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._running = True
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        signals.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def on_signal(self, number: int, handler: Callable[[], None]) -> None:
        """Call `handler` from the loop, once or more, after the signal came."""
        # Python's own handler does nothing: the byte in the wake pipe is what counts.
        signals.signal(number, lambda *_: None)

        def drain() -> None:
            try:
                os.read(self._wake, 512)
            except BlockingIOError:
                return
            handler()

        if self._wake not in self._handlers:
            self.watch(self._wake, READABLE, drain)

    def watch(self, fd: int, events: int, handler: Callable[[], None]) -> None:
        """Call `handler` whenever `fd` is ready, or its other end closed."""
        self._handlers[fd] = handler
        self._epoll.register(fd, events)

    def unwatch(self, fd: int) -> None:
        """Forget `fd`; call before closing it."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, `seconds` from now."""
        timer = Timer(call)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def stop(self) -> None:
        """Return from `run` after the handlers of this round."""
        self._running = False

    def run(self) -> None:
        """Wait and call until stopped."""
        while self._running:
            # Not by the epoll's own method: what listeners tell is heard there and then.
            for fd, _ in ledger.wait(self.epoll, self._next_due()):
                # An earlier handler of this round may have closed this one.
                handler = self._handlers.get(fd)
                if handler is not None:
                    handler()
            self._call_due()

    def _next_due(self) -> float:
        while self._timers and self._timers[0][2].call is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return -1
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _call_due(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            call = heapq.heappop(self._timers)[2].call
            if call is not None:
                call()
