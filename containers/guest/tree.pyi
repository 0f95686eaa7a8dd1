"""A walk through a directory tree that passes over what is as it was (tree.c)."""

from collections.abc import Callable

from .look import Seen, Status

def walk(
    root: bytes,
    uid: int,
    gid: int,
    before: dict[bytes, Seen],
    seen: dict[bytes, Seen],
    most: int,
    note: Callable[[int, bytes, bytes, Status], None],
    /,
) -> str:
    """Look at every name beneath a directory that is on its device.

    Args:
        root: The directory.
        uid: Who looks.
        gid: That one's group.
        before: What was seen at the walk before, by path.
        seen: Where that goes which is the same, but for `note`'s part.
        most: How many names to look at before it is given up.
        note: Called for each name that is not as it was, with its open directory, path and name;
            it tells `seen`. Parents come before what is in them.

    Returns:
        Why not all was looked at; empty where all was.

    Raises:
        OSError: The directory, or one in it, cannot be opened or listed.
    """
