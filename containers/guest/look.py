"""One look at a directory tree: what is not as it was, read only where its times are new.

What is as it was is passed over in C (tree.c), which walks. What is opened here cannot block.
"""

from __future__ import annotations

import codecs
import os
import stat
import time

# hashlib would bring OpenSSL along, and milliseconds to every start.
from _sha256 import sha256  # type: ignore[import-not-found]

from . import tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

Seen: TypeAlias = "tuple[int, int, int, int, bytes]"
"""Inode, size, time of the last change (0: to be read again), mode, and what it holds: a file's
digest where it was read to its end, a link's target."""

Status: TypeAlias = "tuple[int, int, int, int, int, int]"
"""Inode, size, time of the last change, mode, time of the content's last change, names."""

Line: TypeAlias = "list[bytes]"
"""One change, in 13 fields: what became of it (`c`, `m`, `r`), its kind (`f`, `d`, `l`, `o`), path,
size, mode in octal, time in nanoseconds, names, target, digest, digest before, sort of text (`t` or
`b`), why it has no digest (`u`: unreadable, `c`: it changed meanwhile, `n`: too much to read), and
where it is in the content that goes along."""

FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_CHUNK = 1 << 16
_TICK = 16_000_000
"""The clock for files' times stands still for up to 10 ms: what changed so shortly before it was
looked at may change again and show the same time, so it is read once more."""
_KINDS = {stat.S_IFREG: b"f", stat.S_IFDIR: b"d", stat.S_IFLNK: b"l"}


def kind_of(mode: int) -> bytes:
    """The letter of what has this mode."""
    return _KINDS.get(stat.S_IFMT(mode), b"o")


def removed(path: bytes, was: Seen) -> Line:
    """The line of what is not there any more."""
    kind = kind_of(was[3])
    before = was[4] if kind == b"f" else b""
    head = [b"r", kind, path, b"0", b"%o" % stat.S_IMODE(was[3]), b"0", b"1"]
    return [*head, b"", b"", before, b"", b"", b""]


class Look:
    """What a walk found.

    Args:
        before: What was seen at the walk before, by path.
        known: Digests of files that nobody can have written since: these are not read.
        entries: How many names to look at before it is given up.
        read: Bytes to read of all files.
        inline: Bytes of content to keep.

    Attributes:
        seen: What is there now, by path.
        lines: What changed, less what is gone.
        made: How many names were not there before.
        content: Of those that changed and fit, one after another.
        truncated: Why not all was looked at; empty where all was.
    """

    def __init__(
        self,
        before: dict[bytes, Seen],
        known: Mapping[bytes, bytes],
        *,
        entries: int,
        read: int,
        inline: int,
    ) -> None:
        self.seen: dict[bytes, Seen] = {}
        self.lines: list[Line] = []
        self.made = 0
        self.content = bytearray()
        self.truncated = ""
        self._before, self._known = before, known
        self._entries, self._left, self._room = entries, read, inline
        self._places: dict[bytes, bytes] = {}
        self._read: dict[int, tuple[bytes, bytes, bytes]] = {}
        self._fresh = time.time_ns() - _TICK

    def walk(self, root: str, uid: int, gid: int) -> None:
        """Look at everything beneath a directory, on its device, as this user.

        Raises:
            OSError: It cannot be opened or listed.
        """
        self.truncated = tree.walk(
            os.fsencode(root), uid, gid, self._before, self.seen, self._entries, self._note
        )

    def _note(self, fd: int, path: bytes, name: bytes, status: Status) -> None:
        inode, size, changed, mode, modified, links = status
        kind, was = kind_of(mode), self._before.get(path)
        target = digest = sort = why = b""
        if kind == b"l":
            try:
                target = os.readlink(name, dir_fd=fd)
            except OSError:
                return  # Gone, or no link any more.
        elif kind == b"f":
            digest, sort, why = self._content(fd, path, name, status)
        holds = target or digest
        # What is not read would be no better known for another look.
        settled = why == b"n" or (why != b"c" and changed < self._fresh)
        self.seen[path] = (inode, size, changed if settled else 0, mode, holds)
        if was is None:
            self.made += 1
        elif kind_of(was[3]) != kind:
            self.lines.append(removed(path, was))
            was = None
        elif was[3] == mode and was[4] == holds and (holds or kind != b"f"):
            return  # Touched, or written again as it was.
        of_file = kind == b"f"
        self.lines.append(
            [
                b"c" if was is None else b"m",
                kind,
                path,
                b"%d" % (size if of_file else 0),
                b"%o" % stat.S_IMODE(mode),
                b"%d" % modified,
                b"%d" % (links if of_file else 1),
                target,
                digest,
                was[4] if was is not None and of_file else b"",
                sort,
                why,
                self._places.get(digest, b"") if digest else b"",
            ]
        )

    def _content(
        self, fd: int, path: bytes, name: bytes, status: Status
    ) -> tuple[bytes, bytes, bytes]:
        """Digest, sort of text, and why there is no digest."""
        digest = self._known.get(path)
        if digest is not None:
            return digest, b"", b""
        # Another name of a file that was read a moment ago.
        found = self._read.get(status[0])
        if found is None:
            found = self._read[status[0]] = self._read_whole(fd, name, status)
        return found

    def _read_whole(self, fd: int, name: bytes, status: Status) -> tuple[bytes, bytes, bytes]:
        inode, size, *_ = status
        if size > self._left:
            return b"", b"", b"n"
        try:
            file = os.open(name, FILE, dir_fd=fd)
        except PermissionError:
            return b"", b"", b"u"
        except OSError:
            return b"", b"", b"c"
        try:
            # Else it is another thing than what was looked at: put there in between.
            if os.fstat(file).st_ino != inode:
                return b"", b"", b"c"
            return self._hash(file, status)
        except OSError:
            return b"", b"", b"c"
        finally:
            os.close(file)

    def _hash(self, file: int, status: Status) -> tuple[bytes, bytes, bytes]:
        _, expected, changed, *_ = status
        whole, start, size = sha256(), len(self.content), 0
        keeps = expected <= self._room
        decoder = codecs.getincrementaldecoder("utf-8")()
        text = True
        while size <= expected and (data := os.read(file, _CHUNK)):
            size += len(data)
            whole.update(data)
            if keeps:
                self.content += data
            if text:
                try:
                    decoder.decode(data)
                    text = b"\0" not in data
                except UnicodeDecodeError:
                    text = False
        self._left -= size
        now = os.fstat(file)
        if size != expected or now.st_ctime_ns != changed:
            del self.content[start:]
            return b"", b"", b"c"
        if text:
            try:
                decoder.decode(b"", True)
            except UnicodeDecodeError:
                text = False
        digest = whole.hexdigest().encode()
        if keeps:
            if digest in self._places:
                del self.content[start:]
            else:
                self._places[digest] = b"%d" % start
                self._room -= size
        return digest, b"t" if text else b"b", b""
