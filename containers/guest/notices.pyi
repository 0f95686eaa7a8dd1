"""What a listener tells; notices.c says how it is found out."""

from typing import Any, Literal, TypeAlias

Start: TypeAlias = tuple[int, Literal[False], int, int, int, int, bytes, bytes, bool]
"""A thread becomes a program: the thread, False, its process, that one's parent, its place before,
a pidfd of it or -1, its directory, its arguments (each ended by a NUL), and whether these are
whole."""

Glimpse: TypeAlias = tuple[int, Literal[False], int]
"""The same where nobody looked: the thread, False, and the thread again."""

End: TypeAlias = tuple[int, Literal[True], int, int, int, int, int, int]
"""A thread ends its process: the thread, True, its process, that one's parent, its place, its exit
code, its peak of memory in KiB or -1, and when it was made, in hundredths of a second since the
machine's start (of one that is not known)."""

def identity(uid: int, gid: int, /) -> None:
    """Whose processes are watched."""

def begin(listener: int, /) -> None:
    """Make ready to be told."""

def next(  # noqa: A001
    listener: int, look: bool, limit: int, known: dict[int, Any], /
) -> Start | Glimpse | End | None:
    """What waits to be seen; it goes on as soon as it was.

    Args:
        listener: Where.
        look: Whether to look at what starts.
        limit: Bytes of arguments to take.
        known: By pid, those of which one knows when they were made.

    Returns:
        None where it was killed while it waited.
    """

def place(pid: int, /) -> int:
    """A number that is another one with each program that a process runs; 0 where unknown."""

def zombie(pid: int, /) -> int | None:
    """The wait status of a process that nobody waited for yet; None where there is none such."""
