"""What its failures are by construction, beside what the taggers make of them.

A task that it solves without temperature and fails with it was failed by a slip; one that asks for
a fact that training never held, by a hallucination; one whose file lies in a folder that training
never used makes it explore. What it fails without temperature, too, has no such label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from episodes.reader import LogReader
from episodes.trajectory import Trajectory
from taxonomy.critical import critical_step
from taxonomy.tagging import tag_trajectory

_ENDINGS = {"held-out": "hallucination", "unseen": "exploration"}
NONE = "no label"
"""Of what it fails without temperature, too."""


def failures(greedy: Path, warm: Path) -> dict[str, Any]:
    """The failed episodes of a run with temperature, by what they are by construction.

    Args:
        greedy: A log of the same tasks without temperature.
        warm: The log with it.

    Returns:
        For each label how many episodes failed so, in how many a step has it as its primary cause,
        what the critical step is called, and what the steps are called; and who tagged them.
    """
    solved = {trajectory.started.task: _passed(trajectory) for trajectory in _judged(greedy)}
    episodes: Counter[str] = Counter()
    named: Counter[str] = Counter()
    critical: dict[str, Counter[str]] = {}
    steps: dict[str, Counter[str]] = {}
    tagger = ""
    for trajectory in _judged(warm):
        if _passed(trajectory):
            continue
        label = label_of(trajectory.started.task, solved)
        tags = tag_trajectory(trajectory)[::2]
        tagger = tagger or f"{tags[0].tagger} {tags[0].version}"
        found = [tag.primary for tag in tags]
        episodes[label] += 1
        named[label] += label in found
        at = critical_step(trajectory, tags)
        critical.setdefault(label, Counter())[at.mode if at else "none"] += 1
        steps.setdefault(label, Counter()).update(found)
    return {
        "tagger": tagger,
        "labels": [
            {
                "label": label,
                "episodes": episodes[label],
                "named": named[label],
                "critical": dict(critical[label].most_common()),
                "steps": dict(steps[label].most_common()),
            }
            for label in ("slip", "hallucination", "exploration", NONE)
            if episodes[label]
        ],
    }


def label_of(task: str, solved: Mapping[str, bool]) -> str:
    """What a failure at a task is, by what the task is and what is solved without temperature."""
    ending = next((name for name in _ENDINGS if task.endswith(f"-{name}")), None)
    if ending is not None:
        return _ENDINGS[ending]
    return "slip" if solved.get(task) else NONE


def _judged(log: Path) -> Iterator[Trajectory]:
    with LogReader.open(log) as reader:
        for row in reader.episodes():
            # One that was stopped before it was judged is no failure.
            if row.success is not None:
                yield reader.trajectory(row.episode)


def _passed(trajectory: Trajectory) -> bool:
    return bool(trajectory.ended and trajectory.ended.success)
