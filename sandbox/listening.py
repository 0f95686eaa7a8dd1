"""What a run hears while it goes on: signals, and other processes at its log's socket."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from episodes.entries import Noted, StopAsked
from episodes.writer import LogWriter
from sandbox.brakes import Brakes

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


Asked = Callable[[dict[str, Any]], dict[str, Any]]
"""Does what a message asks for, and answers with the run's id."""


def hear(log: LogWriter, run: str, brakes: Brakes) -> Asked:
    """Lets other processes end or hold a run, or an episode of it, at its log's socket.

    Returns:
        What ends it, for others who may ask.
    """

    def asked(message: dict[str, Any]) -> dict[str, Any]:
        who, why, episode = _asks(message)
        if episode is None or episode in brakes.under_way():
            log.append(f"run:{run}", StopAsked(who=who, why=why, episode=episode))
        brakes.stop(f"{who}: {why}" if why else who, episode)
        return {"run": run}

    def held(message: dict[str, Any], paused: bool) -> dict[str, Any]:
        who, why, episode = _asks(message)
        brakes.hold(paused, episode)
        text = "paused" if paused else "let go on"
        named = episode or f"the run {run}"
        note = Noted(episode=episode, who=who, text=f"{text} {named}" + (f": {why}" if why else ""))
        log.append("annotations", note)
        return {"run": run}

    log.on("stop", asked)
    log.on("pause", lambda message: held(message, True))
    log.on("go_on", lambda message: held(message, False))
    log.on("under_way", lambda _message: {"run": run, "episodes": brakes.under_way()})
    return asked


@contextmanager
def listening(log: LogWriter, run: str, brakes: Brakes, console: Console | None) -> Iterator[None]:
    """Ends or holds the run, or an episode of it, when a signal or another process asks for it."""
    asked = hear(log, run, brakes)
    signals: list[int] = []

    def interrupted(number: int, _frame: object) -> None:
        name = signal.Signals(number).name
        signals.append(number)
        if len(signals) > 1:
            # The second time: at once. What was acknowledged is durable already.
            os._exit(130)
        if console:
            console.print(f"{name}: ending cleanly; once more ends at once", markup=False)
        # Not in the handler: the main thread may hold the very lock that this would wait for.
        threading.Thread(target=asked, args=({"who": name},), daemon=True).start()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _asks(message: dict[str, Any]) -> tuple[str, str, str | None]:
    """Who asks, why, and for which episode; for the whole run where that is absent."""
    episode = message.get("episode")
    return (
        str(message.get("who", "somebody")),
        str(message.get("why", "")),
        None if episode is None else str(episode),
    )
