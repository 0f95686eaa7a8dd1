"""Paths inside a container, in one canonical form, from their text alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

ROOT = PurePosixPath("/")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# Below these, a name leads to wherever a process has its root, its directory or a file open.
_DETOUR = re.compile(
    r"/proc/[^/]+(?:/task/[^/]+)?/(?:root|cwd|exe|fd|map_files|fdinfo)(?:/|\Z)|/dev/fd(?:/|\Z)"
)


def canonical(path: str | PurePosixPath, cwd: PurePosixPath = ROOT) -> PurePosixPath:
    """Gives the absolute path that `path` names if no part of it is a symbolic link.

    Args:
        path: Absolute, or relative to `cwd`.
        cwd: An absolute path.

    Returns:
        An absolute path with no `.`, no `..` and no doubled slash. Canonical paths stay as they
        are.

    Raises:
        ValueError: The path is empty, holds control characters or a half of a surrogate pair, or
            goes by way of `/proc/<process>/root` or the like, which lead anywhere.
    """
    text = str(path)
    if not text:
        raise ValueError("the path is empty; name a file")
    if _CONTROL.search(text):
        raise ValueError("the path holds control characters; name a file without them")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the path is not UTF-8; name a file that is") from None
    parts: list[str] = []
    for part in (*cwd.parts[1:], *text.split("/")) if text[0] != "/" else text.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
        if part in ("root", "cwd", "exe", "fd", "map_files", "fdinfo"):
            # Checked on the way, not at the end: `..` behind a detour does not undo it.
            _refuse_detour("/" + "/".join(parts))
    return PurePosixPath("/" + "/".join(parts))


def within(path: PurePosixPath, root: PurePosixPath) -> bool:
    """Whether canonical `path` is canonical `root` or lies beneath it."""
    return path == root or root in path.parents


def _refuse_detour(path: str) -> None:
    if _DETOUR.match(path):
        raise ValueError(f"{path} leads to wherever a process points it; name the file itself")
