"""Which of the container's limits was met while a command ran, as the kernel counts it."""

from __future__ import annotations

import os

_COUNTERS = (
    # What is counted, the word before the number, and where it is: of the older and the newer kind
    # of control group.
    ("memory", b"oom_kill", "/sys/fs/cgroup/memory/memory.oom_control"),
    ("memory", b"oom_kill", "/sys/fs/cgroup/memory.events"),
    ("processes", b"max", "/sys/fs/cgroup/pids/pids.events"),
    ("processes", b"max", "/sys/fs/cgroup/pids.events"),
)
_PLACES = ("/workspace", "/tmp")  # noqa: S108 - It is looked at, and not written to.


class Limits:
    """The counters, as they were when a command began."""

    def __init__(self) -> None:
        # Open for good: to open them costs each command more than to read them.
        self._files = [
            (name, word, os.open(path, os.O_RDONLY | os.O_CLOEXEC))
            for name, word, path in _COUNTERS
            if os.path.exists(path)
        ]
        self._before = self._counts()

    def begin(self) -> None:
        """A command begins."""
        self._before = self._counts()

    def met(self, *, failed: bool) -> list[str]:
        """What was met since it began.

        Returns:
            `memory`, `processes`; `disk` or `inodes` where it failed and a place of its is full.
        """
        after = self._counts()
        found = [name for name, count in after.items() if count > self._before.get(name, 0)]
        return found + (_full() if failed else [])

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name, word, file in self._files:
            try:
                lines = os.pread(file, 4096, 0).splitlines()
            except OSError:
                continue
            for line in lines:
                said, _, number = line.partition(b" ")
                if said == word and number.isdigit():
                    counts[name] = int(number)
        return counts


def _full() -> list[str]:
    found = []
    for place in _PLACES:
        try:
            status = os.statvfs(place)
        except OSError:
            continue
        if status.f_blocks and status.f_bavail == 0:
            found.append("disk")
        if status.f_files and status.f_favail == 0:
            found.append("inodes")
    return found
