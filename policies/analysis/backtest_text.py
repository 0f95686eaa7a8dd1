"""A backtest in words, and as a report."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.terminal import safe_line
from policies.analysis.backtest import ABSTRACTED, Backtest
from policies.analysis.places import Places
from policies.analysis.report import Notice, Report
from policies.analysis.tally import Change
from policies.policy import Policy

_LONGEST = 160
_CHANGES = {"allow": "newly-allowed", "ask": "newly-asked", "deny": "newly-denied"}


def told(found: Backtest) -> Iterator[str]:
    """The lines of a backtest's text, safe to print on a terminal."""
    yield safe_line(
        f"{found.policy} {found.policy_digest}: of the {found.steps} actions seen in "
        f"{found.episodes} episodes of {', '.join(found.logs) or 'no log'}:"
    )
    yield f"  {found.same} have the same verdict"
    yield f"  {found.changed} have another: the first such of each episode"
    if found.first:
        yield f"  {found.first} had none on record, and have one now"
    if found.unknown:
        yield (
            f"  {found.unknown} are unknown: they came after their episode's first changed "
            f"verdict ({found.unknown_changed} would have another, were they asked for all the "
            "same)"
        )
    for title, changes in (("Changed", found.changes), ("Judged first", found.firsts)):
        if changes:
            yield ""
            yield f"{title}:"
        for change in changes:
            yield from _change(change)
    yield ""
    yield ABSTRACTED


def backtest_report(found: Backtest, name: str, policy: Policy) -> Report:
    """The same in the form of every command on policies: each group that changed is an error.

    Args:
        found: What was found.
        name: The policy's name or file.
        policy: The policy.
    """
    places = Places(name, policy)
    notices = tuple(
        Notice(
            level="error",
            code=_CHANGES[change.after],
            file=places.file,
            line=places.line(change.rule_id),
            where=change.rule_id,
            message="; ".join(part.strip() for part in _change(change)),
        )
        for change in found.changes
    )
    same = f"{found.same} of the {found.steps} actions seen have the same verdict"
    held = Notice(level="note", code="same", file=places.file, message=same)
    return Report(command="backtest", notices=notices, held=(held,))


def _change(change: Change) -> Iterator[str]:
    steps = f"{change.steps} step{'s' * (change.steps != 1)}"
    episodes = f"{change.episodes} episode{'s' * (change.episodes != 1)}"
    before = "no verdict" if change.before is None else f"{change.before} [{change.rule_before}]"
    reason = safe_line(change.reason)
    if len(reason) > _LONGEST:
        reason = reason[:_LONGEST] + " ..."
    yield safe_line(f"  {before} -> {change.after} [{change.rule_id}]: {steps} in {episodes}")
    yield f"    {reason}"
    if change.same_policy:
        yield (
            "    this very policy decided then: what differs was not on record, or commands are "
            "read otherwise by now"
        )
    for reference in change.references:
        yield f"    {safe_line(reference.command)}"
