"""What the rules reviewer costs: one action, beside all that was shown before it."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from figure import Figure

from episodes.actions import RunCommand
from episodes.observations import CommandResult
from policies.engine import decide, reading_of
from policies.loading import load_policy
from policies.state import State
from sandbox.agents.agent import Shown
from sandbox.oversight.reviewer import Case
from sandbox.oversight.rules_reviewer import RulesReviewer

# The first is what commands mostly print, the second the most that a model is shown of a step.
SIZES = (1_000, 12_000)
STEPS = 200
_PROSE = Path(__file__).parents[1] / "docs/policy.md"


def bench_review(say: Callable[[str], None]) -> list[Figure]:
    """An action of four programs at each step of an episode of 200, each of which shows prose."""
    figures = []
    for size in SIZES:
        times = sorted(_times(size))
        median, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        say(f"  {size:6} characters a step: {median:.2f} ms an action, p99 {p99:.2f}")
        figures.append(Figure(f"review_after_{size}_characters", median, most_ms=1.0))
    return figures


def _times(size: int) -> list[float]:
    """Milliseconds, step by step."""
    rng, words = random.Random(1), _PROSE.read_text().split()
    reviewer, policy = RulesReviewer(), load_policy("offline-shell")
    history: list[Shown] = []
    times = []
    for step in range(STEPS):
        action = RunCommand(
            command=f"cat data/orders{step}.csv | sort -k 2 | head -n 20 > out/first{step}.txt; "
            f"rm -f tmp/{step}.log"
        )
        case = Case(
            episode="bench",
            step=step,
            action=action,
            reading=reading_of(action),
            state=State(),
            decision=decide(action, State(), policy),
            forecast=None,
            instruction="Sort the data and write the first of each file to out.",
            history=tuple(history),
        )
        began = time.perf_counter()
        reviewer.review(case)
        times.append((time.perf_counter() - began) * 1_000)
        text = " ".join(rng.choices(words, k=size // 4))[:size]
        history.append(Shown(action, CommandResult(exit_code=0, stdout=text, cwd="/workspace")))
    return times
