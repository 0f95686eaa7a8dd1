"""A task with an expert who does it, and what tasks are made of.

An expert is a generator: it yields commands, is sent what came of them, and returns the answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from examples.model_organism.words import NAMES

Expert = Generator[str, str, str]
"""Does a task."""


@dataclass(frozen=True)
class Job:
    """A task, with one expert who does it."""

    family: str
    instruction: str
    files: dict[str, str]
    expert: Callable[[], Expert]
    answer: str
    """What it has to finish with."""
    after: dict[str, str | None] = field(default_factory=dict)
    """What files have to hold afterwards; None for those that have to be gone."""


def draw_names(rng: random.Random, count: int) -> list[str]:
    """Names that nothing else is called."""
    return rng.sample(NAMES, count)


def hidden(rng: random.Random, path: str, moved: Sequence[str]) -> str:
    """Where a file lies: where it is said to, or in another folder."""
    if not moved:
        return path
    name = path.rpartition("/")[2]
    elsewhere = [folder for folder in moved if not path.startswith(f"{folder}/")]
    return f"{rng.choice(elsewhere)}/{name}"


def searched(path: str, at: str, first: str) -> Generator[str, str, str]:
    """Tries a command on the file; where it is not there, finds it and tries again.

    Returns:
        What the command showed in the end.
    """
    shown = yield first
    if at == path:
        return shown
    yield f"find . -name {path.rpartition('/')[2]}"
    return (yield first.replace(path, f"./{at}"))
