"""One walk through a directory tree: what is not as it was, read only where its times are new.

It goes by descriptors from directory to directory and follows no link, so one that is put there
while it walks leads nowhere. What it opens cannot block.
"""

from __future__ import annotations

import codecs
import os
import stat
import time

# hashlib would bring OpenSSL along, and milliseconds to every start.
from _sha256 import sha256  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

Seen: TypeAlias = "tuple[int, int, int, int, bytes]"
"""Inode, size, time of the last change (0: to be read again), mode, and what it holds: a file's
digest where it was read to its end, a link's target."""

Line: TypeAlias = "list[bytes]"
"""One change, in 13 fields: what became of it (`c`, `m`, `r`), its kind (`f`, `d`, `l`, `o`), path,
size, mode in octal, time in nanoseconds, names, target, digest, digest before, sort of text (`t` or
`b`), why it has no digest (`u`: unreadable, `c`: it changed meanwhile, `n`: too much to read), and
where it is in the content that goes along."""

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_DEEPEST = 100
_CHUNK = 1 << 16
_TICK = 16_000_000
"""The clock for files' times stands still for up to 10 ms: what changed so shortly before it was
looked at may change again and show the same time, so it is read once more."""
_GONE = (FileNotFoundError, NotADirectoryError)
_KINDS = {stat.S_IFREG: b"f", stat.S_IFDIR: b"d", stat.S_IFLNK: b"l"}


def kind_of(mode: int) -> bytes:
    """The letter of what has this mode."""
    return _KINDS.get(stat.S_IFMT(mode), b"o")


def removed(path: str, was: Seen) -> Line:
    """The line of what is not there any more."""
    kind = kind_of(was[3])
    before = was[4] if kind == b"f" else b""
    head = [b"r", kind, os.fsencode(path), b"0", b"%o" % stat.S_IMODE(was[3]), b"0", b"1"]
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
        before: dict[str, Seen],
        known: Mapping[str, bytes],
        *,
        entries: int,
        read: int,
        inline: int,
    ) -> None:
        self.seen: dict[str, Seen] = {}
        self.lines: list[Line] = []
        self.made = 0
        self.content = bytearray()
        self.truncated = ""
        self._before, self._known = before, known
        self._entries, self._left, self._room = entries, read, inline
        self._places: dict[bytes, bytes] = {}
        self._read: dict[int, tuple[bytes, bytes, bytes]] = {}
        self._fresh = time.time_ns() - _TICK

    def walk(self, fd: int, prefix: str, device: int, depth: int = 0) -> None:
        """Look at everything beneath an open directory of this device."""
        before, seen = self._before, self.seen
        below: list[str] = []
        new: list[tuple[str, os.stat_result]] = []
        with os.scandir(fd) as names:
            for entry in names:
                try:
                    status = entry.stat(follow_symlinks=False)
                except _GONE:
                    continue
                path, mode = prefix + entry.name, status.st_mode
                was = before.get(path)
                if mode & 0o170000 == 0o040000:
                    below.append(entry.name)
                    # When it changed says only that something in it did.
                    same = was is not None and was[3] == mode
                else:
                    same = (
                        was is not None
                        and was[2] == status.st_ctime_ns
                        and was[0] == status.st_ino
                        and was[1] == status.st_size
                        and was[3] == mode
                    )
                if same:
                    seen[path] = was  # type: ignore[assignment]  # It is there where it is the same.
                else:
                    new.append((entry.name, status))
                if len(seen) + len(new) > self._entries:
                    self.truncated = f"more than {self._entries} entries"
                    break
        for name, status in new:
            self._note(fd, prefix + name, name, status)
        for name in below:
            if not self.truncated:
                self._enter(fd, prefix + name, name, device, depth + 1)

    def _enter(self, fd: int, path: str, name: str, device: int, depth: int) -> None:
        if depth > _DEEPEST:
            self.truncated = f"directories more than {_DEEPEST} deep"
            return
        try:
            inner = os.open(name, DIRECTORY, dir_fd=fd)
        except PermissionError:
            self.truncated = "a directory that the agent's user may not read"
            return
        except OSError:
            return  # Gone, or another thing by now: the next walk tells.
        try:
            if os.fstat(inner).st_dev == device:
                self.walk(inner, path + "/", device, depth)
        except PermissionError:
            self.truncated = "a directory that the agent's user may not enter"
        finally:
            os.close(inner)

    def _note(self, fd: int, path: str, name: str, status: os.stat_result) -> None:
        mode, kind, was = status.st_mode, kind_of(status.st_mode), self._before.get(path)
        target = digest = sort = why = b""
        if kind == b"l":
            try:
                target = os.fsencode(os.readlink(name, dir_fd=fd))
            except OSError:
                return  # Gone, or no link any more.
        elif kind == b"f":
            digest, sort, why = self._content(fd, path, name, status)
        holds = target or digest
        # What is not read would be no better known for another look.
        settled = why == b"n" or (why != b"c" and status.st_ctime_ns < self._fresh)
        self.seen[path] = (
            status.st_ino,
            status.st_size,
            status.st_ctime_ns if settled else 0,
            mode,
            holds,
        )
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
                os.fsencode(path),
                b"%d" % (status.st_size if of_file else 0),
                b"%o" % stat.S_IMODE(mode),
                b"%d" % status.st_mtime_ns,
                b"%d" % (status.st_nlink if of_file else 1),
                target,
                digest,
                was[4] if was is not None and of_file else b"",
                sort,
                why,
                self._places.get(digest, b"") if digest else b"",
            ]
        )

    def _content(
        self, fd: int, path: str, name: str, status: os.stat_result
    ) -> tuple[bytes, bytes, bytes]:
        """Digest, sort of text, and why there is no digest."""
        digest = self._known.get(path)
        if digest is not None:
            return digest, b"", b""
        # Another name of a file that was read a moment ago.
        found = self._read.get(status.st_ino)
        if found is None:
            found = self._read[status.st_ino] = self._read_whole(fd, name, status)
        return found

    def _read_whole(self, fd: int, name: str, status: os.stat_result) -> tuple[bytes, bytes, bytes]:
        if status.st_size > self._left:
            return b"", b"", b"n"
        try:
            file = os.open(name, FILE, dir_fd=fd)
        except PermissionError:
            return b"", b"", b"u"
        except OSError:
            return b"", b"", b"c"
        try:
            # Else it is another thing than what was looked at: put there in between.
            if os.fstat(file).st_ino != status.st_ino:
                return b"", b"", b"c"
            return self._hash(file, status)
        except OSError:
            return b"", b"", b"c"
        finally:
            os.close(file)

    def _hash(self, file: int, status: os.stat_result) -> tuple[bytes, bytes, bytes]:
        whole, start, size = sha256(), len(self.content), 0
        keeps = status.st_size <= self._room
        decoder = codecs.getincrementaldecoder("utf-8")()
        text = True
        while size <= status.st_size and (data := os.read(file, _CHUNK)):
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
        if size != status.st_size or now.st_ctime_ns != status.st_ctime_ns:
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
