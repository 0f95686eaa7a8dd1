"""Somebody's code, in a thread that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


def in_background(call: Callable[[], Answer]) -> Future[Answer]:
    """What a call returns or raises, once it does; nobody can end it, nor does the process wait."""
    done: Future[Answer] = Future()

    def work() -> None:
        try:
            answer = call()
        except BaseException as problem:  # noqa: BLE001 - whoever asks for the result gets it.
            done.set_exception(problem)
        else:
            done.set_result(answer)

    Thread(target=work, name="background", daemon=True).start()
    return done
