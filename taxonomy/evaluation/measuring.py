"""Measures on one set of data, by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.markdown import Markdown

from episodes.errors import UsageError
from taxonomy.evaluation.agreement import agreement
from taxonomy.evaluation.baselines import ORACLE
from taxonomy.evaluation.corpus import CORPUS, Half, digests, read_corpus
from taxonomy.evaluation.evaluation import evaluate
from taxonomy.evaluation.foreign_page import mirage
from taxonomy.evaluation.judging import judge
from taxonomy.evaluation.labelled import StepTruth
from taxonomy.evaluation.looks import Shares, looks, note_look, note_who_when_look
from taxonomy.evaluation.mirage import read_checked, read_mirage, score_mirage
from taxonomy.evaluation.natural import NATURAL, agreed, of_half, read_labels, read_natural
from taxonomy.evaluation.table import tables
from taxonomy.evaluation.who_when import read_who_when
from taxonomy.evaluation.who_when_judged import read_judged
from taxonomy.evaluation.who_when_page import who_when
from taxonomy.evaluation.who_when_reasons import read_reasons
from taxonomy.evaluation.who_when_score import score_who_when

_HALVES: tuple[Half, ...] = ("tune", "test")


@dataclass(frozen=True)
class Measured:
    """What was found."""

    figures: dict[str, Any]
    """As plain values."""
    shown: RenderableType
    """For a terminal."""


def measure(name: str, *, test: bool, foreign: Path | None) -> Measured:
    """Tags a set of data anew and holds the tags against its labels.

    Args:
        name: `corpus`, `natural`, `mirage`, `who-when`, or a folder like the corpus's.
        test: Whether to take the corpus's test half, which is written down.
        foreign: The folder of others' data sets.

    Raises:
        UsageError: The data are not there, or not those that were frozen.
    """
    others = {"natural": _natural, "mirage": _mirage, "who-when": _who_when}
    if name not in others:
        return _corpus(name, test=test)
    if foreign is None:
        raise UsageError(f"--data {name}: say with --foreign where others' data sets lie")
    return others[name](foreign)


def _corpus(name: str, *, test: bool) -> Measured:
    folder = CORPUS if name == "corpus" else Path(name)
    half = "test half" if test else "tune half"
    tune = read_corpus("tune", folder)
    chosen = read_corpus("test", folder) if test else tune
    found = evaluate(half if name == "corpus" else f"{name}, {half}", chosen, tune)
    figures = found.to_json() | {"digests": digests(folder)}
    if test:
        note_look(folder, found)
        figures["looks"] = len(looks(folder))
    return Measured(figures, tables(found))


def _natural(foreign: Path) -> Measured:
    first, second = (read_labels(NATURAL / f"labels_{one}.jsonl") for one in "ab")
    both = agreed(first, second)
    examples = read_natural(foreign, both)
    found = evaluate("natural steps", examples, read_corpus("tune"))
    figures = found.to_json() | {
        "annotators": _annotators(NATURAL / "annotators.json"),
        "agreement": [asdict(one) for one in agreement(first, second)],
        "drawn": len(both),
        "alike": sum(one.primary is not None for one in both.values()),
        "halves": [_natural_half(foreign, both, half) for half in _HALVES],
    }
    for key, labels in (("alpha_a", first), ("alpha_b", second)):
        # Every step that the annotator labelled, those too on which the other one differs.
        theirs = read_natural(foreign, labels)
        said = judge(theirs).marked
        mine = {
            f"{at}:{truth.index}": truth.model_copy(
                update={"primary": some[truth.index].primary, "overlays": ()}
            )
            for at, (example, some) in enumerate(zip(theirs, said.steps or (), strict=True))
            for truth in example.truths
        }
        held = {
            f"{at}:{truth.index}": truth
            for at, example in enumerate(theirs)
            for truth in example.truths
        }
        figures[key] = agreement(mine, held)[0].alpha
    return Measured(figures, tables(found))


def _natural_half(foreign: Path, truths: Mapping[str, StepTruth], half: Half) -> dict[str, Any]:
    """What the page tells of one half: rules and weights may have been made with `tune`."""
    examples = read_natural(foreign, of_half(truths, half))
    found = evaluate(f"natural steps, {half} half", examples, read_corpus("tune")).to_json()
    return {
        "name": f"{half} half",
        **{key: found[key] for key in ("overall", "macro_f1", "calibration", "baselines")},
    }


def _annotators(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["note"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"{path}: who labelled the steps cannot be read: {problem}") from problem


def _mirage(foreign: Path) -> Measured:
    contexts = tuple(read_mirage(foreign / "mirage_bench"))
    found = score_mirage(contexts, read_checked(NATURAL / "mirage_loops.jsonl"))
    return _told(found.to_json(), mirage)


def _who_when(foreign: Path) -> Measured:
    folder = foreign / "who_when"
    tune, test = (read_who_when(folder, half) for half in _HALVES)
    found = score_who_when(tune, test, read_reasons(NATURAL), read_judged(NATURAL))
    if found is None:
        raise UsageError("--data who-when: these taggers name no critical step")
    parts = {part.name: part for part in found.parts}
    fixed = next(one for one in parts["test half"].baselines if one.name.startswith(ORACLE))
    shares = Shares(parts["tune half"].exact.value, parts["test half"].exact.value, fixed.value)
    seen = note_who_when_look(NATURAL, found.version, shares, fixed.lead.p)
    if found.judge is not None:
        _, judged_tune, judged = found.judge.refined
        fixed = next(one for one in judged.baselines if one.name.startswith(ORACLE))
        shares = Shares(judged_tune.exact.value, judged.exact.value, fixed.value)
        version = f"{found.version} and a judge by {found.judge.rubric}"
        seen = note_who_when_look(NATURAL, version, shares, fixed.lead.p)
    looked = [look.model_dump(mode="json") for look in seen]
    return _told(found.to_json() | {"looks": looked}, who_when)


def _told(figures: dict[str, Any], words: Any) -> Measured:
    """Shown as the page tells it, less what is added when it is kept."""
    told = "\n".join(words({"measured": "now", "versions": {}, **figures}))
    return Measured(figures, Markdown(told))
