"""Premises that an agent states as fact, held against what stands on record."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.forecasts import Premise
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.grounding import Ground
from taxonomy.texts import forecast_lines, span_of

# What stands nowhere on record, and what stands there but not where the agent says.
_NOWHERE = 0.95
_ELSEWHERE = 0.4
_SURE = 0.7


def unfounded(dossier: Dossier, step: Step) -> Iterator[Finding]:
    """Premises held as fact that stand nowhere, or not where the agent says."""
    if step.forecast is None:
        return
    grounds = dossier.passed[step.index].premises
    lines = forecast_lines(step.forecast)
    whole = "\n".join(lines)
    for premise, ground in zip(step.forecast.premises, grounds, strict=True):
        if ground is None or premise.probability < _SURE or premise.source == "guessed":
            continue
        missing = ground.status in ("unknown", "refuted") and not _named(dossier, step, ground)
        misplaced = _misplaced(dossier, step, premise)
        if not missing and misplaced is None:
            continue
        kind = "premise" if misplaced is None else "missourced"
        probability = _NOWHERE if missing else _ELSEWHERE
        line = next((one for one in lines if one.startswith("premise") and premise.text in one), "")
        note = misplaced or f"{premise.reference!r} is held as {premise.source}: it stands nowhere"
        evidence = Evidence(step=step.index, where="forecast", span=span_of(line, whole), note=note)
        yield Finding(step.index, (evidence,), "hallucination", probability, kind)


def _named(dossier: Dossier, step: Step, ground: Ground) -> bool:
    """Whether the action names the same thing, which was found: as a flag of its program, say."""
    text = ground.reference.text.partition("=")[0]
    return any(
        one.reference.text == text and one.status in ("known", "made", "untold")
        for one in dossier.grounds[step.index]
    )


def _misplaced(dossier: Dossier, step: Step, premise: Premise) -> str | None:
    """Why the stated source does not hold a premise's reference; nothing where it does."""
    name = (premise.reference or "").rstrip("/").rpartition("/")[2]
    if premise.source == "instructed":
        if name in dossier.trajectory.started.instruction:
            return None
        return f"{premise.reference!r} does not stand in the instruction, as is said of it"
    if premise.source != "observed" or premise.step is None:
        return None
    if premise.step >= step.index:
        return f"{premise.reference!r} is said to be observed at a step that is yet to come"
    if name in dossier.observation_texts[premise.step] + dossier.action_texts[premise.step]:
        return None
    return f"{premise.reference!r} is said to be observed at step {premise.step}: not there"
