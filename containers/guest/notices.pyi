"""What a listener tells; notices.c says how it is found out."""

def identity(uid: int, gid: int, /) -> None:
    """Whose processes are watched."""

def receive(listener: int, /) -> tuple[int, int, bool, int] | None:
    """What waits to be seen.

    Returns:
        Its number, the thread, whether that ends its process (with that exit code) or becomes a
        program (with its arguments at that address); None where it was killed while it waited.
    """

def let(listener: int, number: int, /) -> None:
    """Let what waits go on, as if nobody had looked."""

def starting(
    listener: int, number: int, thread: int, address: int, limit: int, /
) -> tuple[int, int, int, int, bytes, bytes, bool] | None:
    """What a thread that waits is about to become.

    Returns:
        Its parent; how many threads its process has; the place of its stack, 0 where that may not
        be known; when it was born, in hundredths of a second since the machine's start; its
        directory and its arguments, each ended by a NUL, up to `limit` bytes; and whether they
        are whole. None where it is gone.
    """

def ending(thread: int, /) -> tuple[int, int, int, int, int] | None:
    """What the process of a thread that waits was.

    Returns:
        Its pid, its parent, the place of its stack, its birth, and its peak of memory in KiB or
        -1. None where it is gone.
    """

def zombie(pid: int, /) -> int | None:
    """The wait status of a process that nobody waited for yet; None where there is none such."""
