"""What `verify` found: every record that is not as it was written."""

from __future__ import annotations

from typing import Literal

from episodes.record import Count, Record
from episodes.rows import InFlight

Wrong = Literal["missing", "moved", "edited", "torn", "extra"]
"""What is the matter: not there; not where it was; not what it was; unreadable; not ours."""


class Problem(Record):
    """One record that is not as it was written."""

    what: Wrong
    """What is the matter."""
    where: str
    """The record in words: an entry by its chain and place, a row by its table and key."""
    detail: str
    """How it shows."""
    chain: str | None = None
    """The entry's chain, where an entry is meant."""
    sequence: Count | None = None
    """The entry's place in its chain, counted from 0."""
    number: Count | None = None
    """The entry's place in the log, counted from 1."""

    def __str__(self) -> str:
        return f"{self.where} is {self.what}: {self.detail}"


class Verification(Record):
    """The answer to whether a log is as it was written."""

    log: str
    """The log."""
    ok: bool
    """Whether nothing was found."""
    problems: tuple[Problem, ...] = ()
    """What was found, the first first; at most a hundred."""
    entries: Count = 0
    """Entries that were read."""
    chains: Count = 0
    """Chains that they make."""
    heads_checked: Count = 0
    """Heads kept elsewhere that were compared."""
    in_flight: tuple[InFlight, ...] = ()
    """Episodes with no end on record, with the action that was about to run."""
    writer: str | None = None
    """Who is writing to the log right now, in words."""
    proves: str
    """What this answer can prove, and what it cannot."""
