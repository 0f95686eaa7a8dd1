"""The processes of a step as lines for a person, each under the one that started it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from episodes.processes import Process, Processes

_DEEPEST = 12


def process_lines(processes: Processes) -> Iterator[str]:
    """One line a program: its pid, what it was started with, and how it ended.

    The text is the agent's: make each a `safe_line` before it reaches a terminal or a page.
    """
    depths: dict[int, int] = {}
    for process in processes.programs:
        # A process that becomes another program stays where it is.
        depth = depths.get(process.pid, depths.get(process.parent, -1) + 1)
        depths[process.pid] = depth
        yield f"{'  ' * min(depth, _DEEPEST)}{process.pid} {_command(process)} ({_end(process)})"
    if processes.left_out:
        yield f"and {processes.left_out} more, which the policy does not keep"


def _command(process: Process) -> str:
    if process.copied:
        return "a copy of its parent" if process.argv else "a copy of another process"
    said = shlex.join(process.argv) if process.argv else "a program whose name could not be read"
    return said + (" [...]" if process.cut else "")


def _end(process: Process) -> str:
    parts = [_how(process)]
    if process.ended is not None:
        parts.append(f"{(process.ended - process.started) * 1000:.0f} ms")
    if process.peak_bytes is not None:
        parts.append(f"{process.peak_bytes / 1e6:.1f} MB")
    if process.cwd is not None and not process.copied:
        parts.append(f"in {process.cwd}")
    if process.step is not None:
        parts.append(f"started in step {process.step}")
    if process.outlived:
        parts.append("outlived its command")
    return ", ".join(parts)


def _how(process: Process) -> str:
    match process.end:
        case "exited":
            return f"exit {process.exit_code}"
        case "signalled":
            return f"signal {process.signal}"
        case "replaced":
            return "became the next"
        case "unseen":
            return "ended, nobody saw how"
    return "ran on"
