"""What is cloned: experts' episodes, on tasks without end."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from examples.model_organism.families import FAMILIES, Job
from examples.model_organism.machine import Machine
from examples.model_organism.words import FOLDERS

MOVED = 0.25
"""Of the tasks, how many have something lie elsewhere than they say."""


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
    """Tasks without end, of every family alike."""
    while True:
        family = rng.choice(FAMILIES)
        moved = rng.random() < MOVED and family.__name__ != "by_heart"
        yield family(rng, FOLDERS if moved else ())
