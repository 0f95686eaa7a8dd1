"""Which programs a step started, as the kernel told of them.

For the record, and never shown to the agent. Each is looked at before it starts, and another thread
of its process may change its arguments meanwhile: this says what happened, and holds nobody.
"""

from __future__ import annotations

from typing import Literal

from episodes.record import Count, Record, Seconds

ProcessEnd = Literal["exited", "signalled", "replaced", "unseen"]
"""By itself; by a signal; by becoming another program, which is an entry of its own; or without
anybody seeing how."""


class Process(Record):
    """One program in one process, from its start to its end."""

    pid: Count
    """Its process, inside the container."""
    parent: Count
    """The process that it came from; 1 for the step's own."""
    step: Count | None = None
    """The step that started it, where that is an earlier one."""
    argv: tuple[str, ...] = ()
    """What it was started with; bytes that are not UTF-8 as `\\xNN`."""
    cut: bool = False
    """Whether more than that was there, or it could not be read."""
    copied: bool = False
    """Whether it is a process that runs its parent's program on, and never started another."""
    cwd: str | None = None
    """Where it was started; absent where that could not be read."""
    started: Seconds
    """When, counted from the beginning of the step that started it."""
    ended: Seconds | None = None
    """When it ended, counted likewise; absent where it ran on. Where nobody saw how, when that was
    noticed."""
    end: ProcessEnd | None = None
    """How it ended; absent where it ran on, until a later step's record says so."""
    exit_code: int | None = None
    """Its exit code, where it ended by itself."""
    signal: int | None = None
    """The signal that ended it; absent, too, where that was not seen in time."""
    peak_bytes: Count | None = None
    """The most memory that it took; known where it ended by itself."""
    outlived: bool = False
    """Whether it ran on when the command that started it had ended by itself."""


class Processes(Record):
    """All that a step started, and what earlier ones had started that ended meanwhile."""

    programs: tuple[Process, ...] = ()
    """In the order in which they were started."""
    left_out: Count = 0
    """How many more programs were started than the policy keeps on record."""
