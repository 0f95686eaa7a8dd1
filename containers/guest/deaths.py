"""How a process ended that is nobody's of ours to wait for, from its pidfd."""

from __future__ import annotations

import fcntl
import select

from . import notices

_GET_INFO = 0xC000FF0B | 64 << 16
"""PIDFD_GET_INFO, of 64 bytes."""
_EXIT = 1 << 3
"""PIDFD_INFO_EXIT: kernels from 6.15 on know it."""
_CODE = 60


def is_dead(fd: int) -> bool:
    """Whether its process has ended."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def wait_status(fd: int, pid: int) -> int | None:
    """The wait status of a process that has ended; None where nobody knows it any more."""
    for ask in (_kept_status, lambda _: notices.zombie(pid), _kept_status):
        # The kernel keeps it once somebody has waited, the zombie until then: who waits between
        # the two questions is asked after once more.
        status = ask(fd)
        if status is not None:
            return status
    return None


def _kept_status(fd: int) -> int | None:
    info = bytearray(64)
    info[:8] = _EXIT.to_bytes(8, "little")
    try:
        fcntl.ioctl(fd, _GET_INFO, info)
    except OSError:
        return None
    if not int.from_bytes(info[:8], "little") & _EXIT:
        return None
    return int.from_bytes(info[_CODE : _CODE + 4], "little", signed=True)
