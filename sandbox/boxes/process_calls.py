"""What the guest says of the processes that a step started."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from episodes.processes import Process, ProcessEnd, Processes

_CUT, _COPY, _OUTLIVED = 1, 2, 4
_ENDS: dict[str, ProcessEnd | None] = {
    "r": None,
    "e": "exited",
    "s": "signalled",
    "x": "replaced",
    "u": "unseen",
}
_FIELDS = 11


def processes_of(reply: Mapping[str, Any], step: int, most: int) -> Processes | None:
    """The processes in an answer of the guest's; None where nothing is recorded.

    Args:
        reply: The answer.
        step: The step that is under way.
        most: How many a step may have on record.

    Raises:
        Exception: They are none; see `guest_calls.believed`.
    """
    found = reply.get("processes")
    if found is None:
        return None
    lines, left_out = found["lines"].splitlines(), found["left_out"]
    if type(left_out) is not int or left_out < 0:
        raise TypeError("a number of processes that is none")
    # What earlier steps started is told of again when it ends.
    programs = [_process(line, step) for line in lines[: 2 * most]]
    return Processes(
        programs=tuple(sorted(programs, key=lambda program: program.step is None)),
        left_out=left_out + max(0, len(lines) - 2 * most),
    )


def _process(line: str, now: int) -> Process:
    words = line.split(" ")
    if len(words) != _FIELDS:
        raise ValueError("a process that is none")
    step, pid, parent, started, ended, how, code, peak, flags, cwd, argv = words
    end, number = _ENDS[how], None if code == "-" else int(code)
    arguments = b"" if argv == "-" else base64.b64decode(argv)
    marks = int(flags)
    return Process(
        pid=int(pid),
        parent=int(parent),
        step=None if int(step) == now else int(step),
        argv=tuple(_text(part) for part in arguments.removesuffix(b"\0").split(b"\0"))
        if arguments
        else (),
        cut=bool(marks & _CUT),
        copied=bool(marks & _COPY),
        cwd=None if cwd == "-" else _text(base64.b64decode(cwd)),
        started=float(started),
        ended=None if ended == "-" else float(ended),
        end=end,
        exit_code=number if end == "exited" else None,
        signal=number if end == "signalled" else None,
        peak_bytes=None if peak == "-" else int(peak) * 1024,
        outlived=bool(marks & _OUTLIVED),
    )


def _text(data: bytes) -> str:
    return data.decode(errors="backslashreplace")
