"""Counts of what judging again has found, which can be added up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from episodes.decisions import Decision, Verdict
from episodes.history import Judged
from episodes.record import Count, Record
from policies.analysis.references import Reference

_SHOWN = 3
_FILE = re.compile(r"(?<= )(/\S*)/[^/\s]+(?= )")
_WIDENING: dict[tuple[Verdict | None, Verdict], int] = {
    ("deny", "allow"): 0,
    ("ask", "allow"): 1,
    ("deny", "ask"): 2,
    ("allow", "deny"): 3,
    ("ask", "deny"): 4,
    ("allow", "ask"): 5,
}


class Change(Record):
    """Steps whose verdict changed in one way, for one reason."""

    before: Verdict | None
    """What the policy of the day said; absent where no verdict is on record."""
    after: Verdict
    """What this policy says."""
    rule_before: str | None
    """The rule that decided then."""
    rule_id: str
    """The rule of this policy that decides now."""
    reason: str
    """Why, without what the agent is told to do instead."""
    same_policy: bool
    """Whether it was this very policy that decided then: what differs is what was not on record,
    or how commands are read by now."""
    steps: Count
    """How many steps."""
    episodes: Count
    """In how many episodes."""
    references: tuple[Reference, ...]
    """The first of them; of different actions, where there are several."""


class _Kind(NamedTuple):
    """What makes two changes of one kind."""

    before: Verdict | None
    after: Verdict
    rule_before: str | None
    rule_id: str
    reason: str
    same_policy: bool


class Verdicted(NamedTuple):
    """What the policy says of an action."""

    verdict: Verdict
    """The verdict."""
    rule_id: str
    """The rule that decides."""
    reason: str
    """Why, without what the agent is told to do instead."""
    policy_digest: str
    """The policy."""


def verdicted(decision: Decision) -> Verdicted:
    """The part of a decision that is counted."""
    return Verdicted(
        decision.verdict, decision.rule_id, _short(decision.reason), decision.policy_digest
    )


@dataclass(slots=True)
class _Group:
    steps: int = 0
    episodes: int = 0
    last: tuple[str, str] | None = None
    seen: dict[str, Reference] = field(default_factory=dict)
    """The first steps, each of another action."""


@dataclass(slots=True)
class Tally:
    """What was found in some episodes."""

    episodes: int = 0
    """Episodes that were read."""
    steps: int = 0
    """Actions that were judged."""
    same: int = 0
    """Those whose verdict is as it was."""
    changed: int = 0
    """Those whose verdict is another, the first of their episode."""
    first: int = 0
    """Those that had none on record."""
    unknown: int = 0
    """Those after their episode's first change."""
    unknown_changed: int = 0
    """Those of the unknown whose verdict would be another."""
    groups: dict[_Kind, _Group] = field(default_factory=dict)
    """What changed or was judged first, by kind."""

    def note(self, step: Judged, said: Verdicted, log: str, episode: str) -> None:
        """Adds a step whose verdict is new or another; one episode's come one after the other."""
        kind = _Kind(
            step.verdict,
            said.verdict,
            step.rule_id,
            said.rule_id,
            said.reason,
            step.policy_digest == said.policy_digest,
        )
        group = self.groups.setdefault(kind, _Group())
        group.steps += 1
        group.episodes += group.last != (log, episode)
        group.last = (log, episode)
        if len(group.seen) < _SHOWN and step.text not in group.seen:
            group.seen[step.text] = Reference(log=log, episode=episode, step=step.step)

    def add(self, other: Tally) -> None:
        """Adds what was found in episodes after these."""
        for name in ("episodes", "steps", "same", "changed", "first", "unknown", "unknown_changed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, theirs in other.groups.items():
            ours = self.groups.setdefault(kind, _Group())
            ours.steps += theirs.steps
            ours.episodes += theirs.episodes
            ours.last = theirs.last
            for text, reference in theirs.seen.items():
                if len(ours.seen) < _SHOWN:
                    ours.seen.setdefault(text, reference)

    def changes(self, *, first: bool) -> tuple[Change, ...]:
        """The groups: of steps that had no verdict, or else of those whose verdict is another."""
        found = [
            Change(
                **kind._asdict(),
                steps=group.steps,
                episodes=group.episodes,
                references=tuple(group.seen.values()),
            )
            for kind, group in self.groups.items()
            if (kind.before is None) == first
        ]
        # Equals stay in the order in which they were seen.
        found.sort(key=lambda one: (_WIDENING.get((one.before, one.after), 6), -one.steps))
        return tuple(found)


def _short(reason: str) -> str:
    told = reason.removeprefix("policy, do not retry: ").partition(";")[0]
    # Files of one directory are one group.
    return _FILE.sub(r"\1/*", told)
