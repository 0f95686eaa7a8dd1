"""One pass over an episode: look up what a step names, then take in what it made and showed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from episodes.actions import RunCommand, Say, WriteFile
from episodes.observations import Denied
from episodes.trajectory import Step, Trajectory
from semantics.loose import reference_in
from semantics.reading import Reading
from semantics.reference import Reference
from taxonomy.complaints import Absent, absent_names, complaints
from taxonomy.defaults import defaults
from taxonomy.grounding import Ground, Lookup, name_of
from taxonomy.known import NAMES, WORDS, Added, Known, Place, Source
from taxonomy.texts import action_text

_PRINTERS = frozenset(("echo", "printf", "true", "export", "cd", ":", "date", "sleep"))
_LONGEST = 200_000
# A page as browsers' harnesses show it: its elements each with a name in brackets.
_ELEMENT = re.compile(r"\[(?:ref=)?\w{1,8}\]")
_ELEMENTS = 3
_PAGE = 5_000
# What our own texts of observations say, whatever was observed.
_ALWAYS = "exit code 0 1 ended by signal limit wrote bytes to finished still running not_found"


class Passed(NamedTuple):
    """What the pass found of one step."""

    grounds: tuple[Ground, ...]
    """What was known before it of each thing that it names."""
    added: Added | None
    """What its observation added; absent where there is none."""
    premises: tuple[Ground | None, ...]
    """What was known of each premise's reference; absent for a premise without one.

    Only this depends on the agent's forecast.
    """
    absent: Absent
    """Names that the observation showed to be absent, each with the line's span in its text."""


def walk(
    trajectory: Trajectory,
    references: Sequence[tuple[Reference, ...]],
    readings: Sequence[Reading | None],
    shown: Sequence[str],
) -> Iterator[Passed]:
    """Every step, in order; a step's result depends on nothing that comes after it.

    Args:
        trajectory: The episode.
        references: What each step names.
        readings: What each step's command would do.
        shown: Each step's observation as text.
    """
    known = Known()
    lookup = Lookup(known, defaults())
    known.add_text(_ALWAYS, Place("default", None))
    known.add_text(trajectory.started.instruction, Place("instruction", None))
    for rule in trajectory.started.rules_shown:
        known.add_text(rule, Place("instruction", None))
    imported = trajectory.started.provenance.source == "imported"
    lookup.blind = imported
    for step in trajectory.steps:
        named = references[step.index]
        grounds = lookup.grounds(named)
        premises = _premises(step, lookup)
        added: Added | None = None
        absent: Absent = ()
        if step.observation is not None and not isinstance(step.observation, Denied):
            text = shown[step.index][:_LONGEST]
            absent = absent_names(text, named)
            unnamed = _complained(text, step, absent, lookup) if _failed(step) else ()
            if unnamed:
                grounds = (*grounds, *(ground for ground, _ in unnamed))
                absent = (*absent, *((one.reference.text, span) for one, span in unnamed))
            own = _own_words(step, readings[step.index])
            if not _failed(step):
                # Its own doing before what it is shown of it.
                for one in named:
                    if one.role == "write":
                        known.add_name(one.text, Place("action", step.index))
            told, gone = _without(text, absent) if absent else (text, frozenset[str]())
            source: Source = "instruction" if isinstance(step.action, Say) else "observation"
            added = known.add_text(told, Place(source, step.index), own | gone)
            for name, _ in absent:
                lookup.refuted[name] = step.index
        yield Passed(grounds, added, premises, absent)
        if isinstance(step.action, Say):
            # Whoever says it again only carries it on.
            known.add_text(step.action.text[:_LONGEST], Place("action", step.index))
        if imported:
            lookup.blind = _blind(step, shown[step.index], lookup.blind)
        if added is not None:
            _take(step, grounds, {name for name, _ in absent}, known, lookup)


def _blind(step: Step, text: str, before: bool) -> bool:
    """Whether the agent now has a page before it that the record does not hold."""
    if step.action.kind in ("say", "finish"):
        return before
    if step.observation is None:
        return True
    return before and len(_ELEMENT.findall(text[:_PAGE])) < _ELEMENTS


def _premises(step: Step, lookup: Lookup) -> tuple[Ground | None, ...]:
    if step.forecast is None:
        return ()
    return tuple(
        lookup.stands(reference_in(premise.reference)) if premise.reference else None
        for premise in step.forecast.premises
    )


def _take(
    step: Step, grounds: Sequence[Ground], absent: set[str], known: Known, lookup: Lookup
) -> None:
    """What the action itself put on record: what it made, and what turned out to be there."""
    failed = step.observation is not None and step.observation.failed
    made = Place("action", step.index)
    found = Place("observation", step.index)
    for ground in grounds:
        reference = ground.reference
        name = name_of(reference)
        if reference.role == "claim" or name in absent or (failed and ground.status != "made"):
            continue
        if not failed or reference.kind == "variable":
            lookup.refuted.pop(name, None)
            known.add_name(reference.text, made if reference.role == "write" else found)
    if isinstance(step.action, WriteFile):
        unknown = _unsupported(grounds)
        known.add_text(step.action.data[:_LONGEST].decode("utf-8", "replace"), made, unknown)
    elif isinstance(step.action, RunCommand) and any(
        ground.reference.role == "write" for ground in grounds
    ):
        # What a command writes down is the agent's own; what it only mentions is not.
        known.add_text(step.action.command[:_LONGEST], made, _unsupported(grounds) | absent)


def _unsupported(grounds: Sequence[Ground]) -> frozenset[str]:
    names = {ground.reference.text for ground in grounds if ground.status in ("unknown", "refuted")}
    return frozenset(names | {part for name in names for part in re.split(r"\W+", name)})


def _own_words(step: Step, reading: Reading | None) -> frozenset[str]:
    """The words that a step could only have had back from itself, as from `echo`."""
    if not isinstance(step.action, RunCommand) or reading is None or not reading.understood:
        return frozenset()
    if any(program.name not in _PRINTERS for program in reading.programs):
        return frozenset()
    text = step.action.command
    return frozenset((*WORDS.findall(text), *NAMES.findall(text)))


def _failed(step: Step) -> bool:
    return step.observation is not None and step.observation.failed


def _complained(
    text: str, step: Step, absent: Absent, lookup: Lookup
) -> tuple[tuple[Ground, tuple[int, int]], ...]:
    """What only a complaint shows to be named, where it stands nowhere before."""
    if absent:
        return ()
    found: dict[str, tuple[Ground, tuple[int, int]]] = {}
    for name, line in complaints(text, action_text(step.action)[:_LONGEST]):
        ground = lookup.stands(Reference("flag" if name[0] == "-" else "identifier", name))
        if name not in found and ground.status == "unknown":
            near = lookup.misspelt(name)
            if near is not None:
                ground = ground._replace(status="near", nearest=near)
            found[name] = (ground, line)
    return tuple(found.values())


def _without(text: str, absent: Absent) -> tuple[str, frozenset[str]]:
    """The text without the lines that deny, and the words of what they deny."""
    pieces, at = [], 0
    for start, end in sorted({span for _, span in absent}):
        pieces.append(text[at:start])
        at = end
    pieces.append(text[at:])
    return "".join(pieces), frozenset(name for name, _ in absent)
