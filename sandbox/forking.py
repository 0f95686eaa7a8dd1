"""Planning episodes that go on from a step of another one, and what they say of that step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from episodes.entries import EpisodeStarted
from episodes.errors import TaskInvalid, UsageError
from episodes.reader import LogReader
from episodes.trajectory import Trajectory
from policies.loading import load_policy
from sandbox.driven.opening import BY_HAND
from sandbox.fork import read_fork
from sandbox.plan import ForkPoint, Plan, Slot, drawn_seed
from sandbox.task import Task
from taxonomy.continuations import Continuations, Instead


def plan_forks(
    reader: LogReader,
    point: ForkPoint,
    *,
    agent: str | None = None,
    policy: str | None = None,
    task: Path | None = None,
    times: int = 1,
    seed: int = 0,
) -> Plan:
    """Episodes that go on from one step; as the parent was planned, but for what is given.

    Args:
        reader: The log that holds the episode.
        point: The episode and the step.
        agent: Who goes on.
        policy: What may be done.
        task: The folder of the task.
        times: How many.
        seed: Each one's own is drawn from it.

    Raises:
        EpisodeUnknown: There is no such episode or step.
        TaskInvalid: The task is not there any more, or is another one by now.
        StateNotKept: The log does not hold all of the workspace.
    """
    # Before anything is brought up: it may be that it cannot be done.
    read_fork(reader, point)
    started = reader.trajectory(point.episode).started
    was = Slot.model_validate(reader.run(started.run).plan[started.slot])
    if task is None and was.task == BY_HAND:
        raise TaskInvalid(
            f"episode {point.episode} was driven by hand; name what is to be done with --task, or "
            "go on by hand: Sandbox(fork=(EPISODE, STEP))"
        )
    folder = str(task.resolve()) if task else was.task
    named = policy or was.policy
    _check_same(started, folder, named, given=(task is not None, policy is not None))
    slots = tuple(
        Slot(
            index=index,
            task=folder,
            agent=agent or was.agent,
            policy=named,
            seed=drawn_seed(seed, index),
            fork=point,
        )
        for index in range(times)
    )
    return Plan(slots=slots)


def _check_same(
    started: EpisodeStarted, folder: str, policy: str | None, given: tuple[bool, bool]
) -> None:
    """Refuses what has changed since, unless it was named."""
    task = Task(Path(folder))
    if not given[0] and task.digest != started.task_digest:
        raise TaskInvalid(
            f"{folder}: the task is not what it was in that episode; to go on with what it is now, "
            "name it with --task"
        )
    now = load_policy(policy or task.policy)
    if not given[1] and now.digest != started.provenance.policy_digest:
        raise UsageError(
            f"policy '{now.name}' is not what it was in that episode; to go on under what it is "
            "now, or another one, name it with --policy"
        )


def continuations(reader: LogReader, episode: str) -> Mapping[int, Continuations]:
    """How an episode went on, by step, in those that were forked from it and ended on their own.

    A fork says what its step was worth; and of the step after that, what something else would have
    been worth, where it began with something else.
    """
    rows = reader.select(
        "SELECT substr(chain, 9) AS fork FROM entries WHERE kind = 'episode_started' "
        "AND json_extract(body, '$.provenance.parent_episodes[0]') = :episode "
        "AND json_extract(body, '$.provenance.forked_after') IS NOT NULL",
        {"episode": episode},
    )
    parent = reader.trajectory(episode)
    taken: dict[int, list[float]] = {}
    instead: dict[int, dict[str, tuple[Trajectory, list[float]]]] = {}
    for row in rows:
        fork = reader.trajectory(str(row["fork"]))
        after, ended = fork.started.provenance.forked_after, fork.ended
        if after is None or ended is None or ended.status != "terminated" or ended.reward is None:
            continue
        taken.setdefault(after, []).append(ended.reward)
        following = parent.steps[after + 1].action if after + 1 < len(parent.steps) else None
        if fork.steps and following is not None and fork.steps[0].action != following:
            key = fork.steps[0].action.model_dump_json()
            others = instead.setdefault(after + 1, {})
            others.setdefault(key, (fork, []))[1].append(ended.reward)
    return {
        step: Continuations(
            tuple(taken.get(step, ())),
            tuple(
                Instead(fork.steps[0].action, tuple(returns))
                for fork, returns in instead.get(step, {}).values()
            ),
        )
        for step in sorted(taken.keys() | instead.keys())
    }
