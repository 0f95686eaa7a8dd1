"""Every process there is in the container, whose it is, and how all of them are ended."""

from __future__ import annotations

import os
from collections.abc import Iterable

from . import signals
from .children import Children

_GENTLE_ROUNDS = 20
_MAX_ARGV = 4096


class Process:
    """One line of the census, from the text of /proc/PID/status.

    Attributes:
        state: The kernel's letter: R, S, D, T (stopped), Z (ended, not yet reaped).
    """

    # No dataclass: that module costs the guest ten milliseconds at every start.
    __slots__ = ("parent", "pid", "session", "state", "uid")

    def __init__(self, pid: int, status: str) -> None:
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        self.pid = pid
        self.parent = int(fields["PPid"])
        self.session = int(fields["NSsid"].split()[-1])
        self.uid = int(fields["Uid"].split()[0])
        self.state = fields["State"].split()[0]


def _read(path: str, limit: int) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(limit)


def _process(pid: int) -> Process | None:
    # status and not the directory's owner: that is root for a process which is not dumpable.
    try:
        return Process(pid, _read(f"/proc/{pid}/status", 4096).decode("ascii", "replace"))
    except OSError:
        return None


def argv_of(pid: int) -> list[str]:
    """What a process was started as, as far as it says; it can say anything."""
    try:
        data = _read(f"/proc/{pid}/cmdline", _MAX_ARGV)
    except OSError:
        return []
    return [part.decode("utf-8", "replace") for part in data.rstrip(b"\0").split(b"\0")]


class Census:
    """Who is there besides the guest.

    Args:
        children: The guest's, to reap what ends.
    """

    def __init__(self, children: Children) -> None:
        self._children = children
        self.uid = 0
        """The agent's; 0 before the guest is configured."""

    def processes(self) -> list[Process]:
        """All of the agent's that run, zombies left out."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and name != "1":
                process = _process(int(name))
                if process is not None and process.uid == self.uid and process.state != "Z":
                    found.append(process)
        return found

    def orphans(self) -> set[int]:
        """The guest's children that it did not start."""
        try:
            pids = {int(pid) for pid in _read("/proc/1/task/1/children", 1 << 20).split()}
        except FileNotFoundError:  # A kernel without CONFIG_PROC_CHILDREN.
            pids = {process.pid for process in self.processes() if process.parent == 1}
        return pids - self._children.known

    def outside(self, spared: Iterable[int]) -> list[Process]:
        """The agent's processes that do not belong to a spared one.

        A process belongs to it that descends from it or lives in its session.
        """
        roots = set(spared)
        processes = self.processes()
        parents = {process.pid: process.parent for process in processes}

        def belongs(process: Process) -> bool:
            if process.session in roots:
                return True
            pid, depth = process.pid, 0
            while pid not in roots and pid in parents and depth < len(parents):
                pid, depth = parents[pid], depth + 1
            return pid in roots

        return [process for process in processes if not belongs(process)]

    def end(self, spared: Iterable[int] = ()) -> int:
        """Kill every process of the agent's but the spared ones and theirs; certain.

        Returns:
            How many ended.

        Raises:
            Refused: Some would not end: the kernel holds them.
        """
        before = self._children.reaped
        spared = set(spared)
        if not spared:
            self._end_all()
        else:
            self._end_outside(spared)
        return self._children.reaped - before

    def _end_all(self) -> None:
        # From PID 1, -1 is every other process of the container, in one stroke that no fork
        # slips through: the kernel holds its process list still for it.
        _signal(-1, signals.SIGKILL)
        self._children.wait_for(lambda: not self._children.reap())

    def _end_outside(self, spared: set[int]) -> None:
        stopped: set[int] = set()
        for _ in range(_GENTLE_ROUNDS):
            # Stopped first: what cannot run cannot fork while the others are being killed.
            fresh = {process.pid for process in self.outside(spared)} - stopped
            if not fresh:
                break
            for pid in fresh:
                _signal(pid, signals.SIGSTOP)
            stopped |= fresh
        else:
            # Something forks and ends faster than it can be listed: stop everybody in one
            # stroke, the spared ones for a moment too.
            _signal(-1, signals.SIGSTOP)
            stopped.add(-1)
        for process in self.outside(spared):
            _signal(process.pid, signals.SIGKILL)
        if -1 in stopped:
            _signal(-1, signals.SIGCONT)
        self._children.wait_for(lambda: not self.outside(spared))


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # It ended by itself.
        return
