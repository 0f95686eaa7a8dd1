"""Somebody's code, given so much time and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from llms.background import in_background
from sandbox.stop_switch import StopSwitch

Answer = TypeVar("Answer")


class _Ends:
    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def cancel(self) -> None:
        self._over.set()


def in_time(call: Callable[[], Answer], seconds: float, stop: StopSwitch) -> Answer:
    """What a call returns, where it does so in time; what is late goes on, and nobody waits for it.

    Args:
        call: Anybody's code.
        seconds: How long it is waited for.
        stop: What ends the wait from elsewhere.

    Raises:
        TimeoutError: It was late, or the episode is being stopped.
        Exception: Whatever the call raises.
    """
    over = threading.Event()
    done = in_background(call)
    done.add_done_callback(lambda _: over.set())
    with stop.holding(_Ends(over)):
        over.wait(seconds)
    if not done.done():
        why = "the episode is being stopped" if stop.pressed else f"no answer in {seconds:g} s"
        raise TimeoutError(why)
    return done.result()
