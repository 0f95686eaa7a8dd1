"""One thing that a change of policy lets through or takes away, and what it was found to be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Literal

from episodes.actions import Action
from episodes.record import Digest, Record

Change = Literal["allowed", "asked", "denied"]
"""What something newly is."""


class Difference(Record):
    """One thing that is newly allowed, newly asked or newly denied."""

    change: Change
    """What it newly is."""
    widens: bool
    """Whether the later policy allows more by it."""
    part: Literal["reach", "commands"]
    """Whether it is of what the kernel, the proxy and the host enforce, or of commands' text."""
    field: str
    """The field of the policy that it comes from, as `files.write`."""
    what: str
    """What it is that is allowed, asked or denied, in words."""
    before: str
    """How it was."""
    after: str
    """How it is."""
    witness: str | None = None
    """A shortest example, on one line; each was decided under both policies."""
    action: Action | None = None
    """The example as an action, where it is one."""
    known: bool = True
    """False where the search gave up: it may be that nothing changed, or more than is said."""


class Diff(Record):
    """All in which two policies differ in what they allow."""

    old: str
    """What the earlier policy is called."""
    new: str
    """What the later one is called."""
    old_digest: Digest
    """The earlier policy, as resolved."""
    new_digest: Digest
    """The later one."""
    differences: tuple[Difference, ...]
    """Reach first, then commands; in each part what widens comes first."""
    widening: Digest | None
    """What an approval of exactly this widening names; None where nothing widens."""

    @property
    def widens(self) -> bool:
        """Whether the later policy allows more, or may."""
        return any(one.widens for one in self.differences)

    @property
    def unknown(self) -> bool:
        """Whether some question was not answered."""
        return any(not one.known for one in self.differences)


def widening_digest(
    differences: tuple[Difference, ...], sections: Mapping[str, object]
) -> Digest | None:
    """Names a widening, so that an approval of it is one of nothing else.

    Args:
        differences: All that were found.
        sections: The sections that they come from, of both policies; an example stands for many
            things, and any change among those makes it another widening.
    """
    widening = [one.model_dump(mode="json") for one in differences if one.widens]
    if not widening:
        return None
    text = json.dumps([widening, sections], sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
