"""Who and what stands beside the policy, for all episodes of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.approver import Approver, Nobody

APPROVAL_SECONDS = 300.0
"""How long an approver is waited for where nobody says otherwise."""


@dataclass(frozen=True)
class Oversight:
    """What the gates of a run share."""

    approver: Approver = field(default_factory=Nobody)
    """Who answers an `ask`."""
    approval_seconds: float = APPROVAL_SECONDS
    """After this an answer is taken to be no."""
