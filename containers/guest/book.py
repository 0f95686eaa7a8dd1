"""What one command started: its programs, as they are told of and end."""

from __future__ import annotations

import _socket  # What socket.py adds to it costs milliseconds at every start.
import array
import os
import time
from collections.abc import Sequence

from . import notices
from .deaths import is_dead, wait_status
from .loop import READABLE, Loop
from .program import COPY, CUT, EXITED, OUTLIVED, REPLACED, RUNNING, SIGNALLED, UNSEEN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .job import Job

_MAX_ARGV = 4096
_SHORT_ARGV = 256
_MAX_TEXT = 4 << 20
"""Bytes of arguments and directories of one command's programs; after that each keeps only so
much as is short."""
_TICKS = 100
"""The kernel's clock as it tells it, in a second."""


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
        flags = CUT if len(text) > _MAX_ARGV else 0
        self._first = Program(0, 1, text[:_MAX_ARGV], os.fsencode(directory), flags, 0.0)
        self.left_out = 0
        self._step = step
        self._most = most
        self._loop = loop
        self._began = time.monotonic()
        self._programs: list[Program] = []
        self._live: dict[int, Program] = {}
        self._out: set[int] = set()
        self._kept = 0
        self._text = 0
        self._leader: Job | None = None
        self._leader_ended: float | None = None
        self._cut_short = False
        self._socket: _socket.socket | None = None
        self._listener: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more can come of it."""
        return self._listener is None and self._socket is None and not self._programs

    def invite(self) -> int:
        """The launcher's end of what its listener is handed over by; the caller's to close."""
        self._socket, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._loop.watch(self._socket.fileno(), READABLE, self._take_listener)
        return theirs.detach()

    def begin(self, leader: Job) -> None:
        """The command's own process is there, and is to become its program."""
        self._leader = leader
        self._first.pid = leader.pid
        self._add(self._first)

    def go(self) -> None:
        """It begins now, and what it takes counts from here."""
        self._began = time.monotonic()

    def cut_short(self) -> None:
        """All of it is being ended, so that nothing of it outlives the command."""
        self._cut_short = True

    def reaped(self, pid: int, status: int) -> bool:
        """A process ended with this wait status; returns whether it was one of these."""
        program = self._live.get(pid)
        if program is None:
            return False
        self._over(program, status, self._now())
        return True

    def take(self) -> list[str]:
        """Lines for the programs that ended since the last time, and that began and run."""
        for program in list(self._live.values()):
            self._look_after(program)
        lines, left = [], []
        for program in self._programs:
            if program.how == RUNNING:
                left.append(program)
                if program.told or program.place:
                    continue
            elif program is self._first and self._never_was():
                continue
            if self._outlived(program):
                program.flags |= OUTLIVED
            lines.append(program.line(self._step))
            program.told = True
        self._programs = left
        return lines

    def close(self) -> None:
        """There is nobody left to listen to."""
        self._close_socket()
        for program in list(self._live.values()):
            self._look_after(program)
            if program.how == RUNNING and program is not self._first:
                self._over(program, None, self._now())
        if self._listener is not None:
            self._loop.unwatch(self._listener)
            os.close(self._listener)
            self._listener = None

    def _never_was(self) -> bool:
        """Whether the command's own program could not be started."""
        leader = self._leader
        return leader is not None and (leader.note("exec") or leader.note("fault")) is not None

    def _now(self) -> float:
        return max(0.0, time.monotonic() - self._began)

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
                notices.begin(self._listener)
                self._loop.watch(self._listener, READABLE, self._hear)

    def _hear(self) -> None:
        assert self._listener is not None
        if not self._loop.events & READABLE:
            # It hangs up when no process is left that it could tell of. To ask it now would wait
            # for ever on some kernels.
            self.close()
            return
        leader = self._leader
        # Before anybody goes on: with its start, what one knows the launcher by is gone.
        is_launcher = leader is not None and not leader.is_program()
        limit = _MAX_ARGV if self._text < _MAX_TEXT else _SHORT_ARGV
        told = notices.next(self._listener, self._kept < self._most, limit, self._live)
        if told is None:
            return
        if told[1]:
            self._ends(told)
        elif len(told) == 3:
            self.left_out += told[0] not in self._out
            self._out.add(told[0])
        elif is_launcher and leader is not None and told[0] == leader.pid:
            # The launcher itself, at each place where its program may lie.
            if told[5] >= 0:
                os.close(told[5])
        else:
            self._starts(told)

    def _starts(self, told: notices.Start) -> None:
        _, _, pid, parent, place, fd, directory, argv, whole = told
        of = self._live.get(parent)
        if of is not None and of.place and (there := notices.place(parent)):
            self._settled(parent, there)  # What starts others is on its way no more.
        before = self._settled(pid, place)
        flags = 0 if whole else CUT
        program = Program(pid, parent, argv, directory[:_MAX_ARGV], flags, self._now())
        program.place, program.before = place, before
        if before is not None and before.fd is not None:
            program.fd = before.fd
            if fd >= 0:
                os.close(fd)
        elif fd >= 0:
            program.fd = fd
            self._loop.watch(fd, READABLE, lambda: self._look_after(self._live[pid]))
        self._add(program)

    def _ends(self, told: notices.End) -> None:
        _, _, pid, parent, place, code, peak, born = told
        if pid in self._out:
            self._out.discard(pid)
            return
        program = self._settled(pid, place)
        if program is None:
            if self._kept >= self._most:
                self.left_out += 1
                return
            program = self._copy(pid, parent, born)
            self._add(program)
        self._end(program, EXITED, self._now(), code, peak if peak >= 0 else None)

    def _copy(self, pid: int, parent: int, born: int) -> Program:
        """A process that never became a program of its own."""
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - born / _TICKS
        now = self._now()
        of = self._live.get(parent)
        argv, directory = (b"", b"") if of is None else (of.argv, of.directory)
        flags = COPY if of is None else COPY | of.flags & CUT
        return Program(pid, parent, argv, directory, flags, max(0.0, now - max(0.0, age)))

    def _settled(self, pid: int, place: int) -> Program | None:
        """What a process is, now that its place is this: the last it tried, or what it was."""
        program = self._live.get(pid)
        while program is not None and program.place:
            if program.place != place:
                self._became(program)
                break
            # It never came to be: there was no such program, or it was refused.
            self._remove(program)
            if program.before is None:
                self._let_go(program)
                del self._live[pid]
            else:
                # The one who is watched goes on: a first program was not, before it tried this.
                program.before.fd = program.fd
                self._live[pid] = program.before
            program = program.before
        return program

    def _remove(self, program: Program) -> None:
        # From the end, where it nearly always is, since there may be thousands.
        at = len(self._programs) - 1
        while self._programs[at] is not program:
            at -= 1
        del self._programs[at]
        self._kept -= 1

    def _became(self, program: Program) -> None:
        before, program.before, program.place = program.before, None, 0
        if before is not None:
            before.end(REPLACED, program.started)

    def _look_after(self, program: Program) -> None:
        """Whether it has ended without a word, as what a signal ends does."""
        if program.fd is not None and is_dead(program.fd):
            self._over(program, wait_status(program.fd, program.pid), self._now())
        elif (
            program.place
            and (place := notices.place(program.pid))
            # One that is where it was may be on its way still.
            and place != program.place
        ):
            self._became(program)

    def _over(self, program: Program, status: int | None, at: float) -> None:
        if program.place:
            self._became(program)
        if status is None:
            self._end(program, UNSEEN, at)
        elif os.WIFSIGNALED(status):
            self._end(program, SIGNALLED, at, os.WTERMSIG(status))
        else:
            self._end(program, EXITED, at, os.WEXITSTATUS(status))

    def _end(
        self,
        program: Program,
        how: str,
        at: float,
        code: int | None = None,
        peak: int | None = None,
    ) -> None:
        program.end(how, at, code, peak)
        self._let_go(program)
        self._live.pop(program.pid, None)
        if program.pid == self._first.pid:
            self._leader_ended = at

    def _let_go(self, program: Program) -> None:
        if program.fd is not None:
            self._loop.unwatch(program.fd)
            os.close(program.fd)
            program.fd = None

    def _outlived(self, program: Program) -> bool:
        end = self._leader_ended
        if end is None or self._cut_short:
            return False
        return program.ended is None or program.ended > end

    def _add(self, program: Program) -> None:
        self._programs.append(program)
        self._live[program.pid] = program
        self._kept += 1
        self._text += len(program.argv) + len(program.directory)
