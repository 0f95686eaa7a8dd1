"""`resolve`: the canonical path of a name, as the agent would meet it. Nothing is opened."""

from __future__ import annotations

import errno
import os
import stat

from .settings import Settings
from .wire import Refused, Reply, Request

_MAX_LINKS = 40
"""As many as the kernel follows."""
_DENIED = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG)


def resolve(request: Request, settings: Settings) -> Reply:
    """Answer a `resolve` request."""
    cwd: str = request["cwd"]
    if not cwd.startswith("/"):
        raise Refused("bad_request", "resolve: `cwd` must be absolute")
    with settings.as_agent():
        found = [canonical(os.path.join(cwd, path)) for path in request["paths"]]
    return {"paths": [{"path": path, "kind": kind} for path, kind in found]}


def canonical(path: str) -> tuple[str, str]:
    """Follow every link of an absolute path, as the calling uid can.

    Returns:
        The path without links, `.` or `..`, and its kind: `file`, `directory`, `other`, `missing`
        (the last component, or one before it, does not exist; what follows is taken as written),
        or `denied` (not the agent's to look into, a loop of links, or a name through /proc that
        means another place for each process that says it).
    """
    if "\0" in path:
        return path.split("\0")[0], "denied"
    parts = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    at, kind, links = "/", "directory", 0
    while parts:
        part = parts.pop()
        if part == "..":
            if kind == "missing":
                # The kernel would stop at the missing one; going on could name another file.
                return at, "denied"
            at = os.path.dirname(at)
            continue
        at = os.path.join(at, part)
        if kind == "missing":
            continue
        try:
            mode = os.lstat(at).st_mode
        except (FileNotFoundError, NotADirectoryError):
            kind = "missing"
            continue
        except OSError as error:
            if error.errno not in _DENIED:
                raise
            return _rest(at, parts), "denied"
        if not stat.S_ISLNK(mode):
            kind = _kind(mode)
            continue
        links += 1
        if at.startswith("/proc/") or links > _MAX_LINKS:
            # "self" is the guest here and the command there; a magic link leads out of the tree.
            return _rest(at, parts), "denied" if parts or links > _MAX_LINKS else "other"
        target = os.readlink(at)
        at = "/" if target.startswith("/") else os.path.dirname(at)
        parts.extend(part for part in reversed(target.split("/")) if part not in ("", "."))
        kind = "directory"
    return at, kind


def _rest(at: str, parts: list[str]) -> str:
    return os.path.join(at, *reversed(parts)) if parts else at


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    return "directory" if stat.S_ISDIR(mode) else "other"
