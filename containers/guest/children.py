"""Starting through the launcher, and reaping: the guest is PID 1, so every orphan is its child."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Mapping, Sequence

from .wire import Refused

LAUNCH = "/longleash/bin/launch"
LISTENER_FD, GO_FD, STATE_FD, RULESET_FD, STATUS_FD = 95, 96, 97, 98, 99
"""Where the launcher finds what it is handed (launcher.h)."""

_SECONDS_TO_END = 8
"""A kill takes milliseconds; the host gives up on the guest after ten."""


class Children:
    """Every child of the guest: those it started, and the orphans it was given."""

    def __init__(self) -> None:
        self._on_end: dict[int, Callable[[int], None]] = {}
        self.on_orphan: Callable[[int, int], None] | None = None
        """Called with the pid and the wait status of each that was not started here."""
        self.reaped = 0
        self.null = os.open(os.devnull, os.O_RDONLY)
        # Taken for good, so that no pipe is ever made on a number that a child expects.
        for fd in (LISTENER_FD, GO_FD, STATE_FD, RULESET_FD, STATUS_FD):
            os.dup2(self.null, fd, inheritable=False)

    @property
    def known(self) -> set[int]:
        """The pids of those that were started here and have not ended."""
        return set(self._on_end)

    def start(
        self,
        arguments: Sequence[str | bytes],
        environment: Mapping[bytes, bytes],
        descriptors: Mapping[int, int],
        on_end: Callable[[int], None],
    ) -> int:
        """Start the launcher.

        Args:
            arguments: The launcher's own, from its MODE on.
            environment: What the launcher hands on.
            descriptors: The child's number to the guest's, for every one it gets.
            on_end: Called with the wait status, from `reap`.

        Returns:
            Its pid.

        Raises:
            OSError: No process can be started (EAGAIN at the container's limit).
        """
        # posix_spawn is a vfork: its cost does not grow with the guest's memory.
        pid = os.posix_spawn(
            LAUNCH,
            [LAUNCH, *arguments],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in descriptors.items()],
        )
        self._on_end[pid] = on_end
        return pid

    def collect(self) -> None:
        """`reap`, for who asks nothing."""
        self.reap()

    def reap(self) -> bool:
        """Collect all that have ended.

        Returns:
            Whether any child is left: where none is, no process of the agent's is either.
        """
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self.reaped += 1
            on_end = self._on_end.pop(pid, None)
            if on_end is not None:
                on_end(status)
            elif self.on_orphan is not None:
                self.on_orphan(pid, status)

    def wait_until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Reap until `done`, or for `seconds`; for the moments when nothing else may happen."""
        deadline = time.monotonic() + seconds
        pause = 0.0002
        while True:
            self.reap()
            if done():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.02)

    def wait_for(self, ended: Callable[[], bool]) -> None:
        """`wait_until` what was killed has ended.

        Raises:
            Refused: It does not: the kernel holds it.
        """
        if not self.wait_until(ended, _SECONDS_TO_END):
            raise Refused("unkillable", "processes of the agent did not end when killed")


def pipe_in() -> tuple[int, int]:
    """A pipe that the guest reads without waiting: its end, and the child's."""
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_NONBLOCK)
    return reader, writer


def pipe_out() -> tuple[int, int]:
    """A pipe that the guest writes without waiting: the child's end, and its own."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK | os.O_WRONLY)
    return reader, writer
