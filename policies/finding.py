"""One part's judgement; the strictest of an action's parts decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from episodes.decisions import Verdict

_STRICTNESS: dict[Verdict, int] = {"deny": 0, "ask": 1, "allow": 2}


class Finding(NamedTuple):
    """What was found of one part of an action: a program, a file, the tool itself."""

    verdict: Verdict
    """The strictest effect among the rules that matched."""
    rule_id: str
    """The rule with that effect."""
    reason: str
    """Why, in words that an agent can act on."""
    basis: Literal["rule", "default", "not_understood", "error"] = "rule"
    """As `Decision.basis`."""
    span: tuple[int, int] | None = None
    """As `Decision.span`."""


def strictest(findings: Iterable[Finding]) -> Finding:
    """The finding that decides: deny over ask over allow, the first of equals."""
    return min(findings, key=lambda finding: _STRICTNESS[finding.verdict])
