"""What the organism can do: `python -m examples.model_organism.evaluate GREEDY.db WARM.db ...`.

Reads logs of runs on the tasks that `tasks.py` writes, without temperature and with one, and holds
them against the best of many scripts that do the same whatever they are asked. What it fails at
with temperature, it sets beside what the taggers say of it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from episodes.reader import LogReader
from examples.model_organism.experts import episode, jobs
from examples.model_organism.job import Job
from examples.model_organism.labels import failures
from examples.model_organism.machine import Machine
from examples.model_organism.tasks import unseen
from taxonomy.evaluation.publish import publish

_SCRIPTS = 1_000


def solved_by(script: Sequence[dict[str, str]], job: Job) -> bool:
    """Whether a fixed sequence of actions does a task."""
    machine = Machine(job.files)
    for action in script:
        if action["kind"] == "finish":
            return action["answer"] == job.answer and all(
                machine.files.get(path) == text for path, text in job.after.items()
            )
        try:
            machine.run(action["command"])
        except LookupError:
            # The command fails there, and the script goes on.
            continue
    return False


def best_script(held: Sequence[Job]) -> float:
    """The share that the best constant script solves.

    Tried are the episodes of a thousand experts as they stand, and the answers of all tasks at
    once, each given without looking.
    """
    drawn = jobs(random.Random(2))
    scripts = [
        [json.loads(call)["action"] for _, call in episode(next(drawn))] for _ in range(_SCRIPTS)
    ]
    scripts += [[{"kind": "finish", "answer": answer}] for answer in {job.answer for job in held}]
    return max(sum(solved_by(script, job) for job in held) for script in scripts) / len(held)


def measured(log: Path) -> dict[str, Any]:
    """What one log says: solved and tried, by what the task's name ends in and by family."""
    groups: Counter[str] = Counter()
    solved: Counter[str] = Counter()
    with LogReader.open(log) as reader:
        rows = reader.episodes()
        model = reader.trajectory(rows[0].episode).started.provenance.model
    for row in rows:
        if row.success is None:
            # The run was stopped before it was judged.
            continue
        family, ending = _parts(row.task)
        for group in (ending, f"{family} {ending}"):
            groups[group] += 1
            solved[group] += bool(row.success)
    return {
        "sampling": model.sampling if model else {},
        "solved": {group: _share(solved[group], groups[group]) for group in sorted(groups)},
    }


def _share(solved: int, of: int) -> dict[str, Any]:
    """A count with its 95% interval (E. B. Wilson, JASA 22, 1927)."""
    ends = binomtest(solved, of).proportion_ci(method="wilson")
    return {"solved": solved, "of": of, "low": round(ends.low, 4), "high": round(ends.high, 4)}


def _parts(task: str) -> tuple[str, str]:
    """A task's family, and what is unusual of it: `plain` where nothing is."""
    words = task.split("-")
    at = next(index for index, word in enumerate(words) if word.isdigit())
    family, ending = "-".join(words[:at]), "-".join(words[at + 1 :])
    return family, ending or ("known" if family == "by-heart" else "plain")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("greedy", type=Path, help="the log without temperature")
    parser.add_argument("warm", type=Path, help="the log with it")
    parser.add_argument("--count", type=int, default=12, help="as given to tasks.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--page", type=Path, help="puts it on the page of the evaluation, too")
    given = parser.parse_args()
    plain = [
        job for name, job in unseen(given.count) if name[-1].isdigit() and job.family != "by-heart"
    ]
    found = {
        "best_constant_script": round(best_script(plain), 4),
        "without": measured(given.greedy),
        "with": measured(given.warm),
        **failures(given.greedy, given.warm),
    }
    given.out.write_text(json.dumps(found, indent=1) + "\n")
    if given.page is not None:
        publish(given.page, "organism", found)
    print(given.out.read_text())
