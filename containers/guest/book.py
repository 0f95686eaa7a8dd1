"""What one command started, and who is listened to for it."""

from __future__ import annotations

import _socket  # What socket.py adds to it costs milliseconds at every start.
import array
import os
from collections.abc import Sequence

from . import ledger
from .loop import READABLE, Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .job import Job

_MAX_ARGV = 4096
_CUT = 1


class Book:
    """One command's.

    Args:
        step: The host's number for it.
        most: Programs to keep; more are counted.
        argv: What its own process is to become.
        directory: Where.
    """

    def __init__(
        self, loop: Loop, step: int, most: int, argv: Sequence[bytes], directory: str
    ) -> None:
        text = b"".join(part + b"\0" for part in argv)
        flags = _CUT if len(text) > _MAX_ARGV else 0
        self._ledger = ledger.Ledger(step, most, text[:_MAX_ARGV], os.fsencode(directory), flags)
        self._loop = loop
        self._leader: Job | None = None
        self._socket: _socket.socket | None = None
        self._listener: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more can come of it."""
        return self._listener is None and self._socket is None and self._ledger.empty

    def invite(self) -> int:
        """The launcher's end of what its listener is handed over by; the caller's to close."""
        self._socket, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._loop.watch(self._socket.fileno(), READABLE, self._take_listener)
        return theirs.detach()

    def begin(self, leader: Job) -> None:
        """The command's own process is there, and is to become its program."""
        self._leader = leader
        self._ledger.begin(leader.pid)

    def go(self) -> None:
        """It begins now, and what it takes counts from here."""
        self._ledger.go()

    def cut_short(self) -> None:
        """All of it is being ended, so that nothing of it outlives the command."""
        self._ledger.cut_short()

    def reaped(self, pid: int, status: int) -> bool:
        """A process ended with this wait status; returns whether it was one of these."""
        return self._ledger.reaped(pid, status)

    def take(self) -> tuple[str, int]:
        """Lines for the programs that ended since the last time, and that began and run.

        Returns:
            The lines, and how many programs were left out.
        """
        return self._ledger.take(self._never_was())

    def close(self) -> None:
        """There is nobody left to listen to."""
        self._close_socket()
        self._ledger.close()
        if self._listener is not None:
            self._loop.unwatch(self._listener)
            os.close(self._listener)
            self._listener = None

    def _never_was(self) -> bool:
        """Whether the command's own program could not be started."""
        leader = self._leader
        return leader is not None and (leader.note("exec") or leader.note("fault")) is not None

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._loop.unwatch(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _take_listener(self) -> None:
        assert self._socket is not None
        size = array.array("i").itemsize
        _, messages, *_ = self._socket.recvmsg(1, _socket.CMSG_SPACE(size))
        self._close_socket()
        for level, kind, data in messages:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                self._listener = array.array("i", data)[0]
                os.set_inheritable(self._listener, False)
                # It hangs up when no process is left that it could tell of.
                self._loop.watch(self._listener, READABLE, self.close)
                self._ledger.listen(self._loop.epoll, self._listener)
