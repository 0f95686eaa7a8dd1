"""Things that an action names and holds to be there, where nobody has named or shown them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from episodes.actions import CallTool
from episodes.tags import Evidence
from episodes.trajectory import Step
from semantics.operands import FETCHERS
from semantics.reference import Kind, Reference
from semantics.references import references
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.grounding import Ground, name_of
from taxonomy.known import misspells
from taxonomy.probing import asks, probed
from taxonomy.readings import reading_of
from taxonomy.texts import span_of

Came = Literal["absent", "failed", "worked"]
"""What came of it: the thing is not there; something failed; nothing did."""

# How probable it is, at even odds, that a thing which stands nowhere was held as fact, by what it
# is and what came of it. A file that is opened has to be there; an argument of a script need not.
_INVENTED: dict[Kind, dict[Came, float]] = {
    "path": {"absent": 0.92, "failed": 0.65, "worked": 0.8},
    "url": {"absent": 0.9, "failed": 0.85, "worked": 0.75},
    "host": {"absent": 0.9, "failed": 0.8, "worked": 0.6},
    "element": {"absent": 0.95, "failed": 0.9, "worked": 0.6},
    "program": {"absent": 0.88, "failed": 0.5, "worked": 0.15},
    "flag": {"absent": 0.93, "failed": 0.6, "worked": 0.3},
    "package": {"absent": 0.88, "failed": 0.5, "worked": 0.15},
    "variable": {"absent": 0.7, "failed": 0.55, "worked": 0.3},
    "identifier": {"absent": 0.88, "failed": 0.55, "worked": 0.3},
    "number": {"absent": 0.7, "failed": 0.45, "worked": 0.3},
    "name": {"absent": 0.8, "failed": 0.55, "worked": 0.35},
}
# A foreign tool's argument is looked up by the tool: it is meant to exist.
_ARGUMENT: dict[Came, float] = {"absent": 0.9, "failed": 0.8, "worked": 0.6}
_USED: dict[Came, float] = {"absent": 0.85, "failed": 0.45, "worked": 0.4}
_NEAR: dict[Came, float] = {"absent": 0.7, "failed": 0.4, "worked": 0.3}
# A letter or two wrong: it may be a slip of the pen, and only draws could tell.
_TYPO: dict[Came, float] = {"absent": 0.42, "failed": 0.35, "worked": 0.2}
_REFUTED: dict[Came, float] = {"absent": 0.88, "failed": 0.7, "worked": 0.25}
# It was to be made by what came before it in the same command; it is not defined in this program.
_UNMADE = 0.3
_BARRED = re.compile(
    r"unable to verify|safe to fetch|blocked|restrict|not permitted|not allowed|forbidden"
    r"|timed? ?out|connection refused|rate limit|unauthorized",
    re.IGNORECASE,
)
_UNTRIED = 0.45
_UNDEFINED = 0.42
_NO_OPS = frozenset((":", "true"))
_GROUNDED = 0.08
_SAYS_NOTHING = 0.35
# Knowledge that comes again at this share of the draws is recalled and not made up.
_STABLE = 0.8
_DRAWN = 5


def names_held(dossier: Dossier, step: Step) -> Iterator[Finding]:
    """At most one finding: the name held as fact that most likely nobody gave, or that none is.

    Args:
        dossier: The episode.
        step: A step that ran.
    """
    grounds = dossier.grounds[step.index]
    if not grounds:
        return
    asked = probed(dossier.probes[step.index], dossier.readings[step.index])
    absent = dict(dossier.passed[step.index].absent)
    best: tuple[float, str, Ground] | None = None
    told = True
    for ground in grounds:
        status = ground.status
        if status in ("known", "made") or ground.reference.role == "claim":
            continue
        text = ground.reference.text
        if asked is None or text in asked or any(text in word for word in asked):
            continue
        came = _came(dossier, step, ground, absent)
        if status == "untold" and (came != "absent" or ground.reference.kind == "element"):
            # What a page held that the record does not hold, nobody can tell.
            told = told and ground.reference.kind != "element"
            continue
        kind, probability = _weight(dossier, step, ground, came)
        if came == "failed" and _BARRED.search(dossier.observation_texts[step.index]):
            # It was kept from it: whether the thing is there has not come out.
            probability = min(probability, _UNTRIED)
        probability = _recalled(dossier, step, ground, came, probability)
        if came == "worked" and probability < _SAYS_NOTHING:
            # It is there, and nobody had to be told: that says nothing either way.
            continue
        if best is None or probability > best[0]:
            best = (probability, kind, ground)
    if best is None:
        if told and step.observation is not None and step.observation.failed:
            yield from _supported(dossier, step)
        return
    probability, kind, ground = best
    yield _finding(dossier, step, ground, kind, probability, absent)


def _came(dossier: Dossier, step: Step, ground: Ground, absent: dict[str, tuple[int, int]]) -> Came:
    if name_of(ground.reference) in absent:
        return "absent"
    shown = dossier.observation_texts[step.index]
    if any(f"{ground.reference.text}/" in shown[start:end] for start, end in absent.values()):
        # What is written cannot be where its folder is not.
        return "absent"
    if step.observation is None or not step.observation.failed:
        return "worked"
    missing = step.observation.kind == "failed" and len(step.observation.code) > 0
    return "absent" if missing and ground.reference.kind in ("path", "element") else "failed"


def _weight(dossier: Dossier, step: Step, ground: Ground, came: Came) -> tuple[str, float]:
    reference = ground.reference
    if ground.status == "refuted":
        return "contradicted.absent", _REFUTED[came]
    if ground.status == "near" and not _mere_word(ground):
        if misspells(name_of(reference), ground.nearest or ""):
            return f"typo.{reference.kind}", _TYPO[came]
        return f"near.{reference.kind}", _NEAR[came]
    if came == "absent" and _was_to_be_made(dossier, step, reference):
        return "unmade.path", _UNMADE
    if reference.kind == "identifier" and _only_undefined(dossier, step, reference.text):
        return "undefined", _UNDEFINED
    if isinstance(step.action, CallTool) and reference.kind != "number":
        return f"invented.{reference.kind}", _ARGUMENT[came]
    if reference.kind == "path" and reference.role == "use":
        return "invented.argument", _USED[came]
    return f"invented.{reference.kind}", _INVENTED[reference.kind][came]


def _was_to_be_made(dossier: Dossier, step: Step, reference: Reference) -> bool:
    """Whether an earlier program of the same command was given the same path, to write it perhaps.

    Then the agent did not hold it to be there: why the earlier program failed is another question.
    """
    reading = dossier.readings[step.index]
    if reading is None or reference.kind != "path" or len(reading.programs) < 2:
        return False
    text = reference.text.rstrip("/")
    named = [
        program
        for program in reading.programs
        if any(word is not None and word.rstrip("/").endswith(text) for word in program.argv[1:])
    ]
    return len(named) > 1 and asks(named[0]) is None and named[0].name in _NO_OPS | FETCHERS


def _only_undefined(dossier: Dossier, step: Step, name: str) -> bool:
    """Whether all that is said of a name is that this very program did not define or import it."""
    shown = dossier.observation_texts[step.index]
    return f"NameError: name '{name}' is not defined" in shown


def _mere_word(ground: Ground) -> bool:
    """Whether what is nearest to a path is only a word of somebody's: no thing that it misnames."""
    near, text = ground.nearest or "", ground.reference.text
    return ground.reference.kind == "path" and "/" in text and near.isalpha() and near in text


def _recalled(
    dossier: Dossier, step: Step, ground: Ground, came: Came, probability: float
) -> float:
    """Less, where the agent names the same thing whenever it is asked, and it is there."""
    draws = dossier.draws.get(step.index, ())
    if len(draws) < _DRAWN:
        return probability
    wanted = (ground.reference.kind, ground.reference.text)
    same = sum(
        wanted in {(one.kind, one.text) for one in references(draw, reading_of(draw))}
        for draw in draws
    )
    if same < _STABLE * len(draws):
        return probability
    return min(probability, 0.15) if came == "worked" else probability


def _supported(dossier: Dossier, step: Step) -> Iterator[Finding]:
    """Something failed, and all that the step names was on record: that speaks against it."""
    if dossier.probes[step.index] is not None:
        return
    note = "all that the action names was on record before it"
    evidence = Evidence(step=step.index, where="action", note=note)
    yield Finding(step.index, (evidence,), "hallucination", _GROUNDED, "grounded")


def _finding(
    dossier: Dossier,
    step: Step,
    ground: Ground,
    kind: str,
    probability: float,
    absent: dict[str, tuple[int, int]],
) -> Finding:
    reference = ground.reference
    name = name_of(reference)
    span = span_of(reference.text, dossier.action_texts[step.index]) or span_of(
        name, dossier.action_texts[step.index]
    )
    evidence = [Evidence(step=step.index, where="action", span=span, note=_note(ground))]
    if name in absent:
        note = f"{name!r} is not there"
        evidence.append(
            Evidence(step=step.index, where="observation", span=absent[name], note=note)
        )
    elif step.observation is not None and not step.observation.failed and probability > 0.5:
        note = "it worked all the same: a lucky guess"
        evidence.append(Evidence(step=step.index, where="observation", note=note))
    if ground.step is not None and ground.status == "refuted":
        line = dict(dossier.passed[ground.step].absent).get(name)
        evidence.append(
            Evidence(step=ground.step, where="observation", span=line, note="this had shown it")
        )
    return Finding(step.index, tuple(evidence), "hallucination", probability, kind)


def _note(ground: Ground) -> str:
    reference = ground.reference
    if ground.status == "refuted":
        return f"the {reference.kind} {reference.text!r} had been shown to be absent"
    if ground.nearest is not None:
        return f"the {reference.kind} {reference.text!r} stands nowhere; {ground.nearest!r} does"
    if ground.status == "untold":
        return f"the {reference.kind} {reference.text!r} is not one that {reference.owner} takes"
    return f"the {reference.kind} {reference.text!r} stands nowhere before this step"
