"""Pipes to and from a child: one that is read as long as it lasts, one that is fed."""

from __future__ import annotations

import os
from collections.abc import Callable

from .loop import READABLE, WRITABLE, Loop

_CHUNK = 1 << 16
_LAST_DRAIN = 1 << 20
"""What one pipe can hold at most; a survivor that writes on must not keep a step open."""


class Sink:
    """A pipe (or a terminal) that is read as long as it lasts."""

    def __init__(self, loop: Loop, fd: int, add: Callable[[bytes], None]) -> None:
        self._loop = loop
        self._fd = fd
        self._add = add
        self.open = True
        loop.watch(fd, READABLE, self._read)

    def _read(self) -> None:
        self.read()

    def read(self) -> bool:
        """Read once; closed at the end. Returns whether there was something."""
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # EIO: the last holder of a terminal's other side has gone.
        if data:
            self._add(data)
        else:
            self.close()
        return bool(data)

    def drain(self) -> None:
        """Read what is there now, whoever else still holds the other end."""
        taken = 0
        while self.open and taken < _LAST_DRAIN:
            try:
                data = os.read(self._fd, _CHUNK)
            except OSError:
                break
            if not data:
                break
            taken += len(data)
            self._add(data)

    def close(self) -> None:
        """Stop reading; who writes on gets SIGPIPE."""
        if self.open:
            self.open = False
            self._loop.unwatch(self._fd)
            os.close(self._fd)


class Feed:
    """Bytes for a child's stdin, written as it takes them."""

    def __init__(self, loop: Loop, fd: int, data: bytes, *, eof: bool) -> None:
        self._loop = loop
        self._fd = fd
        self._left = memoryview(data)
        self._eof = eof
        self._watching = False
        self.open = True
        self._write()

    @property
    def pending(self) -> int:
        """Bytes the child has not taken yet."""
        return len(self._left)

    def add(self, data: bytes, *, eof: bool) -> None:
        """More of it; after `eof` the child sees the end."""
        self._left = memoryview(bytes(self._left) + data)
        self._eof = self._eof or eof
        self._write()

    def _write(self) -> None:
        try:
            while self._left:
                self._left = self._left[os.write(self._fd, self._left[:_CHUNK]) :]
        except BlockingIOError:
            if not self._watching:
                self._watching = True
                self._loop.watch(self._fd, WRITABLE, self._write)
            return
        except OSError:
            self.close()  # It closed its stdin: that is its affair.
            return
        if self._watching:
            self._watching = False
            self._loop.unwatch(self._fd)
        if self._eof:
            self.close()

    def close(self) -> None:
        """Give up what is left."""
        if self.open:
            self.open = False
            self._left = memoryview(b"")
            if self._watching:
                self._loop.unwatch(self._fd)
            os.close(self._fd)
