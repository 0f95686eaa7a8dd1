"""Requests in, replies out: JSON lines on stdin and stdout, bytes in them as base64."""

from __future__ import annotations

import binascii
import os
from collections.abc import Callable, Mapping

from . import text

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself would cost the guest milliseconds at every start.
    from typing import Any, TypeAlias

MAX_REQUEST = 96 << 20
"""Bytes in one request line; the host's largest is a tar in base64."""

Request: TypeAlias = "Mapping[str, Any]"
Reply: TypeAlias = "dict[str, Any]"
Answer = Callable[[Reply], None]
"""Sends the reply to one request; called once."""

_CHUNK = 1 << 16
"""More than that the allocator would map and unmap with each read."""


class Refused(Exception):
    """What was asked cannot be done, through no doing of the agent's: a fault on the host.

    Attributes:
        code: One word for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def to_base64(data: bytes | bytearray) -> str:
    """Bytes as the channel carries them."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(encoded: str) -> bytes:
    """The bytes that `to_base64` was given."""
    return binascii.a2b_base64(encoded)


def environment_bytes(environment: Mapping[str, str]) -> dict[bytes, bytes]:
    """An environment for a child; lone surrogates stand for bytes that are not UTF-8."""
    return {os.fsencode(name): os.fsencode(value) for name, value in environment.items()}


class Wire:
    """The guest's end of the channel."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._partial = bytearray()
        self._searched = 0
        self._owed: tuple[Request, int] | None = None

    def receive(self) -> list[Request] | None:
        """The requests that have arrived whole, in order; None once the host has gone.

        One with `raw` is followed by so many bytes as they are, which become its `payload`.
        """
        data = os.read(self._source, _CHUNK)
        if not data:
            return None
        self._partial += data
        found: list[Request] = []
        while True:
            if self._owed is not None:
                request, size = self._owed
                if len(self._partial) < size:
                    return found
                found.append({**request, "payload": bytes(self._partial[:size])})
                del self._partial[:size]
                self._owed = None
                continue
            end = self._partial.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._partial)
                return None if self._searched > MAX_REQUEST else found
            line = bytes(self._partial[:end])
            del self._partial[: end + 1]
            self._searched = 0
            if line:
                request = text.loads(line.decode())
                if "raw" in request:
                    self._owed = request, min(int(request["raw"]), MAX_REQUEST)
                else:
                    found.append(request)

    def send(self, reply: Reply) -> None:
        """Write one reply whole; blocks while the host is behind."""
        view = memoryview(text.dumps(reply) + b"\n")
        while view:
            view = view[os.write(self._sink, view) :]
