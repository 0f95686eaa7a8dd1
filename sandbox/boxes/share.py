"""What a container may take of the processors while others want them too."""

from __future__ import annotations

from typing import Any

from policies.policy import Policy

_WEIGHT = 256
"""Where processors are short, a container gets a quarter of what other work gets (1024)."""

_PERIOD_MICROSECONDS = 100_000


def processor_share(policy: Policy) -> dict[str, Any]:
    """A container's part of the processors, as Docker's host config takes it.

    Nothing is said of disks: a box writes to memory alone, and that is limited.
    """
    return {
        "cpu_shares": _WEIGHT,
        "cpu_period": _PERIOD_MICROSECONDS,
        "cpu_quota": policy.limits.cpus * _PERIOD_MICROSECONDS,
    }
