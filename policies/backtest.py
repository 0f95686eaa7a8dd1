"""What another policy would have said of the actions in a log: of those seen, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from episodes.decisions import Decision, Verdict
from episodes.history import Judged
from episodes.reader import LogReader
from episodes.record import Count, Digest, Record
from policies.engine import decide
from policies.policy import Policy
from policies.references import Reference
from policies.state import WORKSPACE, State

ABSTRACTED = (
    "Of the actions seen, and no others: 'longleash policy diff' compares policies over all. "
    "Symbolic links and the image's own names for programs are not on record, so a path is taken "
    "by its text unless the action ran; rates, waits, budgets, reviewers and approvers are not "
    "played again."
)
"""What a backtest cannot know."""

_SHOWN = 3
_FILE = re.compile(r"(?<= )(/\S*)/[^/\s]+(?= )")
# Judging is pure, so the same action in the same place need not be judged twice.
_KEPT = 200_000
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


class Backtest(Record):
    """What became of a log's actions under a policy."""

    policy: str
    """The policy's name."""
    policy_digest: Digest
    """The policy as it was judged by."""
    logs: tuple[str, ...]
    """The logs that were read."""
    episodes: Count
    """Episodes that were read."""
    steps: Count
    """Actions seen: the sum of the four that follow."""
    same: Count
    """Actions whose verdict is as it was."""
    changed: Count
    """Actions whose verdict is another: at most one an episode, its first."""
    first: Count
    """Actions that had no verdict on record, such as imported ones, and have one now."""
    unknown: Count
    """Actions after their episode's first changed verdict: the agent might have done otherwise."""
    unknown_changed: Count
    """Those of the unknown whose verdict would be another, were they asked for all the same."""
    changes: tuple[Change, ...]
    """The changed ones in groups: what is newly allowed first, then by how many steps."""
    firsts: tuple[Change, ...]
    """Those that had no verdict, in groups, by how many steps."""


@dataclass(slots=True)
class _Group:
    steps: int = 0
    episodes: set[tuple[str, str]] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    references: list[Reference] = field(default_factory=list)


_Key = tuple[Verdict | None, Verdict, str | None, str, str, bool]


class _Tally:
    def __init__(self) -> None:
        self.episodes = self.steps = self.same = self.first = 0
        self.changed = self.unknown = self.unknown_changed = 0
        self.groups: dict[_Key, _Group] = {}

    def note(self, step: Judged, decision: Decision, log: str, episode: str) -> None:
        key = (
            step.verdict,
            decision.verdict,
            step.rule_id,
            decision.rule_id,
            _short(decision.reason),
            step.policy_digest == decision.policy_digest,
        )
        group = self.groups.setdefault(key, _Group())
        group.steps += 1
        group.episodes.add((log, episode))
        if len(group.references) < _SHOWN and step.text not in group.actions:
            group.actions.add(step.text)
            group.references.append(Reference(log=log, episode=episode, step=step.step))

    def changes(self, first: bool) -> tuple[Change, ...]:
        found = [
            Change(
                before=key[0],
                after=key[1],
                rule_before=key[2],
                rule_id=key[3],
                reason=key[4],
                same_policy=key[5],
                steps=group.steps,
                episodes=len(group.episodes),
                references=tuple(group.references),
            )
            for key, group in self.groups.items()
            if (key[0] is None) == first
        ]
        # Equals stay in the order in which they were seen.
        found.sort(key=lambda one: (_WIDENING.get((one.before, one.after), 6), -one.steps))
        return tuple(found)


def backtest(policy: Policy, logs: Sequence[Path]) -> Backtest:
    """Judges every logged action again.

    Args:
        policy: The policy to judge by.
        logs: Logs' files; they are only read.

    Returns:
        What would change, in groups. After an episode's first changed verdict its steps count as
        unknown, since the agent would have been shown something else.

    Raises:
        LogError: A log cannot be read.
    """
    tally, judge = _Tally(), _judge(policy)
    for log in logs:
        with LogReader.open(log) as reader:
            histories = reader.histories()
            for row in reader.episodes():
                _episode(histories.of(row.episode), judge, tally, str(log), row.episode)
    return Backtest(
        policy=policy.name,
        policy_digest=policy.digest,
        logs=tuple(str(log) for log in logs),
        episodes=tally.episodes,
        steps=tally.steps,
        same=tally.same,
        changed=tally.changed,
        first=tally.first,
        unknown=tally.unknown,
        unknown_changed=tally.unknown_changed,
        changes=tally.changes(first=False),
        firsts=tally.changes(first=True),
    )


def _episode(
    steps: Iterable[Judged],
    judge: Callable[[Judged], Decision],
    tally: _Tally,
    log: str,
    episode: str,
) -> None:
    tally.episodes += 1
    parted = False
    for step in steps:
        tally.steps += 1
        decision = judge(step)
        differs = step.verdict is not None and decision.verdict != step.verdict
        if parted:
            tally.unknown += 1
            tally.unknown_changed += differs
        elif step.verdict is None:
            tally.first += 1
            tally.note(step, decision, log, episode)
        elif differs:
            parted = True
            tally.changed += 1
            tally.note(step, decision, log, episode)
        else:
            tally.same += 1


def _judge(policy: Policy) -> Callable[[Judged], Decision]:
    known: dict[tuple[str, PurePosixPath | None, PurePosixPath | None], Decision] = {}

    def judge(step: Judged) -> Decision:
        key = (step.text, step.cwd, step.path)
        decision = known.get(key)
        if decision is None:
            decision = decide(step.action, _state(step), policy)
            if len(known) < _KEPT:
                known[key] = decision
        return decision

    return judge


def _state(step: Judged) -> State:
    """The state as far as it is on record."""
    written = getattr(step.action, "path", None)
    lay = step.path
    resolved = {str(written): lay} if lay is not None and lay.is_absolute() else {}
    return State(cwd=step.cwd or WORKSPACE, resolved=resolved)


def _short(reason: str) -> str:
    told = reason.removeprefix("policy, do not retry: ").partition(";")[0]
    # Files of one directory are one group.
    return _FILE.sub(r"\1/*", told)
