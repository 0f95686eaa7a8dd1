"""The hash chains: what links an entry to the one before it, and which entries a chain takes."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import get_args

from episodes.entries import (
    Body,
    EpisodeEnded,
    EpisodeStarted,
    Faulted,
    Noted,
    Probed,
    RunEnded,
    RunResumed,
    RunStarted,
    StopAsked,
    Tagged,
    Voted,
)
from episodes.errors import LogClosed, UsageError

ANNOTATIONS = "annotations"
"""The chain of what was said beside episodes: tags, votes, notes, answers to probes."""

NOTHING = "sha256:" + sha256(b"").hexdigest()
"""What the first entry of a chain names as the one before it."""

_NAME = re.compile(r"(?:annotations|(?:run|episode):[A-Za-z0-9][A-Za-z0-9._-]{0,127})\Z")
_ANNOTATIONS = (Tagged, Voted, Noted, Probed)
_OF_RUN = (RunStarted, RunResumed, RunEnded)
_BODIES = get_args(get_args(Body)[0])
# Closed sets: an entry in a chain of another sort would be read by nobody.
_ADMITTED: dict[str, frozenset[type]] = {
    ANNOTATIONS: frozenset(_ANNOTATIONS),
    "run": frozenset((*_OF_RUN, StopAsked, Faulted)),
    "episode": frozenset(_BODIES) - frozenset((*_ANNOTATIONS, *_OF_RUN)),
}


def episode_chain(episode: str) -> str:
    """The name of an episode's chain."""
    return f"episode:{episode}"


def run_chain(run: str) -> str:
    """The name of a run's chain."""
    return f"run:{run}"


def episode_of(chain: str) -> str | None:
    """The episode whose chain this is, where it is one's."""
    return chain.removeprefix("episode:") if chain.startswith("episode:") else None


def digest(data: bytes) -> str:
    """SHA-256 of some bytes, as every digest in the log is written."""
    return "sha256:" + sha256(data).hexdigest()


def entry_hash(chain: str, sequence: int, at: str, previous: str, body: str) -> str:
    """The hash of one entry, over the bytes that are stored.

    None of the first four can hold a NUL, and the body comes last, so that no two entries have the
    same encoding.

    Args:
        chain: The chain's name.
        sequence: The entry's place in it, counted from 0.
        at: When it was written, as it is stored.
        previous: The hash of the entry before it in the chain, or `NOTHING`.
        body: The body's JSON, as it is stored.
    """
    head = f"longleash-entry\0{chain}\0{sequence}\0{at}\0{previous}\0"
    return digest(head.encode() + body.encode())


def link(before: str, hashed: str) -> str:
    """Ties an entry to the one before it in the whole log, whatever its chain.

    The chains alone do not say how they lie among one another.
    """
    return digest(f"{before}\0{hashed}".encode())


def admit(chain: str, length: int, closed: bool, bodies: tuple[Body, ...]) -> None:
    """Checks that a chain takes these bodies, so that nothing is stored that cannot be read back.

    Args:
        chain: The chain's name.
        length: How many entries it has.
        closed: Whether an episode's end was its last.
        bodies: What is to be appended, in order.

    Raises:
        UsageError: The name is no chain's, or a body does not belong there.
        LogClosed: The episode has ended.
    """
    if not _NAME.match(chain):
        raise UsageError(
            f"{chain!r} names no chain: write 'run:ID', 'episode:ID' or 'annotations', where an "
            "ID is up to 128 letters, digits, dots, dashes and underscores"
        )
    admitted = _ADMITTED[chain.partition(":")[0]]
    for body in bodies:
        if closed:
            raise LogClosed(f"{chain}: the episode has ended; say more of it in an annotation")
        if type(body) not in admitted:
            raise UsageError(f"{chain}: an entry of kind {body.kind!r} does not belong here")
        if chain.startswith("episode:") and (length == 0) != isinstance(body, EpisodeStarted):
            raise UsageError(
                f"{chain}: 'episode_started' must be its first entry and no other; "
                f"got {body.kind!r} as number {length}"
            )
        length += 1
        closed = isinstance(body, EpisodeEnded)
