"""What a guest says has changed in the workspace, read as something that may be nonsense."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from episodes.chain import digest
from episodes.files import FileChange, FileChanges, FileKind, LeftOut
from sandbox.boxes.changes import Changes, bytes_of
from sandbox.boxes.guest_calls import believed

_FIELDS = 13
_AT_ONCE = 500
_SHORTEST = 1 << 16
"""A part of a file is no smaller, unless it is its last: else a guest could be asked for ever."""
_CHANGE: dict[bytes, Literal["created", "changed", "removed"]] = {
    b"c": "created",
    b"m": "changed",
    b"r": "removed",
}
_KIND: dict[bytes, FileKind] = {b"f": "file", b"d": "directory", b"l": "link", b"o": "other"}
_WHY: dict[bytes, LeftOut] = {b"u": "unreadable", b"c": "changing", b"n": "step_bytes"}

Ask = Callable[[Sequence[str], int], Mapping[str, Any]]
"""Asks the guest for `contents`: paths in base64, and where in the first one to begin."""


def changes_of(found: Any, ask: Ask) -> Changes:
    """Reads what the guest found.

    Args:
        found: `files` of its reply.
        ask: For contents that did not come along.

    Raises:
        ChannelBroken: It is nothing that a guest says.
    """
    with believed():
        packed = base64.b64decode(found.get("changes", ""), validate=True)
        content = base64.b64decode(found.get("content", ""), validate=True)
        parts = packed.split(b"\0") if packed else []
        if len(parts) % _FIELDS:
            raise ValueError("lines that are not whole")
        texts: set[str] = set()
        contents: dict[str, bytes] = {}
        listed = []
        for at in range(0, len(parts), _FIELDS):
            line = parts[at : at + _FIELDS]
            change = _change(line)
            listed.append(change)
            if change.digest is None:
                continue
            if line[10] == b"t":
                texts.add(change.digest)
            if line[12]:
                contents[change.digest] = _piece(content, int(line[12]), change)
        files = FileChanges(
            changes=tuple(sorted(listed, key=_order)),
            entries=found["entries"],
            unlisted=found.get("unlisted", 0),
            truncated=str(found.get("truncated", ""))[:200],
        )
    return Changes(files, frozenset(texts), contents, lambda wanted: dict(_fetched(wanted, ask)))


def _change(line: list[bytes]) -> FileChange:
    path = line[2]
    if not path or {b"", b".", b".."} & set(path.split(b"/")):
        raise ValueError(f"{path!r} is no path in the workspace")
    try:
        text, raw = path.decode(), None
    except UnicodeDecodeError:
        text, raw = path.decode("utf-8", "backslashreplace"), path
    return FileChange(
        path=text,
        raw=raw,
        change=_CHANGE[line[0]],
        kind=_KIND[line[1]],
        size=int(line[3]),
        mode=int(line[4], 8),
        modified_ns=int(line[5]),
        links=int(line[6]),
        target=line[7],
        digest=_digest(line[8]),
        before=_digest(line[9]),
        left_out=_WHY[line[11]] if line[11] else None,
    )


def _digest(found: bytes) -> str | None:
    return f"sha256:{found.decode('ascii')}" if found else None


def _piece(content: bytes, at: int, change: FileChange) -> bytes:
    piece = content[at : at + change.size]
    if digest(piece) != change.digest:
        raise ValueError(f"a content of {change.path!r} that is not its own")
    return piece


def _order(change: FileChange) -> tuple[bool, bytes]:
    return change.change != "removed", bytes_of(change)


def _fetched(wanted: Sequence[FileChange], ask: Ask) -> Iterator[tuple[str, bytes]]:
    at, held = 0, b""
    while at < len(wanted):
        some = wanted[at : at + _AT_ONCE]
        names = [base64.b64encode(bytes_of(change)).decode() for change in some]
        parts = _parts(ask(names, len(held)), len(some))
        for change, part in zip(some, parts, strict=False):
            held += part
            if len(held) < change.size and len(part) >= _SHORTEST:
                break  # The next answer goes on with it.
            if digest(held) == change.digest:
                yield change.digest, held
            at, held = at + 1, b""


def _parts(reply: Mapping[str, Any], most: int) -> list[bytes]:
    with believed():
        parts = [base64.b64decode(part, validate=True) for part in reply["parts"]]
        if not 0 < len(parts) <= most:
            raise ValueError(f"{len(parts)} contents where {most} were asked for")
    return parts
