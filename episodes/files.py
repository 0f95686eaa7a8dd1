"""What a step left behind: files of the workspace that it made, changed or removed, and variables.

For the record, and never shown to the agent. What is kept of contents lies beside the record or in
the log's store, so that a step's workspace can be made again (`episodes.workspace`).
"""

from __future__ import annotations

from typing import Literal

from episodes.record import Count, Digest, Record

FileKind = Literal["file", "directory", "link", "other"]
"""`other` is a pipe, a socket or a device; it has no content and is not made again."""

LeftOut = Literal[
    "policy", "file_bytes", "step_bytes", "closed", "redacted", "unreadable", "changing"
]
"""Why a content is not kept: the policy wants none of its kind; it is too large by itself, or after
the step's other contents; `files.deny` closes it; it holds what is redacted; the agent's user may
not read it; it changed while it was read."""


class FileChange(Record):
    """One name in the workspace that is not what it was before the step."""

    path: str
    """From the workspace, as `src/main.c`; bytes that are not UTF-8 as `\\xNN`."""
    raw: bytes | None = None
    """The path's own bytes, where they are not UTF-8."""
    change: Literal["created", "changed", "removed"]
    """What became of it. What becomes another kind of thing is removed, then created."""
    kind: FileKind = "file"
    """What it is; of what was removed, what it was."""
    size: Count = 0
    """Bytes of its content; 0 for what is no file, and for what was removed."""
    mode: Count = 0
    """Its permission bits."""
    modified_ns: int = 0
    """When its content changed last, by the container's clock, in nanoseconds since 1970."""
    links: Count = 1
    """How many names the file has; more than one where there are hard links."""
    target: bytes = b""
    """Where a link leads, as it is written there."""
    digest: Digest | None = None
    """Of a file's content; absent where it was not read to its end."""
    before: Digest | None = None
    """Of the content before the step; absent where there was none, or none was read."""
    blob: Digest | None = None
    """The blob in the log's store that holds the content, from `at` on; where this is absent, the
    content is in the record itself."""
    at: Count | None = None
    """Where the content begins; absent where it is not kept."""
    left_out: LeftOut | None = None
    """Why the content is not kept."""


class FileChanges(Record):
    """All that changed in the workspace since the record before."""

    changes: tuple[FileChange, ...] = ()
    """What was removed first, then by path."""
    content: bytes = b""
    """Contents that are kept, one after another, where they are short together."""
    entries: Count = 0
    """How many files, directories and links the workspace holds now."""
    unlisted: Count = 0
    """Changes beyond the most that are listed."""
    truncated: str = ""
    """Why not all of the workspace was looked at; empty where all of it was."""

    @property
    def whole(self) -> bool:
        """Whether nothing that changed is missing from the list."""
        return not self.unlisted and not self.truncated


class Exported(Record):
    """Variables that commands have handed on, against those that every first command gets."""

    values: dict[str, str] = {}
    """Those that are new or have another value."""
    gone: tuple[str, ...] = ()
    """Those that are not there any more."""
    withheld: tuple[str, ...] = ()
    """Those whose value is not on record: it holds what is redacted, or is not UTF-8."""
