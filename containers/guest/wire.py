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

    def receive(self) -> list[Request] | None:
        """The requests that have arrived whole, in order; None once the host has gone."""
        data = os.read(self._source, _CHUNK)
        if not data:
            return None
        if b"\n" not in data:
            self._partial += data
            if len(self._partial) > MAX_REQUEST:
                return None
            return []
        *lines, rest = (bytes(self._partial) + data).split(b"\n")
        self._partial = bytearray(rest)
        return [text.loads(line.decode()) for line in lines if line]

    def send(self, reply: Reply) -> None:
        """Write one reply whole; blocks while the host is behind."""
        view = memoryview(text.dumps(reply) + b"\n")
        while view:
            view = view[os.write(self._sink, view) :]
