"""A workspace as the launcher's `put` reads it (containers/guest/files.c)."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.files import FileChange
from episodes.workspace import RestoredWorkspace
from sandbox.boxes.changes import bytes_of

_HEADER = 64
_OWN = 0o700
"""What the agent needs of a directory while it is being filled."""


def stream_of(workspace: RestoredWorkspace) -> bytes:
    """Directories, files in the order in which they changed, links; then directories' modes."""
    return b"".join(_parts(workspace))


def known_of(workspace: RestoredWorkspace) -> bytes:
    """The path and digest of every file, which need not be read to be known."""
    return b"\0".join(
        part
        for change in workspace.files
        if change.kind == "file" and change.digest is not None
        for part in (bytes_of(change), change.digest.removeprefix("sha256:").encode())
    )


def _parts(workspace: RestoredWorkspace) -> Iterator[bytes]:
    directories = [change for change in workspace.files if change.kind == "directory"]
    for change in directories:
        yield _entry(b"D", change, change.mode | _OWN)
    # Where two show the same time, `make` goes by which was written later.
    for change in sorted(workspace.files, key=lambda one: one.modified_ns):
        if change.kind == "file":
            assert change.digest is not None
            yield _entry(b"F", change, change.mode, workspace.contents[change.digest])
        elif change.kind == "link":
            yield _entry(b"L", change, 0o777, change.target)
    for change in reversed(directories):
        if change.mode & _OWN != _OWN:
            yield _entry(b"D", change, change.mode)


def _entry(kind: bytes, change: FileChange, mode: int, data: bytes = b"") -> bytes:
    path = bytes_of(change)
    time = change.modified_ns if kind == b"F" else 0
    header = b"%s %o %d %d %d" % (kind, mode & 0o777, len(data), len(path), max(0, time))
    return header.ljust(_HEADER - 1) + b"\n" + path + data
