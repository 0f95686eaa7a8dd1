"""What another policy would have said of the actions in a log: of those seen, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from episodes.actions import Action
from episodes.history import Judged
from episodes.reader import LogReader
from episodes.record import Count, Digest, Record
from episodes.rows import EpisodeRow
from policies.analysis.processes_host import spread
from policies.analysis.tally import Change, Tally, Verdicted, verdicted
from policies.engine import decide
from policies.policy import Policy
from policies.state import WORKSPACE, State

ABSTRACTED = (
    "Of the actions seen, and no others: 'longleash policy diff' compares policies over all. "
    "Symbolic links and the image's own names for programs are not on record, so a path is taken "
    "by its text unless the action ran; rates, waits, budgets, reviewers and approvers are not "
    "played again."
)
"""What a backtest cannot know."""

# Judging is pure, so the same action in the same place need not be judged twice.
_KEPT = 200_000
WORTH = 10_000
"""Fewer steps than this are judged sooner than another process has started."""


class _Episodes(NamedTuple):
    log: Path
    names: list[str]


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


def backtest(
    policy: Policy, logs: Sequence[Path], processes: int = 1, worth: int = WORTH
) -> Backtest:
    """Judges every logged action again.

    Args:
        policy: The policy to judge by.
        logs: Logs' files; they are only read.
        processes: How many processes may share the work.
        worth: How many steps each of them must have at least.

    Returns:
        What would change, in groups. After an episode's first changed verdict its steps count as
        unknown, since the agent would have been shown something else.

    Raises:
        LogError: A log cannot be read.
    """
    tally = Tally()
    for found in spread(partial(_part, policy.model_dump_json()), _parts(logs, processes, worth)):
        tally.add(found)
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


def _parts(logs: Sequence[Path], processes: int, worth: int) -> list[list[_Episodes]]:
    """The logs' episodes in order, in parts that have about as many steps each."""
    listed: list[tuple[Path, EpisodeRow]] = []
    for log in logs:
        with LogReader.open(log) as reader:
            listed += ((log, row) for row in reader.episodes())
    steps = sum(row.steps for _, row in listed)
    count = max(1, min(processes, steps // worth))
    parts: list[list[_Episodes]] = [[] for _ in range(count)]
    before = 0
    for log, row in listed:
        part = parts[min(count - 1, before * count // max(1, steps))]
        if not part or part[-1].log != log:
            part.append(_Episodes(log, []))
        part[-1].names.append(row.episode)
        before += row.steps
    return parts


def _part(policy_json: str, part: list[_Episodes]) -> Tally:
    """Judges some episodes; the policy comes as JSON, since its index cannot go to a process."""
    judge, tally = _judge(Policy.model_validate_json(policy_json)), Tally()
    for log, names in part:
        with LogReader.open(log) as reader:
            histories = reader.histories()
            for name in names:
                _episode(histories.of(name), judge, tally, str(log), name)
    return tally


def _episode(
    steps: Iterable[Judged],
    judge: Callable[[Judged], Verdicted],
    tally: Tally,
    log: str,
    episode: str,
) -> None:
    tally.episodes += 1
    parted = False
    for step in steps:
        tally.steps += 1
        said = judge(step)
        differs = step.verdict is not None and said.verdict != step.verdict
        if parted:
            tally.unknown += 1
            tally.unknown_changed += differs
        elif step.verdict is None:
            tally.first += 1
            tally.note(step, said, log, episode)
        elif differs:
            parted = True
            tally.changed += 1
            tally.note(step, said, log, episode)
        else:
            tally.same += 1


def _judge(policy: Policy) -> Callable[[Judged], Verdicted]:
    # Tuples of texts, so that the collector of garbage need not look at them again and again.
    known: dict[tuple[str, str | None, str | None], Verdicted] = {}

    def judge(step: Judged) -> Verdicted:
        key = (step.text, step.cwd, step.path)
        said = known.get(key)
        if said is None:
            action = step.action
            said = verdicted(decide(action, _state(action, step), policy))
            if len(known) < _KEPT:
                known[key] = said
        return said

    return judge


def _state(action: Action, step: Judged) -> State:
    """The state as far as it is on record."""
    if step.path is not None and step.path.startswith("/"):
        resolved = {str(getattr(action, "path", None)): PurePosixPath(step.path)}
        return State(cwd=_place(step.cwd), resolved=resolved)
    return State(cwd=_place(step.cwd))


@lru_cache(maxsize=1024)
def _place(cwd: str | None) -> PurePosixPath:
    return WORKSPACE if cwd is None else PurePosixPath(cwd)
