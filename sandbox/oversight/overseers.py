"""Who and what stands beside the policy, for all episodes of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.duties import Notify
from sandbox.oversight.approver import Approver, Nobody
from sandbox.oversight.reviewer import Reviewer
from sandbox.throttle import Buckets

APPROVAL_SECONDS = 300.0
"""How long an approver is waited for where nobody says otherwise."""


@dataclass(frozen=True)
class Oversight:
    """What the gates of a run share."""

    approver: Approver = field(default_factory=Nobody)
    """Who answers an `ask`."""
    approval_seconds: float = APPROVAL_SECONDS
    """After this an answer is taken to be no."""
    reviewer: Reviewer | None = None
    """One of the run's own, beside those that a policy names: where it sets thresholds."""
    buckets: Buckets = field(default_factory=Buckets)
    """Tokens that the episodes share."""
    notify: Notify | None = None
    """Tells whoever runs the episodes, where a policy wants that; nobody where absent."""
