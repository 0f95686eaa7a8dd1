"""What was said of an action: by the policy, a reviewer, an approver, the throttle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from episodes.actions import Action
from episodes.record import Count, Digest, Probability, Record, Seconds

Verdict = Literal["allow", "ask", "deny"]
"""The engine's answer; deny is over ask, and ask over allow."""

Layer = Literal["shell", "kernel", "proxy", "browser"]
"""A layer that holds a part of the policy."""


class Obligation(Record):
    """A duty that goes with a verdict; one that cannot be met means deny."""

    kind: Literal["wait", "redact", "snapshot", "notify"]
    """The duty."""
    detail: str = ""
    """What exactly: a length, a pattern's name, whom to tell."""


class Decision(Record):
    """The policy's answer to one action."""

    verdict: Verdict
    """What may happen."""
    rule_id: str
    """The rule that decided; `default` where none matched, `error` where one raised."""
    reason: str
    """Why, in words that an agent can act on."""
    policy_digest: Digest
    """The policy as it was when it decided."""
    matched: tuple[str, ...] = ()
    """Every rule that matched, the deciding one included."""
    basis: Literal["rule", "default", "not_understood", "error"] = "rule"
    """What the verdict rests on; `not_understood` is our parser's limit, not a violation."""
    span: tuple[int, int] | None = None
    """The part of the command, in characters, that was not understood."""
    obligations: tuple[Obligation, ...] = ()
    """Duties that go with the verdict."""


HarmKind = Literal["loss", "exposure", "escape", "cost", "irreversibility"]
"""A kind of harm: something is lost, seen by others, out of the box, spent, or past undoing."""


class Outcome(Record):
    """One thing that a reviewer expects to come of an action."""

    text: str
    """What, in words."""
    good: bool
    """Whether it is to be wished for."""
    weight: Probability
    """How much it counts: how likely it is, times how much it matters, from 0 to 1."""


class Member(Record):
    """What one reviewer of a panel predicted."""

    reviewer: str
    """Which, with its version."""
    harm: Probability
    """That the action does harm; 1 where it failed."""
    reason: str = ""
    """Why, in words."""


class Review(Record):
    """A reviewer's prediction of harm; it can only tighten."""

    reviewer: str
    """Which reviewer, with its version."""
    harm: Probability
    """That the action does harm."""
    kinds: tuple[HarmKind, ...] = ()
    """What kinds of harm."""
    reason: str = ""
    """Why, in words."""
    verdict: Verdict
    """What the policy's thresholds make of it."""
    outcomes: tuple[Outcome, ...] = ()
    """What it expects to come of the action, good and bad."""
    members: tuple[Member, ...] = ()
    """What each of a panel predicted; empty where it is no panel."""
    tokens: Count = 0
    """Tokens that its models read and wrote."""
    cost: Annotated[float, Field(ge=0.0)] = 0.0
    """What it cost, in US dollars, as far as that is told."""


class Approval(Record):
    """An approver's answer to an `ask`."""

    verdict: Literal["allow", "deny"]
    """The answer."""
    approver: str
    """Who or what answered."""
    reason: str = ""
    """Why."""
    scope: Literal["once", "episode"] = "once"
    """How long an allow holds."""
    changed: Action | None = None
    """The action to run instead, where the approver changed it."""


class Delay(Record):
    """One wait before an action."""

    cause: Literal["rate", "lag", "approval", "review", "pause"]
    """What made it wait."""
    seconds: Seconds
    """How long."""
    rule_id: str | None = None
    """The rule behind it."""
