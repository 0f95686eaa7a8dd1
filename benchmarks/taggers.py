"""What naming failures costs a step: every default tagger, with and without the agent's marks."""

from __future__ import annotations

import gzip
import json
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import matplotlib as mpl
from figure import Figure

from episodes.trajectory import Step, Trajectory
from taxonomy import readings
from taxonomy.tagging import tag_trajectory

DATA = Path(__file__).parent / "corpus/data/tune.jsonl.gz"
LENGTHS = (30, 100, 300, 1_000, 3_000, 5_000)
EPISODES = 20
AGAIN = 5


def bench_taggers(say: Callable[[str], None]) -> list[Figure]:
    """Episodes of 30 to 5,000 steps, put together from the corpus's own; each command read anew."""
    steps = _steps()
    each = {length: _seconds_a_step(steps, length) for length in LENGTHS}
    for length, seconds in each.items():
        say(f"  {length:5} steps: {1 / seconds:,.0f} steps a second")
    _plot(each)
    cut, whole, growth = _growth(steps, 5_000, 250)
    return [
        Figure("tag_a_step_of_30", each[30] * 1000, most_ms=0.5),
        Figure(
            "tag_a_step_of_5000",
            whole * 1000,
            against="tag_a_step_of_250",
            ratio=growth,
            most_ratio=1.3,
        ),
        Figure("tag_a_step_of_250", cut * 1000),
    ]


def _growth(steps: Sequence[Step], length: int, short: int) -> tuple[float, float, float]:
    """Seconds a step, of the same steps in short episodes and in one long one, and their ratio.

    The same steps, in turn with each other, since other steps cost otherwise and a machine that
    others use too is slower at times. The ratio is the median over the turns.
    """
    one = [_episode(steps, 0, length)]
    many = [_episode(steps, start, short) for start in range(0, length, short)]
    turns = [(_seconds(many) / length, _seconds(one) / length) for _ in range(AGAIN)]
    cut, whole = (statistics.median(side) for side in zip(*turns, strict=True))
    return cut, whole, statistics.median(long / short for short, long in turns)


def _seconds(episodes: Sequence[Trajectory]) -> float:
    readings.forget()
    began = time.process_time()
    for episode in episodes:
        tag_trajectory(episode)
    return time.process_time() - began


def _seconds_a_step(steps: Sequence[Step], length: int) -> float:
    """The median over episodes of the best of some tries, in processor time."""
    many = max(1, min(EPISODES, 3_000 // length))
    found = []
    for number in range(many):
        episode = _episode(steps, number * length, length)
        best = float("inf")
        for _ in range(AGAIN if length < 1_000 else 2):
            best = min(best, _seconds([episode]))
        found.append(best / length)
    return statistics.median(found)


_FIRST: list[Trajectory] = []


def _steps() -> list[Step]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        episodes = [
            Trajectory.model_validate(json.loads(line)["trajectory"]) for line in islice(lines, 250)
        ]
    _FIRST[:] = episodes[:1]
    return [step for episode in episodes for step in episode.steps if step.action.kind != "finish"]


def _episode(steps: Sequence[Step], start: int, length: int) -> Trajectory:
    """An episode of others' steps, in their order, from one place on."""
    chosen = (steps[(start + at) % len(steps)] for at in range(length))
    placed = tuple(
        step.model_copy(update={"index": at, "fault": None}) for at, step in enumerate(chosen)
    )
    return _FIRST[0].model_copy(update={"steps": placed})


def _plot(each: dict[int, float]) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    axes.plot(list(each), [seconds * 1e6 for seconds in each.values()], marker="o")
    axes.axhline(500, linestyle="--", label="2,000 steps a second")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("steps of the episode")
    axes.set_ylabel("microseconds a step")
    axes.legend()
    figure.tight_layout()
    Path("build").mkdir(exist_ok=True)
    figure.savefig("build/taggers.png", dpi=150)
    plt.close(figure)
