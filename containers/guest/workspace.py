"""`look`, `contents` and `restore`: what changed in the workspace, and how it is made as it was.

Looking is done as the agent and never as root: what its user may not read is not read. What is
found goes to the host alone; a request of the agent's never leads here.
"""

from __future__ import annotations

import os
import stat

from .files import Files
from .look import FILE, Look, removed
from .settings import Settings
from .steps import Steps
from .wire import Answer, Refused, Reply, Request, from_base64, to_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .look import Seen

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_GIVEN = 1 << 20
"""Bytes in one answer: the guest shares the container's memory with what the agent left in it."""

_LEAST_GIVEN = 1 << 16
"""A part of a file is no smaller, unless it is the file's last."""


class Workspace:
    """One directory tree, as it was when it was last looked at.

    Args:
        request: `root`, and the most of everything: `entries` to look at, `changes` to list,
            `read` bytes to read of what changed, `inline` bytes of content to give along.
        settings: Who the agent is.
    """

    def __init__(self, request: Request, settings: Settings) -> None:
        self._settings = settings
        self._root: str = request["root"]
        self._limits = {name: int(request[name]) for name in ("entries", "read", "inline")}
        self._most_lines = int(request["changes"])
        self._seen: dict[bytes, Seen] = {}

    def look(self, known: Mapping[bytes, bytes] | None = None) -> Reply:
        """What is not as it was at the look before; the first one finds all of it new.

        Args:
            known: As for `Look`.

        Returns:
            `entries` that the workspace holds. Where any changed, `changes`, the fields of their
            lines one after another, and `content` for those that say where they are in it. Where
            not all is told, `unlisted` (changes) or `truncated` (why).
        """
        before, look = self._seen, Look(self._seen, known or {}, **self._limits)
        try:
            look.walk(self._root, self._settings.uid, self._settings.gid)
        except OSError as error:
            # Said and not raised: the step was done, and what it printed is not lost for this.
            look.truncated = f"the workspace cannot be looked at: {error.strerror}"
        self._seen = look.seen
        lines = look.lines
        if not look.truncated and len(before) + look.made != len(look.seen):
            gone = sorted(before.keys() - look.seen.keys())
            lines = [removed(path, before[path]) for path in gone] + lines
        reply: Reply = {"entries": len(look.seen)}
        if look.truncated:
            reply["truncated"] = look.truncated
        if len(lines) > self._most_lines:
            reply["unlisted"] = len(lines) - self._most_lines
            del lines[self._most_lines :]
        if lines:
            # One text: a name may hold hundreds of commas, and the host counts those of a line.
            reply["changes"] = to_base64(b"\0".join(part for line in lines for part in line))
            reply["content"] = to_base64(look.content)
        return reply

    def contents(self, request: Request) -> Reply:
        """Answer a `contents` request: files by `paths`, the first of them from `offset` on.

        Returns:
            `parts` of as many as fit, in order; one that cannot be read is empty.
        """
        left, offset = _MOST_GIVEN, int(request["offset"])
        parts: list[str] = []
        with self._settings.as_agent():
            for encoded in request["paths"]:
                if left < _LEAST_GIVEN:
                    break
                try:
                    data = self._part(from_base64(encoded), offset, left)
                except OSError:
                    data = b""  # Gone, or closed by now; who asks knows how much there was.
                parts.append(to_base64(data))
                left -= len(data)
                offset = 0
        return {"parts": parts}

    def restore(self, request: Request, files: Files, steps: Steps, answer: Answer) -> None:
        """Answer a `restore` request, before anything of the agent's has run.

        What comes along is what the launcher's `put` takes; `known` is the path and digest of each
        file in it, `cwd` and `env` what the next command starts with. The reply is that of a look.
        """
        fields = from_base64(request["known"]).split(b"\0")
        known = dict(zip(fields[0::2], fields[1::2], strict=False))

        def done() -> None:
            steps.cwd = request["cwd"]
            steps.environment = {**request["env"], "PATH": self._settings.path}
            answer({"files": self.look(known)})

        files.put_stream(request, self._settings, answer, done)

    def _part(self, path: bytes, offset: int, most: int) -> bytes:
        *above, name = path.split(b"/")
        if {b"", b".", b".."} & {*above, name}:
            raise Refused("bad_request", f"contents: {path!r} is no path in the workspace")
        at = os.open(self._root, _DIRECTORY)
        try:
            for part in above:
                inner = os.open(part, _DIRECTORY, dir_fd=at)
                os.close(at)
                at = inner
            file = os.open(name, FILE, dir_fd=at)
        finally:
            os.close(at)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return b""
            os.lseek(file, offset, os.SEEK_SET)
            data = bytearray()
            while len(data) < most and (got := os.read(file, most - len(data))):
                data += got
            return bytes(data)
        finally:
            os.close(file)
