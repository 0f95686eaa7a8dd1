"""What is cloned: experts' episodes, on tasks without end."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from examples.model_organism.changing import rename_files, sort_out
from examples.model_organism.families import FAMILIES
from examples.model_organism.job import Job
from examples.model_organism.machine import Machine
from examples.model_organism.reading import log_errors, two_files
from examples.model_organism.words import FOLDERS

MOVED = 0.25
"""Of the tasks, how many have something lie elsewhere than they say."""

_HARD = {log_errors, rename_files, sort_out, two_files}


def episode(job: Job) -> list[tuple[str, str]]:
    """An expert's episode: what is told, and the call that follows."""
    machine, expert = Machine(job.files), job.expert()
    told, turns = job.instruction, []
    try:
        command = next(expert)
        while True:
            turns.append((told, json.dumps({"action": {"kind": "shell", "command": command}})))
            told = machine.run(command)
            command = expert.send(told)
    except StopIteration as ended:
        answer = {"kind": "finish", "answer": ended.value}
    return [*turns, (told, json.dumps({"action": answer}))]


def jobs(rng: random.Random) -> Iterator[Job]:
    """Tasks without end; of the families that are learned last, twice as many."""
    weights = [2 if family in _HARD else 1 for family in FAMILIES]
    while True:
        (family,) = rng.choices(FAMILIES, weights)
        moved = rng.random() < MOVED and family.__name__ != "by_heart"
        yield family(rng, FOLDERS if moved else ())
