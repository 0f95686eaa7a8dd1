"""Fits the combiner's weights on the tune half, and says how well that holds for what is left out.

    python -m benchmarks.corpus.fit            # the figures, nothing written
    python -m benchmarks.corpus.fit --write    # and taxonomy/weights.json anew

The test half is not read here. How strongly the weights are held back is chosen by the log loss on
families and on mechanisms that were left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.corpus.loader import Example, StepLabel, load
from episodes.tags import CAUSES, Cause, Primary
from taxonomy.combiner import FEATURES, WEIGHTS, Judged, Row, Weights, probabilities, row, weights
from taxonomy.continuations import Continuations, Instead
from taxonomy.dossier import Dossier
from taxonomy.weighing import Findings, findings, verdicts

OUT = Path(__file__).parents[2] / "taxonomy/weights.json"
STRENGTHS = (1.0, 3.0, 10.0)
THRESHOLD = 0.5
BINS = 10


class Case(NamedTuple):
    """One judged step, as the combiner meets it, and what is true of it."""

    family: str
    """The family of tasks."""
    found: Findings
    """The findings on its episode."""
    label: StepLabel
    """What is true of it."""

    @property
    def mechanism(self) -> str:
        """What made it so; empty for a task's own steps."""
        return self.label.mechanism or ""

    def row(self, cause: Cause) -> Row:
        """The features of one question."""
        at, found = self.label.index, self.found
        return row(cause, found.marked[at], found.bare[at], found.events[at])


class Told(NamedTuple):
    """One step's answer, beside what is true."""

    true: Primary
    """The label; the answer itself where the label allows that as well."""
    said: Judged
    """The answer."""
    given: float
    """The probability that was given to what is true, in (0, 1]."""


Grouping = Callable[[Case], str]


def cases() -> list[Case]:
    """Every judged step of the tune half."""
    return [
        Case(truth.family, found, label)
        for example, truth in load("tune")
        for found in [_found(example)]
        for label in truth.steps
        if label.primary is not None
    ]


def fit(some: Sequence[Case], strength: float) -> Weights:
    """One regression a question, on the steps at which every question before it is a no.

    Args:
        some: The steps.
        strength: The inverse of the penalty on weights, as scikit-learn has it.
    """
    questions: dict[Cause, Row] = {}
    left = list(some)
    for cause in CAUSES:
        rows = np.array([one.row(cause)[1:] for one in left])
        yes = np.array([one.label.primary == cause for one in left])
        model = LogisticRegression(C=strength, max_iter=2_000).fit(rows, yes)
        questions[cause] = (float(model.intercept_[0]), *map(float, model.coef_[0]))
        left = [one for one, said in zip(left, yes, strict=True) if not said]
    return Weights(THRESHOLD, weights().foreign, questions)


def left_out(some: Sequence[Case], strength: float, by: Grouping) -> dict[str, list[Told]]:
    """By group, answers on it by weights that were fitted on all the others."""
    told = {}
    for name in sorted({by(one) for one in some} - {""}):
        fitted = fit([one for one in some if by(one) != name], strength)
        told[name] = _told([one for one in some if by(one) == name], fitted)
    return told


def figures(told: Sequence[Told]) -> dict[str, float]:
    """Macro F1 over the classes that occur, accuracy, coverage, calibration error, log loss, F1s."""
    counts = Counter((one.true, one.said.primary) for one in told)
    each: dict[str, float] = {}
    for name in sorted({one.true for one in told}):
        wrong = sum(n for (a, b), n in counts.items() if (a == name) != (b == name))
        each[name] = 2 * counts[name, name] / (2 * counts[name, name] + wrong)
    stated = np.array([one.said.probability for one in told])
    hits = np.array([one.true == one.said.primary for one in told])
    bins = np.minimum((stated * BINS).astype(int), BINS - 1)
    gaps = [
        abs(hits[bins == at].mean() - stated[bins == at].mean()) * (bins == at).mean()
        for at in set(bins.tolist())
    ]
    return {
        "macro F1": float(np.mean(list(each.values()))),
        "accuracy": float(hits.mean()),
        "coverage": float(np.mean([one.said.primary != "undetermined" for one in told])),
        "calibration error": float(sum(gaps)),
        "log loss": float(-np.mean([log(one.given) for one in told])),
    } | each


def main() -> None:
    """Prints the figures on what was left out, and writes the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write taxonomy/weights.json")
    wanted = parser.parse_args()
    some = cases()
    found, alone = {}, {}
    for strength in STRENGTHS:
        families = left_out(some, strength, lambda one: one.family)
        alone[strength] = left_out(some, strength, lambda one: one.mechanism)
        found[strength] = figures([one for told in families.values() for one in told])
        apart = figures([one for told in alone[strength].values() for one in told])
        print(f"C={strength}: families left out: {_line(found[strength])}")
        print(f"{'':8} mechanisms left out: {_line(apart)}")
        found[strength]["both losses"] = found[strength]["log loss"] + apart["log loss"]
    best = min(found, key=lambda strength: found[strength]["both losses"])
    for name, value in found[best].items():
        print(f"  {name:20} {value:.3f}")
    print("mechanisms left out, right answers on each:")
    for name, told in alone[best].items():
        right = sum(one.true == one.said.primary for one in told)
        print(f"  {name:20} {right}/{len(told)}")
    fitted = fit(some, best)
    for cause, values in fitted.questions.items():
        print(f"{cause:17}", *(f"{n} {v:+.2f}" for n, v in zip(FEATURES, values, strict=True)))
    if wanted.write:
        OUT.write_text(_text(fitted, best), encoding="utf-8")
        print(f"written to {OUT}")


def _found(example: Example) -> Findings:
    played = {
        at: Continuations(one.taken, tuple(Instead(two.action, two.returns) for two in one.instead))
        for at, one in example.continuations.items()
    }
    return findings(Dossier(example.trajectory, example.draws, played))[0]


def _told(group: Sequence[Case], fitted: Weights) -> list[Told]:
    said = {
        id(found): verdicts(found, fitted)
        for found in {id(o.found): o.found for o in group}.values()
    }
    told = []
    for one in group:
        at, true = one.label.index, one.label.primary
        answer = said[id(one.found)].judged[at]
        assert true is not None
        true = answer.primary if answer.primary in one.label.also else true
        odds = probabilities(one.found.marked[at], one.found.bare[at], one.found.events[at], fitted)
        rest = 1.0 - sum(odds.values())
        given = rest if true in ("none", "undetermined") else odds[true]
        told.append(Told(true, answer, min(1.0, max(given, 1e-6))))
    return told


def _line(found: dict[str, float]) -> str:
    names = ("macro F1", "accuracy", "coverage", "calibration error", "log loss")
    return ", ".join(f"{name} {found[name]:.4f}" for name in names)


def _text(fitted: Weights, strength: float) -> str:
    head = {
        "version": WEIGHTS,
        "fitted_by": "benchmarks/corpus/fit.py",
        "fitted_on": "the corpus's tune half",
        "strength": strength,
        "threshold": fitted.threshold,
        # What `benchmarks/natural/worth.py` found stays as it is.
        "foreign": json.loads(OUT.read_text(encoding="utf-8"))["foreign"],
        "questions": {
            cause: {name: round(value, 4) for name, value in zip(FEATURES, values, strict=True)}
            for cause, values in fitted.questions.items()
        },
    }
    return json.dumps(head, indent=2) + "\n"


if __name__ == "__main__":
    main()
