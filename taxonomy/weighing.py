"""Every tagger's findings on one episode, put in order by step, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from episodes.tags import Event, Evidence
from taxonomy.combiner import NOTHING, Judged, Weighed, Weights, judged, weigh
from taxonomy.consequences import Consequence, consequences
from taxonomy.dossier import Dossier
from taxonomy.events import event
from taxonomy.finding import Finding
from taxonomy.honest import honest_failure
from taxonomy.mangled import does_nothing
from taxonomy.taggers import TAGGERS


class Findings(NamedTuple):
    """What the taggers found, with or without the agent's marks; every sequence is by step."""

    dossier: Dossier
    """The episode, without the marks where they are not to be read."""
    listed: Sequence[Sequence[Finding]]
    """Every finding, in the order of the taggers."""
    marked: Sequence[Weighed]
    """The findings weighed."""
    bare: Sequence[Weighed]
    """The findings weighed where the marks are not read."""
    events: Sequence[Event]
    """What happened."""
    honest: Sequence[Evidence | None]
    """What shows that a reported failure is the honest result of what was asked for."""


class Verdicts(NamedTuple):
    """What the findings come to; every sequence is by step."""

    judged: Sequence[Judged]
    """The primary cause."""
    came: Sequence[Consequence]
    """What came of it."""


def findings(dossier: Dossier) -> tuple[Findings, Findings]:
    """What the taggers find with the agent's marks, and without; the same where it made none."""
    found = [list(tagger.tag(dossier)) for tagger in TAGGERS]
    listed = _by_step(found, len(dossier.steps))
    plain = [weigh(some) if some else NOTHING for some in listed]
    bare = dossier.unmarked()
    if bare is dossier:
        alone = _findings(dossier, listed, plain, plain)
        return alone, alone
    again = [
        list(tagger.tag(bare)) if tagger.reads_marks else some
        for tagger, some in zip(TAGGERS, found, strict=True)
    ]
    bare_listed = _by_step(again, len(dossier.steps))
    bare_plain = [weigh(some) if some else NOTHING for some in bare_listed]
    return (
        _findings(dossier, listed, plain, bare_plain),
        _findings(bare, bare_listed, bare_plain, bare_plain),
    )


def verdicts(
    found: Findings, by: Weights | None = None, like: tuple[Findings, Verdicts] | None = None
) -> Verdicts:
    """What the findings come to.

    Args:
        found: The findings.
        by: The combiner's weights; those that ship where absent.
        like: Findings on the same episode that were judged before, and what they came to.
    """
    dossier = found.dossier
    foreign = dossier.foreign
    said = [
        judged(
            found.marked[at],
            found.bare[at],
            found.events[at],
            fell_short=_fell_short(found, at),
            by=by,
            foreign=foreign,
        )
        for at in range(len(dossier.steps))
    ]
    if like is not None and _alike(found, said, *like):
        return Verdicts(_ended(said, found, like[1].came), like[1].came)
    looping = frozenset(
        at for at, some in enumerate(found.listed) if any(one.overlay == "loop" for one in some)
    )
    came = consequences(dossier, [one.primary for one in said], found.events, looping)
    return Verdicts(_ended(said, found, came), came)


def _fell_short(found: Findings, at: int) -> bool:
    """Whether something failed that was not the honest result of what was asked for."""
    if found.events[at] != "none":
        return found.honest[at] is None
    return does_nothing(found.dossier.steps[at], found.dossier.readings[at])


def _alike(found: Findings, said: Sequence[Judged], other: Findings, others: Verdicts) -> bool:
    """Whether the same happened, by the same causes: then the same came of it."""
    return found.events == other.events and all(
        one.primary == two.primary for one, two in zip(said, others.judged, strict=True)
    )


def _ended(
    said: Sequence[Judged], found: Findings, came: Sequence[Consequence]
) -> Sequence[Judged]:
    """An end that only carries an earlier step's mistake on has no cause of its own."""
    if not said or found.events[-1] != "task_failed" or not came[-1].overlays:
        return said
    if said[-1].primary != "undetermined":
        return said
    return [*said[:-1], said[-1]._replace(primary="none")]


def _findings(
    dossier: Dossier,
    listed: Sequence[Sequence[Finding]],
    marked: Sequence[Weighed],
    bare: Sequence[Weighed],
) -> Findings:
    events = [
        event(step, dossier.trajectory, items)
        for step, items in zip(dossier.steps, dossier.items, strict=True)
    ]
    honest = [
        honest_failure(dossier, step) if happened == "error" else None
        for step, happened in zip(dossier.steps, events, strict=True)
    ]
    return Findings(dossier, listed, marked, bare, events, honest)


def _by_step(found: Sequence[Sequence[Finding]], steps: int) -> list[list[Finding]]:
    listed: list[list[Finding]] = [[] for _ in range(steps)]
    for some in found:
        for finding in some:
            listed[finding.step].append(finding)
    return listed
