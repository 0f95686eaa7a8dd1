"""One program in one process, from its start to its end, as the record has it."""

from __future__ import annotations

from .wire import to_base64

RUNNING, EXITED, SIGNALLED, REPLACED, UNSEEN = "r", "e", "s", "x", "u"
"""How a program ended: not yet; by itself; by a signal; by another in its process; unknown."""

CUT, COPY, OUTLIVED = 1, 2, 4
"""Its arguments are not whole; it is its parent still, forked; it outlived its command."""


class Program:
    """A process as long as it runs one program; one that starts another is the next.

    Attributes:
        place: Its process's place (notices.c) before it was started, by which one knows whether it
            was; 0 once that is settled.
        before: What its process was before, while that is not settled.
        fd: Its process's descriptor, which tells of its end.
        told: Whether the host knows already that it runs.
        ended: Seconds since the command began, or None.
        code: Its exit code, or the signal's number; None where it is not known.
        peak: KiB, or None.
    """

    # No dataclass: that module costs the guest ten milliseconds at every start.
    __slots__ = (
        *("argv", "before", "code", "directory", "ended", "fd", "flags", "how", "parent"),
        *("peak", "pid", "place", "started", "told"),
    )

    def __init__(
        self, pid: int, parent: int, argv: bytes, directory: bytes, flags: int, started: float
    ) -> None:
        self.pid = pid
        self.parent = parent
        self.argv = argv
        self.directory = directory
        self.flags = flags
        self.started = started
        self.place = 0
        self.before: Program | None = None
        self.fd: int | None = None
        self.told = False
        self.how = RUNNING
        self.ended: float | None = None
        self.code: int | None = None
        self.peak: int | None = None

    def end(self, how: str, at: float, code: int | None = None, peak: int | None = None) -> None:
        """It is over."""
        self.how, self.ended, self.code, self.peak = how, at, code, peak

    def line(self, step: int) -> str:
        """It as the channel carries it: words, `-` for what is not known, bytes in base64."""
        ended = "-" if self.ended is None else f"{self.ended:.6f}"
        code = "-" if self.code is None else self.code
        peak = "-" if self.peak is None else self.peak
        return (
            f"{step} {self.pid} {self.parent} {self.started:.6f} {ended} {self.how} {code} {peak}"
            f" {self.flags} {to_base64(self.directory) or '-'} {to_base64(self.argv) or '-'}"
        )
