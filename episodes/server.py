"""The writer's socket: how another process adds to a log that a run holds, or asks it to stop."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from episodes.chain import ANNOTATIONS, digest
from episodes.entries import BODY, Body, Entry, Noted, Probed, StopAsked, Tagged, Voted
from episodes.errors import LongleashError

Handler = Callable[[dict[str, Any]], dict[str, Any]]
"""Gets a message, returns what to answer."""

MESSAGE_BYTES = 4 * 1024 * 1024
"""A longer message is refused: nobody may make the writer hold more."""

_CLIENTS = 16
_PATIENCE_SECONDS = 10.0
_NAME_BYTES = 80
# What others may add; a run's own entries come from the process that holds the log.
_FROM_OUTSIDE = (Tagged, Voted, Noted, Probed, StopAsked)


def socket_of(log: Path) -> Path:
    """The socket that a log's writer serves, beside the log."""
    name = log.name + ".sock"
    if len(os.fsencode(name)) > _NAME_BYTES:
        name = f".{digest(os.fsencode(log.name))[7:39]}.sock"
    return log.with_name(name)


@contextlib.contextmanager
def address_of(log: Path) -> Iterator[str]:
    """The socket's address, short enough for the kernel (108 bytes) however deep the log lies."""
    folder = os.open(log.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{socket_of(log).name}"
    finally:
        os.close(folder)


def read_line(connection: socket.socket, limit: int, seconds: float) -> bytes:
    """One line, its end included.

    Args:
        connection: Where it comes from; one line is asked for before the next is sent.
        limit: The most bytes it may have.
        seconds: The time that all of it may take.

    Returns:
        The line; cut where it was too long or the other side ended, so with no line end.

    Raises:
        OSError: It did not come in time, or the connection broke.
    """
    deadline = time.monotonic() + seconds
    line = bytearray()
    while not line.endswith(b"\n") and len(line) <= limit:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        part = connection.recv(65536)
        if not part:
            break
        line += part
    return bytes(line)


class Server:
    """Answers JSON lines on a log's socket, each client in a thread of its own.

    Args:
        log: The log, whose lock the caller holds.
        append: Adds bodies to a chain and returns once they are durable.
    """

    def __init__(self, log: Path, append: Callable[..., tuple[Entry, ...]]) -> None:
        self.handlers: dict[str, Handler] = {
            "append": self._append,
            "status": lambda _: {"pid": os.getpid()},
        }
        self._path = socket_of(log)
        self._to_chain = append
        self._places = threading.BoundedSemaphore(_CLIENTS)
        self._clients: dict[socket.socket, threading.Thread] = {}
        self._closing = threading.Event()
        # Whoever held the log before is gone: we hold its lock.
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # Before it listens, nobody can connect; so there is no moment with a wider mode.
            os.fchmod(self._socket.fileno(), 0o600)
            with address_of(log) as address:
                self._socket.bind(address)
            self._path.chmod(0o600)
            self._socket.listen(4 * _CLIENTS)
        except BaseException:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._accept, name="log-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Takes no more clients and removes the socket."""
        self._closing.set()
        self._path.unlink(missing_ok=True)
        clients = dict(self._clients)
        # shutdown wakes accept and recv; close alone would leave the threads in them.
        for end in (self._socket, *clients):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        for thread in clients.values():
            thread.join(_PATIENCE_SECONDS)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                # Out of file descriptors, or closing: the one passes, the other ends the loop.
                self._closing.wait(0.1)
                continue
            if not self._places.acquire(blocking=False):
                self._turn_away(client)
                continue
            thread = threading.Thread(
                target=self._serve, args=(client,), name="log-client", daemon=True
            )
            self._clients[client] = thread
            thread.start()

    def _turn_away(self, client: socket.socket) -> None:
        client.setblocking(False)
        with client, contextlib.suppress(OSError):
            client.sendall(to_json(_refused("LogBusy", "its writer has too many clients")) + b"\n")

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                while line := read_line(client, MESSAGE_BYTES, _PATIENCE_SECONDS):
                    client.settimeout(_PATIENCE_SECONDS)
                    client.sendall(to_json(self._answer(line)) + b"\n")
                    if not line.endswith(b"\n"):
                        return
        except OSError:
            # A client that is slow or gone is its own loss.
            return
        finally:
            self._clients.pop(client, None)
            self._places.release()

    def _answer(self, line: bytes) -> dict[str, Any]:
        if not line.endswith(b"\n"):
            return _refused("UsageError", f"a message is one line of at most {MESSAGE_BYTES} bytes")
        try:
            message = from_json(line)
            handler = self.handlers[message["op"]]
        except (ValueError, KeyError, TypeError):
            return _refused(
                "UsageError", f"a message is a JSON object whose op is one of {list(self.handlers)}"
            )
        try:
            return {"ok": True, **handler(message)}
        except LongleashError as problem:
            return _refused(type(problem).__name__, str(problem))
        except (ValidationError, ValueError, KeyError, TypeError) as problem:
            return _refused("UsageError", str(problem))

    def _append(self, message: dict[str, Any]) -> dict[str, Any]:
        bodies: list[Body] = [BODY.validate_json(to_json(body)) for body in message["bodies"]]
        for body in bodies:
            if not isinstance(body, _FROM_OUTSIDE):
                raise ValueError(f"{body.kind!r} is for the run itself to write")
        entries = self._to_chain(str(message.get("chain", ANNOTATIONS)), *bodies)
        return {"entries": [entry.model_dump(mode="json", exclude={"body"}) for entry in entries]}


def _refused(error: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": error, "message": message}
