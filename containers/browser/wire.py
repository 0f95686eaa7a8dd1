"""Requests in, replies out: JSON lines on stdin and stdout, bytes in them as base64."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from typing import IO, Any

Request = dict[str, Any]
Reply = dict[str, Any]

_MAX_REQUEST = 96 << 20
"""Bytes in one request line; the host's largest is a file to upload, in base64."""


class Refused(Exception):
    """What was asked cannot be done.

    Attributes:
        code: One word for programs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def to_base64(data: bytes) -> str:
    """Bytes as the channel carries them."""
    return base64.b64encode(data).decode("ascii")


async def requests(source: IO[bytes]) -> AsyncIterator[Request]:
    """The host's requests, in order, until it has gone.

    Raises:
        ValueError: A line is too long, or no JSON.
    """
    reader = asyncio.StreamReader(limit=_MAX_REQUEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    while line := await reader.readline():
        yield json.loads(line)


def send(reply: Reply) -> None:
    """Write one reply whole; blocks while the host is behind."""
    # Escaped to ASCII: a lone surrogate of a page's own making has no UTF-8.
    view = memoryview(json.dumps(reply, separators=(",", ":")).encode("ascii") + b"\n")
    while view:
        view = view[os.write(1, view) :]
