"""How long a log of 100,000 steps takes to be judged again."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from figure import Figure

from episodes.actions import Action, ReadFile, RunCommand, WriteFile
from episodes.entries import (
    Body,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Intended,
    Proposed,
)
from episodes.observations import CommandResult, Denied, FileContent, FileWritten, Observation
from episodes.provenance import Provenance
from episodes.writer import LogWriter
from policies.analysis.backtest import backtest
from policies.engine import decide
from policies.loading import load_policy
from policies.policy import Policy
from policies.state import WORKSPACE, State

EPISODES = 3_334
STEPS = 30
ROUNDS = 3
SEED = 20_26

COMMANDS = (
    "ls -la",
    "git status",
    "git diff HEAD~{n} -- src/{word}.py",
    "cat src/{word}.py | head -n {n}",
    "grep -rn '{word}_{n}' src tests --include=*.py",
    "python3 -m pytest -x -q tests/test_{word}.py -k case_{n}",
    "sed -n '{n},{m}p' src/{word}/module_{n}.py",
    "find . -name '{word}*.py' -size -{n}k | sort | uniq -c | sort -rn | head -20",
    "cd src && python3 {word}.py --seed {n} > ../out/{word}_{n}.txt 2>&1 && tail -n 5 ../out/log",
    "for f in a b c; do wc -l data/{word}_{n}_$f.csv; done",
    "mkdir -p out/{word}/{n} && cp data/{word}.csv out/{word}/{n}/ && ls out/{word}/{n}",
    "curl -s http://localhost:{n}/{word}",
)
WORDS = ("parser", "reader", "writer", "model", "loader", "report", "index", "cache")


def bench_backtest(say: Callable[[str], None]) -> list[Figure]:
    """A log of 100,000 made steps, judged by another policy than the one they ran under."""
    policy, other = load_policy("offline-shell"), load_policy("locked-down")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.db"
        distinct = make_log(log, policy)
        say(f"{EPISODES * STEPS} steps, {len(distinct)} different actions")
        taken: dict[str, list[float]] = {"same": [], "other": [], "bare": []}
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for action in distinct:
                decide(action, State(), policy)
            taken["bare"].append((time.perf_counter() - began) * 1000)
            for name, judged_by in (("same", policy), ("other", other)):
                began = time.perf_counter()
                found = backtest(judged_by, [log], os.cpu_count() or 1)
                taken[name].append((time.perf_counter() - began) * 1000)
                assert found.steps == EPISODES * STEPS
                # What the log was made with is found again, and another policy differs.
                assert bool(found.changed) == (name == "other"), found.changes[:3]
    medians = {name: statistics.median(times) for name, times in taken.items()}
    bare = medians.pop("bare")
    return [
        # One process, no log: each different action judged once.
        Figure("decide_each_once", bare),
        *(
            Figure(
                f"backtest_100k_{name}_policy",
                median,
                "decide_each_once",
                median / bare,
                most_ms=10_000.0,
            )
            for name, median in medians.items()
        ),
    ]


def make_log(path: Path, policy: Policy) -> set[Action]:
    """Writes a seeded log as a gate under `policy` would have; gives the actions that differ."""
    draw = random.Random(SEED)
    seen: set[Action] = set()
    with LogWriter.open(path) as log:
        for episode in range(EPISODES):
            log.append(f"episode:{episode:06x}", *_episode(draw, policy, episode, seen))
    return seen


def _episode(draw: random.Random, policy: Policy, slot: int, seen: set[Action]) -> Iterator[Body]:
    yield EpisodeStarted(
        run="bench",
        slot=slot,
        attempt=0,
        task="bench",
        agent="bench",
        policy=policy.name,
        instruction="bench",
        provenance=Provenance(engine_version="bench", policy_digest=policy.digest),
    )
    for step in range(STEPS):
        action = _action(draw)
        seen.add(action)
        decision = decide(action, State(), policy)
        yield Proposed(step=step, action=action)
        yield Decided(step=step, decision=decision)
        if decision.verdict == "allow":
            yield Intended(step=step, action=_canonical(action))
        else:
            denied = Denied(rule_id=decision.rule_id, reason=decision.reason)
            yield Completed(step=step, observation=denied, seconds=0.001)
            continue
        yield Completed(step=step, observation=_seen(draw, action), seconds=0.01)
    yield EpisodeEnded(status="terminated", cause="finished", success=True, reward=1.0)


def _action(draw: random.Random) -> Action:
    # About three in five actions then differ, as in the demonstrations of a published agent.
    word, n = draw.choice(WORDS), draw.randrange(1_000)
    if draw.random() < 0.1:
        return ReadFile(path=f"src/{word}_{n}.py")
    if draw.random() < 0.1:
        return WriteFile(path=f"src/{word}.py", data=b"x = 1\n" * draw.randrange(200))
    return RunCommand(command=draw.choice(COMMANDS).format(word=word, n=n, m=n + 40))


def _canonical(action: Action) -> Action:
    if isinstance(action, ReadFile | WriteFile):
        return action.model_copy(update={"path": WORKSPACE / action.path})
    return action


def _seen(draw: random.Random, action: Action) -> Observation:
    if isinstance(action, ReadFile):
        return FileContent(path=f"/workspace/{action.path}", data=b"y = 2\n" * 50, size=300)
    if isinstance(action, WriteFile):
        return FileWritten(path=f"/workspace/{action.path}", size=len(action.data))
    text = "a line of output\n" * draw.randrange(100)
    return CommandResult(
        exit_code=0, stdout=text, stdout_bytes=len(text), seconds=0.01, cwd="/workspace"
    )
