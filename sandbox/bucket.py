"""A token bucket that is fair between those who wait for it."""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.stop_switch import StopSwitch

# A token that lacks this much, by the rounding of floats, is whole.
_ROUNDING = 1e-9
# A wait that is too short for a clock's own grain would not pass.
_SHORTEST_SECONDS = 1e-6
_REMEMBERED = 4096


@dataclass(eq=False)
class _Ticket:
    start: float
    number: int
    changed: threading.Condition
    cancelled: bool = False

    def __lt__(self, other: _Ticket) -> bool:
        return (self.start, self.number) < (other.start, other.number)

    def cancel(self) -> None:
        with self.changed:
            self.cancelled = True
            self.changed.notify_all()


class Bucket:
    """Holds at most `burst` tokens and gets `per_second` back.

    Who waits is served by start-time fair queueing (Goyal, Vin and Cheng, 1996, section 3, with
    equal weights): each one's next token comes a turn after its last, so that one who asks a
    hundred times keeps another, who asks once, waiting for no more than one token.

    Args:
        per_second: Tokens that come back each second.
        burst: Tokens that it holds, and starts with.
        clock: What it goes by.
    """

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._changed = threading.Condition()
        self._tokens, self._at = float(burst), clock.now()
        self._waiting: list[_Ticket] = []
        self._number = 0
        self._turn = 0.0
        self._next_turn: dict[str, float] = {}

    @property
    def waiting(self) -> int:
        """How many wait for a token."""
        with self._changed:
            return len(self._waiting)

    def take_now(self, who: str) -> bool:
        """Takes a token if one is there and nobody waits for it."""
        with self._changed:
            if self._waiting or self._refilled() < 1:
                return False
            self._serve(self._ticket(who))
            return True

    def take(self, who: str, seconds: float, stop: StopSwitch) -> float | None:
        """Takes a token, and waits for it if need be.

        Args:
            who: Whose turn it takes; turns go round.
            seconds: The longest to wait.
            stop: What ends the wait from elsewhere.

        Returns:
            How many seconds it took; nothing where no token can be had in time.
        """
        with self._changed:
            ticket = self._ticket(who)
            heapq.heappush(self._waiting, ticket)
        with stop.holding(ticket), self._changed:
            try:
                return self._wait(ticket, seconds)
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._changed.notify_all()

    def _wait(self, ticket: _Ticket, seconds: float) -> float | None:
        began = self._clock.now()
        until = began + seconds
        while not ticket.cancelled:
            left = until - self._clock.now()
            pause = left
            if self._waiting[0] is ticket:
                missing = 1 - self._refilled()
                if missing <= 0:
                    self._serve(ticket)
                    return self._clock.now() - began
                pause = max(missing / self._per_second, _SHORTEST_SECONDS)
            if left <= 0 or pause > left:
                return None
            self._clock.wait(self._changed, pause)
        return None

    def _ticket(self, who: str) -> _Ticket:
        start = max(self._turn, self._next_turn.get(who, 0.0))
        self._next_turn[who] = start + 1
        if len(self._next_turn) > _REMEMBERED:
            # Whose next turn has passed is as one who never asked.
            self._next_turn = {
                one: turn for one, turn in self._next_turn.items() if turn > self._turn
            }
        self._number += 1
        return _Ticket(start, self._number, self._changed)

    def _serve(self, ticket: _Ticket) -> None:
        self._turn = max(self._turn, ticket.start)
        self._tokens -= 1

    def _refilled(self) -> float:
        now = self._clock.now()
        back = max(0.0, now - self._at) * self._per_second
        self._tokens = min(float(self._burst), self._tokens + back)
        self._at = now
        return self._tokens + _ROUNDING
