"""The doors of one proxy: which of them a question of the proxy's comes through, and its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from containers.exchange import Message
from episodes.errors import EnvironmentFault
from sandbox.egress.door import Door

_HANDS = 64


class Doors:
    """Hears what a proxy asks and tells. May be used from many threads.

    Args:
        send: Says something to the proxy; raises `EnvironmentFault` where it is gone.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._doors: dict[str, Door] = {}
        # One that waits for a token must not keep another one's answer.
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="egress")

    def add(self, name: str, door: Door) -> None:
        """From here on it is known by that name."""
        with self._lock:
            self._doors[name] = door

    def remove(self, name: str) -> None:
        """Nothing comes through it any more."""
        with self._lock:
            self._doors.pop(name, None)

    @property
    def none(self) -> bool:
        """Whether there is no door any more."""
        with self._lock:
            return not self._doors

    def heard(self, message: Message) -> None:
        """In the thread that reads: nothing here may wait.

        Raises:
            EnvironmentFault: The proxy is gone.
            Exception: Whatever is wrong with a message that no proxy of ours would send.
        """
        with self._lock:
            door = self._doors.get(message["door"])
        if "tell" in message:
            if door is not None:
                door.told(message)
            return
        number = int(message["ask"])
        if door is None:
            self._send({"answer": number, **Door.closed_answer()})
            return
        self._hands.submit(self._answer, door, number, message)

    def _answer(self, door: Door, number: int, message: Message) -> None:
        def wait(seconds: float) -> None:
            self._send({"answer": number, "wait": seconds})

        try:
            self._send({"answer": number, **door.answer(message, wait)})
        except EnvironmentFault:
            # It has gone: whoever asked has gone with it.
            return

    def close(self) -> None:
        """Answers nothing more."""
        self._hands.shutdown(wait=False, cancel_futures=True)
