"""What one command started, from the kernel's notices to the lines the host is sent (ledger.h)."""

from typing import final

@final
class Ledger:
    """One command's programs.

    Args:
        step: The host's number for it.
        most: Programs to keep; more are counted.
        argv: What its own process is to become, each part ended by a NUL.
        directory: Where.
        flags: 1 where `argv` is not whole.
    """

    empty: bool

    def __init__(self, step: int, most: int, argv: bytes, directory: bytes, flags: int) -> None: ...
    def begin(self, pid: int, /) -> None: ...
    def go(self) -> None: ...
    def cut_short(self) -> None: ...
    def listen(self, epoll: int, listener: int, /) -> None:
        """Hear a listener, which that epoll watches, whenever it is waited for."""
    def reaped(self, pid: int, status: int, /) -> bool: ...
    def close(self) -> None: ...
    def take(self, never_was: bool, /) -> tuple[str, int]:
        """Lines (lines.c), and how many programs were left out since the last time."""

def identity(uid: int, gid: int, /) -> None:
    """Whose processes are watched."""

def wait(epoll: int, seconds: float, /) -> list[tuple[int, int]]:
    """Descriptors and events that are for no ledger; none after `seconds`, if these are not < 0."""
