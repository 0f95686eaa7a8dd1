"""The host's end of the line to a container that asks: JSON lines over its attached stdio.

Where a guest answers, the egress proxy asks as well. It parses what hostile programs and servers
send and may have been taken over by either, so what it says is bounded before it is parsed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from containers.frames import STDERR, Frames
from episodes.errors import ChannelBroken, GuestGone

Message = dict[str, Any]

MAX_LINE = 1 << 18
"""Bytes in one line: a URL, a few headers."""
_MAX_VALUES = 4096
_MAX_STDERR = 8192
_CHUNK = 1 << 16


class Exchange:
    """One such container, as the host sees it. May be used from many threads.

    Args:
        connection: As for a `Channel`.
        name: What to call the container in errors.
        heard: Called, in the thread that reads, with each message that is no reply. Whatever it
            raises ends the exchange: what cannot be taken was not said by a container of ours.
    """

    def __init__(self, connection: Any, name: str, heard: Callable[[Message], None]) -> None:
        self._owner, self._connection = connection, getattr(connection, "_sock", connection)
        self._name, self._heard = name, heard
        self._ids = itertools.count(1)
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._waiting: dict[int, Message | None] = {}
        self._frames, self._line, self._stderr = Frames(), bytearray(), bytearray()
        self._gone: Exception | None = None
        threading.Thread(target=self._read, name=f"{name}-line", daemon=True).start()

    @property
    def gone(self) -> Exception | None:
        """What ended it; None while it lives."""
        return self._gone

    def request(self, op: str, *, timeout: float = 30.0, **arguments: Any) -> Message:
        """Orders something, and waits for the reply.

        Raises:
            GuestGone: The container ended.
            ChannelBroken: It could not do it, or did not answer in time.
        """
        with self._changed:
            number = next(self._ids)
            self._waiting[number] = None
        self.send({"id": number, "op": op, **arguments})
        with self._changed:
            self._changed.wait_for(
                lambda: self._gone is not None or self._waiting[number] is not None, timeout
            )
            reply = self._waiting.pop(number)
            if reply is None and self._gone is not None:
                raise self._gone
        if reply is None or not reply.get("ok"):
            said = "nothing in time" if reply is None else str(reply.get("message"))[:500]
            raise ChannelBroken(f"{self._name}: '{op}' was answered by {said}")
        return reply

    def send(self, message: Message) -> None:
        """Says something that needs no reply.

        Raises:
            GuestGone: The container ended.
        """
        line = json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
        with self._sending:
            if self._gone is not None:
                raise self._gone
            try:
                self._connection.sendall(line)
            except OSError as problem:
                raise self._end(str(problem)) from problem

    def close(self) -> None:
        """Hangs up: the container ends itself."""
        self._end("the line was closed")
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        # Whoever is sending is woken by this, so that the lock comes free.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with self._sending:
            for one in (self._connection, self._owner):
                with contextlib.suppress(OSError):
                    one.close()

    def _read(self) -> None:
        try:
            poll = select.poll()
            poll.register(self._connection.fileno(), select.POLLIN)
            while self._gone is None:
                poll.poll()
                data = self._connection.recv(_CHUNK)
                if not data:
                    break
                for stream, part in self._frames.split(data):
                    if stream == STDERR:
                        self._stderr += part
                        del self._stderr[:-_MAX_STDERR]
                    else:
                        self._take(part)
        except Exception as problem:  # noqa: BLE001 - with no reader all who ask would wait for ever.
            self._end(f"{type(problem).__name__}: {problem}")
        else:
            self._end("it closed the line")
        finally:
            # Here, and by nobody else: a descriptor that another closes may be some other file's by
            # the time it is waited for, and is then waited for without end.
            self._let_go()

    def _take(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole = bytes(self._line) + line
            self._line.clear()
            if len(whole) > MAX_LINE or sum(map(whole.count, (b",", b"[", b"{"))) > _MAX_VALUES:
                raise ValueError("a line that is too long")
            self._told(json.loads(whole))
        self._line += rest
        if len(self._line) > MAX_LINE:
            raise ValueError("a line that is too long")

    def _told(self, message: Any) -> None:
        if not isinstance(message, dict):
            raise TypeError("a line that is no message")
        if "id" not in message:
            self._heard(message)
            return
        with self._changed:
            number = message["id"]
            if type(number) is not int or self._waiting.get(number, message) is not None:
                raise ValueError("a reply to nothing")
            self._waiting[number] = message
            self._changed.notify_all()

    def _end(self, why: str) -> Exception:
        with self._changed:
            if self._gone is None:
                said = self._stderr.decode("utf-8", "backslashreplace").strip()
                last = f"; its last words: {said[-1000:]!r}" if said else ""
                self._gone = GuestGone(f"{self._name} is gone: {why}{last}")
            self._changed.notify_all()
            return self._gone
