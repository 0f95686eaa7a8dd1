"""The host's end of the line to a guest: JSON lines over a container's attached stdio.

Nothing the guest says is believed. It runs beside an agent that may have taken it over, so what
arrives is bounded in size and in structure before it is parsed, every reply must answer a request
that waits for one, and every wait has an end.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import threading
import time
from typing import Any, Protocol

from containers.frames import STDERR, Frames
from episodes.errors import ChannelBroken, GuestGone

Reply = dict[str, Any]

MAX_LINE = 64 << 20
"""Bytes in one line from a guest. The largest that is meant is a file in base64."""
_MAX_VALUES = 200_000
"""Values in one line: small ones cost fifty times their text in memory once parsed."""
_MAX_STDERR = 8192
_CHUNK = 1 << 18
_POLL = select.POLLIN


class Connection(Protocol):
    """What a channel needs of a socket; `socket.socket` and TLS ones have it."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def recv(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""

    def fileno(self) -> int:
        """The descriptor, to wait on."""

    def close(self) -> None:
        """Close."""


class Channel:
    """One guest, as the host sees it. Requests may come from several threads.

    Args:
        connection: A socket over which Docker attaches stdin, stdout and stderr, without a
            terminal. What docker-py's `attach_socket` returns is taken as it is. Attach before the
            container starts, or what the guest says first is lost.
        name: What to call the guest in errors, a container's name for instance.
        max_line: Bytes in one reply before the guest is given up.
    """

    def __init__(self, connection: Any, *, name: str = "guest", max_line: int = MAX_LINE) -> None:
        # docker-py wraps the socket in a file object that would buffer; the socket is inside.
        self._owner = connection
        self._connection: Connection = getattr(connection, "_sock", connection)
        self._name = name
        self._max_line = max_line
        self._ids = itertools.count(1)
        self._poll = select.poll()
        self._poll.register(self._connection.fileno(), _POLL)
        self._sending = threading.Lock()
        # Held by the one thread that reads; the others wait for it to hand them their reply.
        self._changed = threading.Condition()
        self._reading = False
        self._waiting: dict[int, Reply | None] = {}
        self._broken: Exception | None = None
        self._frames = Frames()
        self._line = bytearray()
        self._stderr = bytearray()

    @property
    def stderr(self) -> str:
        """The end of what the guest wrote to stderr; hostile text, for a fault's cause only."""
        return self._stderr.decode("utf-8", "backslashreplace")

    def request(self, op: str, *, timeout: float = 30.0, **arguments: Any) -> Reply:
        """Ask, and wait for the answer.

        Args:
            op: The operation.
            timeout: Seconds until the guest is given up. For an operation that waits for
                something itself, this is what is granted on top by the caller.
            arguments: The operation's own; bytes as base64, but for `payload`, which goes as it is.

        Returns:
            The reply. `ok` says whether it was done; where it was not, `error` is a word for
            programs and `message` a sentence, and the caller knows which are the agent's doing.

        Raises:
            GuestGone: The guest ended.
            ChannelBroken: It said something that is no answer, or nothing in time.
        """
        number = self.send(op, **arguments)
        return self.receive(number, timeout=timeout)

    def send(self, op: str, **arguments: Any) -> int:
        """Ask and do not wait.

        Returns:
            The request's id, which `receive` takes; each sent request must be received.
        """
        with self._changed:
            number = next(self._ids)
            self._waiting[number] = None
        self._send({"id": number, "op": op, **arguments})
        return number

    def go(self, target: int) -> None:
        """Let a `run` begin that was sent with `hold`; its own reply is the answer."""
        self._send({"id": next(self._ids), "op": "go", "target": target})

    def cancel(self, target: int | None = None, *, timeout: float = 30.0) -> bool:
        """End a running command, from any thread; its own reply then says `cancelled`.

        Args:
            target: The id of its request; whichever runs, where not given.
            timeout: Seconds until the guest is given up.

        Returns:
            Whether that command was running.
        """
        return bool(self.request("cancel", target=target, timeout=timeout).get("cancelled"))

    def close(self) -> None:
        """Hang up. A guest whose host hangs up kills all it started, and ends."""
        self._break(GuestGone(f"{self._name}: the channel was closed"))
        with contextlib.suppress(OSError):
            if isinstance(self._connection, socket.socket):
                self._connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._connection.close()
        if self._owner is not self._connection:
            with contextlib.suppress(OSError):
                self._owner.close()

    def _send(self, request: dict[str, Any]) -> None:
        line = _line(request)
        with self._sending:
            if self._broken is not None:
                raise self._broken
            try:
                self._connection.sendall(line)
            except OSError as error:
                self._hear_last_words()
                raise self._break(self._gone(f"it stopped listening ({error})")) from error

    def _hear_last_words(self) -> None:
        """Take what a guest that ended had still said; its stderr is the cause that is known."""
        with self._changed:
            if self._reading:
                return  # Whoever reads hears them.
            self._reading = True
        try:
            while self._poll.poll(0) and (data := self._connection.recv(_CHUNK)):
                self._take(data)
        except (OSError, ChannelBroken):
            return
        finally:
            with self._changed:
                self._reading = False
                self._changed.notify_all()

    def receive(self, number: int, *, timeout: float = 30.0) -> Reply:
        """The answer to a request that was sent; raises what `request` raises."""
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                reply = self._waiting.get(number)
                if reply is not None:
                    del self._waiting[number]
                    return reply
                if self._broken is not None:
                    raise self._broken
                if self._reading:
                    if not self._changed.wait(deadline - time.monotonic()):
                        raise self._late(timeout)
                    continue
                self._reading = True
            try:
                self._read(number, deadline, timeout)
            finally:
                with self._changed:
                    self._reading = False
                    self._changed.notify_all()

    def _read(self, number: int, deadline: float, timeout: float) -> None:
        while self._waiting.get(number) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                raise self._late(timeout)
            try:
                data = self._connection.recv(_CHUNK)
            except OSError as error:
                raise self._break(self._gone(str(error))) from error
            if not data:
                raise self._break(self._gone("it closed the line"))
            self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            for stream, part in self._frames.split(data):
                if stream == STDERR:
                    self._stderr += part
                    del self._stderr[:-_MAX_STDERR]
                else:
                    self._take_stdout(part)
        except ValueError as error:
            raise self._break(self._nonsense(str(error))) from error

    def _take_stdout(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for line in lines:
            whole = bytes(self._line) + line if self._line else line
            self._line.clear()
            self._take_line(whole)
        self._line += rest
        if len(self._line) > self._max_line:
            raise self._break(self._nonsense(f"a line of more than {self._max_line} bytes"))

    def _take_line(self, line: bytes) -> None:
        if len(line) > self._max_line:
            raise self._break(self._nonsense(f"a line of more than {self._max_line} bytes"))
        if _has_too_many_values(line):
            raise self._break(self._nonsense(f"a line of more than {_MAX_VALUES} values"))
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._break(self._nonsense(f"a line that is not JSON ({error})")) from error
        number = reply.get("id") if isinstance(reply, dict) else None
        if type(number) is not int or not isinstance(reply.get("ok"), bool):
            raise self._break(self._nonsense("a reply without `id` and `ok`"))
        with self._changed:
            if self._waiting.get(number, reply) is not None:
                raise self._break(self._nonsense(f"a reply to request {number}, which is not open"))
            self._waiting[number] = reply
            self._changed.notify_all()

    def _break(self, error: Exception) -> Exception:
        """Remember the first thing that went wrong: every later request meets it too."""
        with self._changed:
            if self._broken is None:
                self._broken = error
            self._changed.notify_all()
            return self._broken

    def _gone(self, what: str) -> GuestGone:
        said = f"; its last words: {self.stderr.strip()!r}" if self._stderr else ""
        return GuestGone(
            f"{self._name} ended: {what}{said}. See `docker inspect` of the container for its "
            "exit code and whether memory ran out"
        )

    def _nonsense(self, what: str) -> ChannelBroken:
        return ChannelBroken(f"{self._name} sent {what}; it is given up as taken over or damaged")

    def _late(self, timeout: float) -> Exception:
        # A reply that comes later would be taken for another's, were the channel used on.
        return self._break(
            ChannelBroken(f"{self._name} did not answer within {timeout:g} s; it is given up")
        )


def _has_too_many_values(line: bytes) -> bool:
    if _marks(line) <= _MAX_VALUES:
        return False
    # A variable or a path of the agent's may hold any number of commas, and is one value.
    bare = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    # A value has a name beside it at most: what has more quotes than that is not worth splitting.
    if bare.count(b'"') > 4 * _MAX_VALUES:
        return True
    return sum(map(_marks, bare.split(b'"')[::2])) > _MAX_VALUES


def _marks(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def _line(request: dict[str, Any]) -> bytes:
    """A request as it is sent: a line, and after it what comes along as it is."""
    payload = request.pop("payload", None)
    if payload is not None:
        # Base64 in JSON would cost both ends more than all else that is done with it.
        request["raw"] = len(payload)
    line = json.dumps(request, separators=(",", ":")).encode("ascii") + b"\n"
    return line if payload is None else line + payload
