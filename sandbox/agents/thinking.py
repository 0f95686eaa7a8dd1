"""An agent's thoughts, which nobody has to wait for who wants an end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sandbox.stop_switch import StopSwitch

Thought = TypeVar("Thought")


class Thinking:
    """A thread in which one agent thinks for a whole episode.

    What an agent is made of may belong to the thread that made it, so all of it is one thread's.
    Nobody can end a thread: one that is given up on is left to itself, and keeps no process.

    Args:
        stop: What ends the wait.
    """

    def __init__(self, stop: StopSwitch) -> None:
        self._stop = stop
        self._asked: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._think, name="agent", daemon=True)

    def of(self, think: Callable[[], Thought]) -> Thought:
        """What comes of it.

        Raises:
            CancelledError: The wait was ended; what comes of it after all is lost.
            Exception: Whatever `think` raises.
        """
        if not self._thread.is_alive():
            self._thread.start()
        thought: Future[Thought] = Future()
        self._asked.put((thought, think))
        with self._stop.holding(_GivenUp(thought)):
            return thought.result()

    def close(self) -> None:
        """Nothing more is to be thought."""
        self._asked.put(None)

    def _think(self) -> None:
        while (asked := self._asked.get()) is not None:
            thought, think = asked
            try:
                _settle(thought, think())
            except BaseException as problem:  # noqa: BLE001 - whoever asked gets it.
                _settle(thought, problem)


class _GivenUp:
    def __init__(self, thought: Future[Any]) -> None:
        self._thought = thought

    def cancel(self) -> None:
        self._thought.cancel()


def _settle(thought: Future[Any], result: object) -> None:
    try:
        if isinstance(result, BaseException):
            thought.set_exception(result)
        else:
            thought.set_result(result)
    except InvalidStateError:
        # Nobody waits for it any more.
        return
