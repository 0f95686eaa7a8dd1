"""The critical step on Who&When, by half and beside what is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from taxonomy.critical import VERSION as CRITICAL_VERSION
from taxonomy.evaluation.answers import Answers
from taxonomy.evaluation.baselines import ORACLE, critical_of
from taxonomy.evaluation.critical import CriticalScore, critical_score, hits
from taxonomy.evaluation.enough import Enough, enough
from taxonomy.evaluation.evaluation import Against, critical_leads, mean, of_one
from taxonomy.evaluation.intervals import Interval, interval
from taxonomy.evaluation.judging import judge
from taxonomy.evaluation.labelled import Labelled
from taxonomy.evaluation.who_when import has_terminal, was_run
from taxonomy.evaluation.who_when_judged import Judgement, consult
from taxonomy.evaluation.who_when_reasons import MEANING, Evidence, Reason
from taxonomy.taggers import NAME, VERSION


@dataclass(frozen=True)
class Part:
    """Some of the logs."""

    name: str
    """Which."""
    score: CriticalScore
    """Accuracy and distance."""
    exact: Interval
    """The exact ones, with an interval over logs."""
    baselines: tuple[Against, ...]
    """Each baseline, with the taggers' lead."""
    enough: Enough
    """What it would take over the best fixed position by these logs' own labels."""


@dataclass(frozen=True)
class ByEvidence:
    """Logs of the tune half whose labels have their evidence at the same place."""

    evidence: Evidence
    """Where."""
    logs: int
    """How many."""
    right: int
    """In how many the step is named."""


@dataclass(frozen=True)
class WithJudge:
    """What a judge said, alone and weighed with the rules."""

    model: str
    """Who was asked."""
    rubric: str
    """The rubric's version."""
    unused: int
    """Answers that could not be used."""
    alone: tuple[Part, ...]
    """By its own word: all logs, and each half."""
    refined: tuple[Part, ...]
    """Weighed with the rules."""


@dataclass(frozen=True)
class WhoWhen:
    """Every log, its halves, and what could be reached at all."""

    tagger: str
    """Name and version."""
    version: str
    """Of how the critical step is named."""
    parts: tuple[Part, ...]
    """All logs; the half that rules may be made with; the other one; those with no terminal."""
    nowhere: int
    """Logs whose label points at no step, which nobody can get right."""
    unobserved: int
    """Logs whose label points at a step with which nothing was run."""
    evidence: tuple[ByEvidence, ...]
    """The tune half, by where a label's evidence is."""
    judge: WithJudge | None = None
    """With a judge; absent where nobody was asked."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def score_who_when(
    tune: Sequence[Labelled],
    test: Sequence[Labelled],
    reasons: Sequence[Reason] = (),
    judged: Sequence[Judgement] = (),
) -> WhoWhen | None:
    """Tags the logs and holds their critical steps against the labels.

    Args:
        tune: The half that rules may be made with.
        test: The other half.
        reasons: Where the evidence of labels of the tune half is.
        judged: What a judge answered.

    Returns:
        The figures; absent where these taggers name no critical step.

    Raises:
        UsageError: The judge was asked another question.
    """
    every = [*tune, *test]
    names = {example.id for example in test}
    chosen: dict[str, Callable[[Labelled], bool]] = {
        "all logs": lambda example: bool(example.id),
        "tune half": lambda example: example.id not in names,
        "test half": lambda example: example.id in names,
        "logs without a terminal": lambda example: not has_terminal(example),
    }
    parts = []
    for name, wanted in chosen.items():
        some = [example for example in every if wanted(example)]
        said = judge(some).marked
        if said.critical is None:
            return None
        parts.append(_part(name, some, said, tune))
    return WhoWhen(
        tagger=f"{NAME} {VERSION}",
        version=CRITICAL_VERSION,
        parts=tuple(parts),
        nowhere=sum(one.critical_step == len(one.trajectory.steps) for one in every),
        unobserved=sum(not was_run(one) for one in every),
        evidence=tuple(_by_evidence(tune, reasons)),
        judge=_with_judge(tune, test, judged) if judged else None,
    )


def _part(name: str, examples: Sequence[Labelled], said: Answers, tune: Sequence[Labelled]) -> Part:
    return Part(
        name=name,
        score=critical_score(examples, said),
        exact=interval(of_one(hits(examples, said)), mean),
        baselines=critical_leads(examples, said, tune),
        enough=_enough(examples, said),
    )


def _with_judge(
    tune: Sequence[Labelled], test: Sequence[Labelled], judged: Sequence[Judgement]
) -> WithJudge:
    every = [*tune, *test]
    said = consult(every, judged)
    places = {
        "all logs": slice(None),
        "tune half": slice(len(tune)),
        "test half": slice(len(tune), None),
    }

    def parts(answers: Answers) -> tuple[Part, ...]:
        steps = answers.critical or ()
        return tuple(
            _part(name, every[at], replace(answers, critical=steps[at]), tune)
            for name, at in places.items()
        )

    return WithJudge(
        model=said.model,
        rubric=said.rubric,
        unused=said.unused,
        alone=parts(said.alone),
        refined=parts(said.refined),
    )


def _enough(examples: Sequence[Labelled], said: Answers) -> Enough:
    fixed = next(one for one in critical_of(examples) if one.name.startswith(ORACLE))
    mine, theirs = hits(examples, said), hits(examples, fixed)
    return enough(len(examples), int(theirs.sum()), int(np.count_nonzero(mine != theirs)))


def _by_evidence(tune: Sequence[Labelled], reasons: Sequence[Reason]) -> list[ByEvidence]:
    right = dict(
        zip((example.id for example in tune), hits(tune, judge(tune).marked) == 1.0, strict=True)
    )
    known = [one for one in reasons if one.id in right]
    return [
        ByEvidence(
            evidence=where,
            logs=sum(one.evidence == where for one in known),
            right=sum(bool(right[one.id]) for one in known if one.evidence == where),
        )
        for where in MEANING
        if any(one.evidence == where for one in known)
    ]
