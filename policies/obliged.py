"""The duties that go along with a decision."""

from __future__ import annotations

from episodes.actions import Action
from episodes.decisions import Obligation, Verdict
from policies.duties import Obligations
from semantics.reading import Reading
from semantics.reversibility import can_be_undone


def obligations(
    verdict: Verdict, action: Action | None, reading: Reading | None, duties: Obligations
) -> tuple[Obligation, ...]:
    """Tells which duties go along with a verdict.

    Args:
        verdict: The verdict.
        action: What was judged; None for a request to a network, which has no duty but telling.
        reading: What its command does, where it has one.
        duties: The policy's.

    Returns:
        One entry for each secret and pattern to redact, each kind to take a snapshot before, and
        each reason to tell; `detail` is the entry of the policy's list.
    """
    found: list[Obligation] = []
    needs = {*duties.snapshot, *duties.notify}
    final = (
        "irreversible" in needs and action is not None and can_be_undone(action, reading) is False
    )
    if action is not None and verdict != "deny":
        found += [Obligation(kind="redact", detail=kind) for kind in duties.redact]
        found += [Obligation(kind="redact", detail=text) for text in duties.redact_patterns]
        found += [
            Obligation(kind="snapshot", detail=kind)
            for kind in duties.snapshot
            if kind == action.kind or (kind == "irreversible" and final)
        ]
    found += [
        Obligation(kind="notify", detail=when)
        for when in duties.notify
        if when == verdict or (when == "irreversible" and final and verdict != "deny")
    ]
    return tuple(found)
