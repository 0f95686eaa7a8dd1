"""Puts on record what a step changed in the workspace, and keeps of it what the policy says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from episodes.blobs import Blobs
from episodes.files import Exported, FileChange, FileChanges, LeftOut
from episodes.workspace import WHY_LEFT_OUT, RestoredWorkspace, lost
from policies.policy import Policy
from sandbox.boxes.backend import WORKSPACE
from sandbox.boxes.changes import Changes, bytes_of
from sandbox.redaction import redacted

_IN_THE_RECORD = 6000
"""Bytes of contents that go into the record itself: what is durable with it costs no file."""
_ALONE = 1 << 18
"""From this size on a content is a blob of its own; smaller ones share one, durable at once."""

_Place = tuple[str | None, int]


class FileKeeper:
    """Decides for one episode, and knows what it has kept.

    Args:
        policy: What is to be kept.
        blobs: The log's store.
    """

    def __init__(self, policy: Policy, blobs: Blobs) -> None:
        self._policy, self._blobs = policy, blobs
        duties = policy.obligations
        self._kinds = frozenset(duties.keep_files)
        self._hides = (*duties.redact, *duties.redact_patterns)
        self._places: dict[str, _Place] = {}
        self._secret: set[str] = set()
        self._kept_before: frozenset[str] = frozenset()
        self._lost: dict[bytes, tuple[str, LeftOut]] = {}
        self._gap: str | None = None

    @property
    def missing(self) -> str | None:
        """What of the workspace is not in the log, in words; None where all of it is."""
        if self._gap is not None or not self._lost:
            return self._gap
        path, why = next(iter(self._lost.values()))
        return f"the content of {path!r} was not kept: {WHY_LEFT_OUT[why]}"

    def nobody_looked(self) -> None:
        """What changed is not known, from here on."""
        self._gap = "nobody has looked at it"

    def begin_from(self, workspace: RestoredWorkspace) -> None:
        """It was forked: what it begins with was kept before, and much of it need not be again."""
        self._places.update(workspace.places)
        self._kept_before = frozenset(workspace.contents)

    def keep(self, found: Changes) -> FileChanges:
        """The record of what was found; contents are durable when this returns.

        Raises:
            EnvironmentFault: The box is gone, or broke the protocol.
            OSError: The store cannot be written.
        """
        record = self._kept(found) if found.files.changes else found.files
        if not record.whole:
            self._gap = record.truncated or f"{record.unlisted} changes are not listed"
        # By the path as it is: what the record says may be hidden.
        for change, kept in zip(found.files.changes, record.changes, strict=True):
            self._lost.pop(bytes_of(change), None)
            if change.change != "removed" and (why := lost(kept)) is not None:
                self._lost[bytes_of(change)] = kept.path, why
        return record

    def exported(self, found: Exported | None) -> Exported | None:
        """The same without the values in which something is to be taken out."""
        if found is None or not self._hides:
            return found
        hidden = redacted(found, self._hides).values
        held = [name for name, value in found.values.items() if hidden.get(name) != value]
        values = {name: value for name, value in found.values.items() if name not in held}
        return Exported(values=values, gone=found.gone, withheld=tuple(held))

    def _kept(self, found: Changes) -> FileChanges:
        files = found.files
        wanted, left_out = self._sorted(found)
        missing = [change for name, change in wanted.items() if name not in found.contents]
        had = {**found.contents, **(found.fetch(missing) if missing else {})}
        kept: dict[str, bytes] = {}
        for name in wanted:
            if name not in had:
                left_out[name] = "changing"
            elif self._is_secret(had[name]):
                left_out[name] = "redacted"
                self._secret.add(name)
            else:
                kept[name] = had[name]
        content, places = self._stored(kept)
        changes = tuple(self._recorded(one, places, left_out) for one in files.changes)
        return files.model_copy(update={"changes": changes, "content": content})

    def _sorted(self, found: Changes) -> tuple[dict[str, FileChange], dict[str, LeftOut]]:
        """The contents that are to be kept and are not yet, and why others are not."""
        wanted: dict[str, FileChange] = {}
        left_out: dict[str, LeftOut] = {}
        total = 0
        for change in found.files.changes:
            name = change.digest
            if name is None or change.change == "removed" or name in wanted:
                continue
            if name in self._places or name in left_out:
                continue
            why = self._why_not(change, text=name in found.texts, before=total)
            if why is None:
                total += change.size
                wanted[name] = change
            else:
                left_out[name] = why
        return wanted, left_out

    def _why_not(self, change: FileChange, *, text: bool, before: int) -> LeftOut | None:
        duties = self._policy.obligations
        if change.digest in self._secret:
            return "redacted"
        if change.digest in self._kept_before:
            return None
        if ("text" if text else "binary") not in self._kinds:
            return "policy"
        if self._policy.index.denied(WORKSPACE / change.path) is not None:
            return "closed"
        if change.size > duties.keep_file_bytes:
            return "file_bytes"
        return "step_bytes" if before + change.size > duties.keep_step_bytes else None

    def _is_secret(self, data: bytes) -> bool:
        if not self._hides:
            return False
        whole = FileChanges(content=data)
        return redacted(whole, self._hides) is not whole

    def _stored(self, kept: Mapping[str, bytes]) -> tuple[bytes, dict[str, _Place]]:
        """What goes into the record itself, and where each content is."""
        if sum(map(len, kept.values())) <= _IN_THE_RECORD:
            return _joined(kept.items())
        places: dict[str, _Place] = {}
        for name, data in kept.items():
            if len(data) >= _ALONE:
                places[name] = self._blobs.put(data), 0
        together, within = _joined(item for item in kept.items() if item[0] not in places)
        if within:
            blob = self._blobs.put(together)
            places |= {name: (blob, at) for name, (_, at) in within.items()}
        self._places |= places
        return b"", places

    def _recorded(
        self, change: FileChange, places: Mapping[str, _Place], left_out: Mapping[str, LeftOut]
    ) -> FileChange:
        update: dict[str, Any] = {}
        name = change.digest
        if name is not None and change.change != "removed":
            place = places.get(name) or self._places.get(name)
            if place is not None:
                update["blob"], update["at"] = place
            else:
                update["left_out"] = left_out.get(name, "changing")
            if name in self._secret:
                # The hash of a short secret is as good as the secret.
                update["digest"] = None
        if change.before in self._secret:
            update["before"] = None
        changed = change.model_copy(update=update) if update else change
        if self._hides and (hidden := redacted(changed, self._hides)) is not changed:
            # By its name it can neither be found nor made again.
            return hidden.model_copy(update={"blob": None, "at": None, "left_out": "redacted"})
        return changed


def _joined(contents: Iterable[tuple[str, bytes]]) -> tuple[bytes, dict[str, _Place]]:
    whole = bytearray()
    places: dict[str, _Place] = {}
    for name, data in contents:
        places[name] = None, len(whole)
        whole += data
    return bytes(whole), places
