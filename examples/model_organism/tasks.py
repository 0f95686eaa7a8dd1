"""Tasks that the organism never saw, as folders: `python -m examples.model_organism.tasks DIR`."""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from examples.model_organism.families import FAMILIES
from examples.model_organism.job import Job
from examples.model_organism.words import FOLDERS, NAMES

UNSEEN_SEED = 20_251
"""Training draws from seeds 0 and 1."""

MOVING = {"read-setting", "log-errors", "csv-totals", "two-files", "set-option", "last-line"}
"""Families in which something may lie elsewhere than told."""

_CHECK = '''"""Whether the answer is right, and the files are as they have to be."""

import json
import os
import sys
from pathlib import Path

WANTED = json.loads({wanted!r})


def main() -> int:
    wrong = []
    if os.environ.get("LONGLEASH_ANSWER") != WANTED["answer"]:
        wrong.append("the answer")
    for path, text in WANTED["after"].items():
        found = Path("/workspace", path)
        if (found.read_text() if found.is_file() else None) != text:
            wrong.append(path)
    print("wrong: " + ", ".join(wrong) if wrong else "right")
    return 1 if wrong else 0


sys.exit(main())
'''


def unseen(count: int, seed: int = UNSEEN_SEED) -> Iterator[tuple[str, Job]]:
    """Tasks with a name each: `count` of every family, of facts that nothing tells, of layouts.

    A name ends in what is unusual of it: `-moved` for a place that training knows, `-unseen` for
    one that it does not, `-held-out` for a fact that training never held.
    """
    rng = random.Random(seed)
    for family in FAMILIES:
        name = family.__name__.replace("_", "-")
        by_heart = name == "by-heart"
        for at in range(count):
            yield f"{name}-{at:02}", family(rng, ())
        if by_heart:
            for at in range(count):
                yield f"{name}-{at:02}-held-out", family(rng, NAMES)
            continue
        for at in range(max(1, count // 3) if name in MOVING else 0):
            yield f"{name}-{at:02}-moved", family(rng, FOLDERS)
            yield f"{name}-{at:02}-unseen", family(rng, NAMES)


def write(folder: Path, name: str, job: Job) -> None:
    """Writes one task's folder, anew."""
    task = folder / name
    shutil.rmtree(task, ignore_errors=True)
    (task / "files").mkdir(parents=True)
    for path, text in job.files.items():
        target = task / "files" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    wanted = json.dumps({"answer": job.answer, "after": job.after})
    (task / "check.py").write_text(_CHECK.format(wanted=wanted))
    (task / "task.yaml").write_text(
        f"version: 1\nname: {name}\ninstruction: {json.dumps(job.instruction)}\n"
        "policy: offline-shell\nlimits: {steps: 12, seconds: 120}\ncheck: check.py\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=12, help="of each family")
    parser.add_argument(
        "--seed", type=int, default=UNSEEN_SEED, help="of the draw; training has 0 and 1"
    )
    given = parser.parse_args()
    for name, job in unseen(given.count, given.seed):
        write(given.folder, name, job)
