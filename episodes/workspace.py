"""A step's workspace, put together from what each step before it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import get_args

from episodes.actions import (
    ReadFile,
    ReadProcess,
    RunCommand,
    RunProgram,
    StartProcess,
    StopProcess,
    WriteFile,
    WriteProcess,
)
from episodes.chain import digest
from episodes.errors import EpisodeUnknown, LogDamaged, StateNotKept
from episodes.files import Exported, FileChange, FileChanges, LeftOut
from episodes.observations import CommandResult
from episodes.trajectory import Step, Trajectory

LOOKS = (
    *(RunCommand, RunProgram, ReadFile, WriteFile),
    *(StartProcess, ReadProcess, WriteProcess, StopProcess),
)
"""Actions after which the workspace is looked at."""

WHY_LEFT_OUT: dict[LeftOut, str] = {
    "policy": "the policy's obligations.keep_files does not name its kind",
    "file_bytes": "it was larger than the policy's obligations.keep_file_bytes",
    "step_bytes": "the step's contents were more than the policy's obligations.keep_step_bytes",
    "closed": "the policy's files.deny closes it",
    "redacted": "it holds what the policy redacts",
    "unreadable": "the agent's user could not read it",
    "changing": "it changed while it was read",
}
"""Why a content is not in a log, in words."""

assert set(WHY_LEFT_OUT) == set(get_args(LeftOut))
_NAMED = 5


@dataclass(frozen=True)
class RestoredWorkspace:
    """All that a workspace held after a step, with what the next command starts with."""

    files: tuple[FileChange, ...]
    """What there was, each directory before what is in it; `change` says nothing here."""
    contents: Mapping[str, bytes]
    """Contents of the files, by digest."""
    places: Mapping[str, tuple[str | None, int]]
    """The blob in the store, and where in it, of those contents that lie there."""
    cwd: PurePosixPath | None
    """Where the next command starts; the workspace itself where absent."""
    exported: Exported
    """The variables that it gets."""
    left_behind: tuple[str, ...]
    """Paths of pipes, sockets and devices, which are not made again."""


class Contents:
    """Gives contents that an episode's record or the log's store holds.

    Args:
        blob: Gives a blob of the store; raises `LogDamaged` where it is gone.
    """

    def __init__(self, blob: Callable[[str], bytes]) -> None:
        self._blob = blob
        self._blobs: dict[str, bytes] = {}

    def of(self, change: FileChange, record: FileChanges) -> bytes | None:
        """A file's content after a change; None where it was not kept.

        Args:
            change: One of the changes of `record`.
            record: Holds short contents itself.

        Raises:
            LogDamaged: The blob is gone, or does not hold it.
        """
        if change.at is None or change.digest is None:
            return None
        whole = record.content if change.blob is None else self._whole(change.blob)
        data = whole[change.at : change.at + change.size]
        # A blob is what it is named by, or it could not be read.
        if len(data) != change.size or (change.blob is None and digest(data) != change.digest):
            raise LogDamaged(f"{change.path!r}: its content on record is not what was hashed")
        return data

    def _whole(self, name: str) -> bytes:
        if name not in self._blobs:
            self._blobs[name] = self._blob(name)
        return self._blobs[name]


def lost(change: FileChange) -> LeftOut | None:
    """Why what a change left cannot be made again; None where it can, or is no file."""
    if change.left_out == "redacted" or (change.kind == "file" and change.at is None):
        return change.left_out or "changing"
    return None


def changes_until(trajectory: Trajectory, step: int) -> Iterator[FileChanges]:
    """Every record of files from the episode's start to the end of a step, in order."""
    if trajectory.prepared is not None:
        yield trajectory.prepared.files
    for one in trajectory.steps:
        if one.index <= step and one.files is not None:
            yield one.files


def workspace_after(
    trajectory: Trajectory, step: int, blob: Callable[[str], bytes]
) -> RestoredWorkspace:
    """What the workspace held when a step was over.

    Args:
        trajectory: The episode.
        step: One of its steps, counted from 0.
        blob: Gives a blob of the log's store.

    Raises:
        EpisodeUnknown: There is no such step.
        StateNotKept: The log does not hold all of it; the message says what is missing and why.
        LogDamaged: A blob is gone.
    """
    where = f"episode {trajectory.episode}, step {step}"
    before = [one for one in trajectory.steps if one.index <= step]
    if not 0 <= step < len(trajectory.steps) or not before:
        raise EpisodeUnknown(
            f"episode {trajectory.episode} has no step {step}; it has "
            f"{len(trajectory.steps)}, counted from 0"
        )
    _check_steps(trajectory, before, where)
    state: dict[bytes, tuple[FileChange, FileChanges]] = {}
    entries = 0
    for record in changes_until(trajectory, step):
        if not record.whole:
            missing = record.truncated or f"{record.unlisted} changes are not listed"
            raise StateNotKept(f"{where}: not all of its workspace is on record: {missing}")
        entries = record.entries
        for change in record.changes:
            _apply(state, change, record)
    if len(state) != entries:
        raise LogDamaged(
            f"{where}: the record says {entries} files, and adds up to {len(state)} of them"
        )
    ordered = [state[path] for path in sorted(state)]
    _check_kept([change for change, _ in ordered], where)
    reading = Contents(blob)
    contents = {
        change.digest: data
        for change, record in ordered
        if change.digest is not None and (data := reading.of(change, record)) is not None
    }
    return RestoredWorkspace(
        files=tuple(change for change, _ in ordered if change.kind != "other"),
        contents=contents,
        places={
            change.digest: (change.blob, change.at)
            for change, _ in ordered
            if change.digest is not None and change.blob is not None and change.at is not None
        },
        cwd=_cwd(trajectory, before),
        exported=_exported(trajectory, before),
        left_behind=tuple(change.path for change, _ in ordered if change.kind == "other"),
    )


def _apply(
    state: dict[bytes, tuple[FileChange, FileChanges]], change: FileChange, record: FileChanges
) -> None:
    path = change.path.encode() if change.raw is None else change.raw
    if change.change == "removed":
        state.pop(path, None)
    else:
        state[path] = change, record


def _check_steps(trajectory: Trajectory, before: list[Step], where: str) -> None:
    last = before[-1]
    if last.in_flight or last.fault is not None:
        raise StateNotKept(f"{where}: it did not end, so nobody knows what it left behind")
    blind = [one.index for one in before if isinstance(one.executed, LOOKS) and one.files is None]
    looked = trajectory.prepared or any(one.files is not None for one in trajectory.steps)
    if blind or not looked:
        said = f"after step {blind[0]} nobody looked" if blind else "nobody looked at all"
        raise StateNotKept(
            f"{where}: {said} at the workspace: the episode is older than that, or imported, or "
            "has none"
        )


def _check_kept(files: list[FileChange], where: str) -> None:
    whys = [f"{one.path!r}: {WHY_LEFT_OUT[why]}" for one in files if (why := lost(one)) is not None]
    if not whys:
        return
    named = "; ".join(whys[:_NAMED])
    more = f"; and {len(whys) - _NAMED} more" if len(whys) > _NAMED else ""
    raise StateNotKept(f"{where}: contents were not kept: {named}{more}")


def _cwd(trajectory: Trajectory, before: list[Step]) -> PurePosixPath | None:
    found = trajectory.prepared.cwd if trajectory.prepared else None
    for one in before:
        if isinstance(one.observation, CommandResult) and one.observation.cwd is not None:
            found = one.observation.cwd
    return found


def _exported(trajectory: Trajectory, before: list[Step]) -> Exported:
    found = trajectory.prepared.exported if trajectory.prepared else None
    for one in before:
        found = one.exported or found
    return found or Exported()
