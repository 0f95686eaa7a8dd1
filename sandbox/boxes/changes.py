"""What has changed in a workspace, before it is decided what of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from episodes.files import Exported, FileChange, FileChanges


@dataclass(frozen=True)
class Changes:
    """What is not as it was, and how its contents can be had."""

    files: FileChanges
    """The record, with no content kept yet."""
    texts: frozenset[str] = frozenset()
    """Digests of contents that are text: UTF-8 without a NUL."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Contents that came along, by digest."""
    fetch: Callable[[Sequence[FileChange]], Mapping[str, bytes]] = lambda _: {}
    """Gives contents of files as they are now, by digest; of those that are still the same."""
    exported: Exported | None = None
    """Variables, where they are not those that were told of before."""


def bytes_of(change: FileChange) -> bytes:
    """The path's bytes."""
    return change.path.encode() if change.raw is None else change.raw
