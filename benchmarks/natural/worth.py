"""Says what a probability of the combiner's is worth on others' logs, from the tune half alone.

    python -m benchmarks.natural.worth --data ../shared/data            # the figures
    python -m benchmarks.natural.worth --data ../shared/data --write    # into taxonomy/weights.json

Rules were made by reading the tune half, so that the share of it which is right now says too much,
and the share that was right before any of them says too little. What is kept lies midway.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from taxonomy.combiner import Weights, weights
from taxonomy.dossier import Dossier
from taxonomy.evaluation.labelled import Labelled
from taxonomy.evaluation.natural import NATURAL, agreed, of_half, read_labels, read_natural
from taxonomy.weighing import findings, verdicts

OUT = Path(__file__).parents[2] / "taxonomy/weights.json"

BEFORE = 0.459
"""The share of the tune half that was right by `rules 3.1.1.2.2.2.1.2.1.3`, before a rule was made
with it (`docs/evaluation.md` of that time)."""


def right_and_stated(examples: tuple[Labelled, ...], by: Weights) -> tuple[float, float]:
    """The share of the labelled steps whose answer is right, and the mean probability stated."""
    hits, stated = [], []
    for example in examples:
        said = verdicts(findings(Dossier(example.trajectory))[0], by).judged
        for truth in example.truths:
            if truth.primary is not None:
                hits.append(truth.right(said[truth.index].primary))
                stated.append(said[truth.index].probability)
    return float(np.mean(hits)), float(np.mean(stated))


def main() -> None:
    """Prints the figures, and writes the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--write", action="store_true", help="write taxonomy/weights.json")
    wanted = parser.parse_args()
    labels = agreed(*(read_labels(NATURAL / f"labels_{one}.jsonl") for one in "ab"))
    examples = read_natural(wanted.data, of_half(labels, "tune"))
    right, stated = right_and_stated(examples, replace(weights(), foreign=1.0))
    worth = round((BEFORE + right) / 2 / stated, 3)
    print(f"right before {BEFORE:.3f}, right now {right:.3f}, stated {stated:.3f}: worth {worth}")
    if wanted.write:
        held = json.loads(OUT.read_text(encoding="utf-8"))
        held["foreign"] = {
            "worth": worth,
            "fitted_by": "benchmarks/natural/worth.py",
            "fitted_on": "the natural steps' tune half",
        }
        OUT.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
        print(f"written to {OUT}")


if __name__ == "__main__":
    main()
