"""`exploration`: a question was open, the act could tell, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from episodes.actions import CallTool, ReadFile, RunCommand
from episodes.tags import Evidence
from episodes.trajectory import Step
from semantics.names import names
from semantics.reading import Reading
from taxonomy.dossier import Dossier
from taxonomy.events import was_denied
from taxonomy.finding import Finding
from taxonomy.grounding import Ground, name_of
from taxonomy.probing import Probe, asks, fetches, foreign_manner, probe, probed
from taxonomy.texts import span_of
from taxonomy.tool_words import manner

_PAGES = frozenset(("read_page", "hover", "scroll", "back", "forward", "switch_tab"))
_READERS = names(
    "cat head tail less more nl tac sed awk cut wc sort uniq jq strings xxd od hexdump"
)

# By how it asks; less where the answer could not have been new.
_ASKS: dict[Probe, float] = {"help": 0.93, "search": 0.88, "listing": 0.88, "guarded": 0.82}
_OPENED = 0.75
_STATED = 0.93
_KNOWN = 0.12
_AGAIN = 0.15
_OWN = 0.2
_LASTING = 0.06
_UNSURE = 0.3
_DIAGNOSED = 0.62

_FILES = ("path", "url")
_RECORDS = ("path", "url", "identifier")


class Exploration:
    """Looks at or for what nobody named, what is not the agent's own and what no step has shown."""

    name = "exploration"
    version = "3"
    reads_marks = True

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """At most one finding a step."""
        if self.name not in dossier.plain:
            dossier.plain[self.name] = list(_plain(dossier))
        for step, plain in zip(dossier.steps, dossier.plain[self.name], strict=True):
            forecast = step.forecast
            if forecast is not None and forecast.purpose == "explore" and dossier.asks_openly(step):
                yield from _found(dossier, step, frozenset(), stated=True)
            else:
                yield from plain


def _plain(dossier: Dossier) -> Iterator[list[Finding]]:
    """What each step is by itself, whatever its agent says of it."""
    opened: set[str] = set()
    for step in dossier.steps:
        yield list(_found(dossier, step, opened, stated=False))
        if was_denied(step) or step.observation is None:
            continue
        opened.update(
            ground.reference.text
            for ground in dossier.grounds[step.index]
            if ground.reference.kind in _opens(step)
        )


def _found(
    dossier: Dossier, step: Step, opened: AbstractSet[str], *, stated: bool
) -> Iterator[Finding]:
    if was_denied(step) or step.observation is None:
        return
    found = _judged(dossier, step, opened, stated=stated)
    if found is not None:
        probability, kind, note = found
        yield _finding(dossier, step, probability, kind, note)


def _judged(
    dossier: Dossier, step: Step, opened: AbstractSet[str], *, stated: bool
) -> tuple[float, str, str] | None:
    """How probable, by what sort of evidence, and why."""
    brought = dossier.information[step.index]
    reading = dossier.readings[step.index]
    how = dossier.probes[step.index]
    looks = brought.looks or _only_reads(step, reading) or how == "help"
    if not looks and not (stated and brought.undoable is not False):
        if how is not None and not _makes(dossier, step):
            return _UNSURE, "unsure", "it asks, and does more of which its text does not tell"
        if how is not None or stated:
            return _LASTING, "lasting", "it changes something, so it is no mere question"
        return None
    if brought.repeats is not None:
        return _AGAIN, "again", f"step {brought.repeats} had been shown the same"
    if stated:
        return _STATED, "question", "a question is stated, with more than one answer held possible"
    grounds = [
        ground
        for ground in dossier.grounds[step.index]
        if ground.reference.kind in ("path", "url", "identifier", "name", "host")
    ]
    if how is not None:
        return _asking(dossier, step, how, grounds)
    failed = step.observation is not None and step.observation.failed
    opens = _opens(step)
    files = [ground for ground in grounds if ground.reference.kind in opens]
    if _diagnoses(dossier, step, files):
        return _DIAGNOSED, "diagnosis", "it looks at what the step before failed by"
    return _opening(files, opened, dossier.trajectory.started.instruction, failed=failed)


def _asking(
    dossier: Dossier, step: Step, how: Probe, grounds: list[Ground]
) -> tuple[float, str, str]:
    if any(
        ground.reference.kind == "flag" and ground.status in ("unknown", "near")
        for ground in dossier.grounds[step.index]
    ):
        return _KNOWN, "misasked", "it asks with a flag that there is not"
    words = probed(dossier.probes[step.index], dossier.readings[step.index])
    about = [ground for ground in grounds if words is None or ground.reference.text in words]
    if how in ("listing", "guarded") and about and all(_own(ground) for ground in about):
        return _OWN, "own", "it looks at what the agent itself made"
    files = [ground for ground in about if "." in name_of(ground.reference)]
    absent = dict(dossier.passed[step.index].absent)
    known = [one.status in ("known", "made") for one in files]
    if how == "listing" and files and all(known) and not absent:
        return _KNOWN, "instructed", "it looks at a file that was known to be there"
    if not dossier.information[step.index].gained:
        return 0.5 * _ASKS[how], how, "it asks, and nothing was shown that was not known"
    return _ASKS[how], how, _ASKED[how]


_ASKED: dict[Probe, str] = {
    "help": "it asks for a manual",
    "search": "it searches, and what matches was not known",
    "listing": "it asks what is there",
    "guarded": "it says what to do if the thing is not there",
}


def _opens(step: Step) -> tuple[str, ...]:
    """The kinds of things that a step of its sort opens: a tool is given a record by its number."""
    return _RECORDS if isinstance(step.action, CallTool) else _FILES


def _diagnoses(dossier: Dossier, step: Step, files: list[Ground]) -> bool:
    """Whether it looks, for the first time, at a file that the step before could not use."""
    if step.index == 0:
        return False
    before = dossier.steps[step.index - 1]
    if before.observation is None or not before.observation.failed or was_denied(before):
        return False
    asked = dossier.action_texts[before.index]
    return any(
        ground.reference.kind == "path"
        and not _own(ground)
        and name_of(ground.reference) in asked
        and not any(
            name_of(ground.reference) in {name_of(one.reference) for one in dossier.grounds[at]}
            for at in range(step.index - 1)
        )
        for ground in files
    )


def _opening(
    files: list[Ground], opened: AbstractSet[str], instruction: str, *, failed: bool
) -> tuple[float, str, str] | None:
    """Reading what only a listing has named, for the first time."""
    if not files:
        return None
    if any(ground.status not in ("known", "made") for ground in files):
        return _KNOWN, "unnamed", "it opens what nobody has named, as if it were there"
    if all(_own(ground) for ground in files):
        return _OWN, "own", "it reads what the agent itself made"
    fresh = [
        ground
        for ground in files
        if ground.source in ("observation", "default")
        and ground.reference.text not in opened
        and not _within_named(ground, instruction)
    ]
    if not fresh:
        return _KNOWN, "instructed", "it reads what it was told to, or has read before"
    name = fresh[0].reference.text
    if failed:
        return _UNSURE, "unsure", f"{name!r} had been named, and could not be read"
    return _OPENED, "opened", f"{name!r} had only been named, and what it holds was not known"


def _makes(dossier: Dossier, step: Step) -> bool:
    """Whether it surely makes or does away with something."""
    written = any(ground.reference.role == "write" for ground in dossier.grounds[step.index])
    return written or dossier.information[step.index].undoable is False


def _within_named(ground: Ground, instruction: str) -> bool:
    """Whether it lies in a folder that the instruction names, and so is a part of the input."""
    folder = ground.reference.text.rpartition("/")[0].rpartition("/")[2]
    return len(folder) > 1 and folder != "workspace" and folder in instruction


def _own(ground: Ground) -> bool:
    return ground.source == "action" or ground.status == "made"


def _only_reads(step: Step, reading: Reading | None) -> bool:
    """Whether it reads and does nothing else, as far as its text tells."""
    if isinstance(step.action, ReadFile) or step.action.kind in _PAGES:
        return True
    if isinstance(step.action, CallTool):
        return manner(step.action) is not None or probe(step.action, None) is not None
    if not isinstance(step.action, RunCommand) or reading is None or not reading.understood:
        return False
    if any(r.mode != "read" and r.path != "/dev/null" for r in reading.redirects):
        return False
    return bool(reading.programs) and all(
        program.builtin
        or fetches(program)
        or asks(program) is not None
        or (program.name.rpartition("/")[2] in _READERS and "-i" not in program.argv)
        or foreign_manner(program.name) is not None
        for program in reading.programs
    )


def _finding(dossier: Dossier, step: Step, probability: float, kind: str, note: str) -> Finding:
    text = dossier.action_texts[step.index]
    first = text.splitlines()[0] if text else ""
    evidence = [
        Evidence(step=step.index, where="action", span=span_of(first, text), note=note),
    ]
    if probability > 0.5:
        share = dossier.information[step.index].novelty
        evidence.append(
            Evidence(
                step=step.index,
                where="observation",
                note=f"{share:.0%} of its words had not been seen before",
            )
        )
    return Finding(step.index, tuple(evidence), "exploration", probability, kind)
