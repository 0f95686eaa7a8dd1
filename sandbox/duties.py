"""Meets the duties that go with a decision; one that cannot be met means no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from episodes.decisions import Decision
from sandbox.redaction import redacted

R = TypeVar("R", bound=BaseModel)

DUTY_RULE = "obligations"
"""The id under which agents are told that a duty could not be met."""

Notify = Callable[[str], None]
"""Tells whoever runs the episodes."""


def unmet(
    decision: Decision, notify: Notify | None, missing: Callable[[], str | None]
) -> str | None:
    """The duty of a decision that cannot be met here, in words, if there is one.

    Args:
        decision: What was decided.
        notify: Tells whoever runs the episodes, where anybody is there.
        missing: Looks at the workspace, and says what of it is not on record.
    """
    for duty in decision.obligations:
        if duty.kind == "notify" and notify is None:
            return "whoever runs this would have to be told of it, and nobody is there to be told"
        if duty.kind == "snapshot" and (lost := missing()) is not None:
            return (
                f"the workspace would have to be on record as it is before this, and is not: {lost}"
            )
        if duty.kind == "wait":
            return "it would have to wait in a way that is not known here"
    return None


def tell(decision: Decision, notify: Notify | None, what: str) -> None:
    """Tells whoever wants to be told of a decision."""
    whens = [duty.detail for duty in decision.obligations if duty.kind == "notify"]
    if whens and notify is not None:
        notify(f"{what}: {' and '.join(whens)} ({decision.rule_id}: {decision.reason})")


def hide(record: R, decision: Decision) -> R:
    """An observation, or what goes on record beside it, without what is to be taken out."""
    details = [duty.detail for duty in decision.obligations if duty.kind == "redact"]
    return redacted(record, details) if details else record
