"""What a run is to do: its slots, drawn up before it begins so that a resumed run is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from episodes.document import load_document
from episodes.errors import TaskInvalid
from episodes.record import Count, Digest, Record


class InjectedFault(Record):
    """A fault made from outside, on a slot's first attempt only."""

    step: Count
    """The step before which it strikes."""
    kind: Literal["container_killed"] = "container_killed"
    """What happens."""


class SuiteEntry(Record):
    """One line of a suite."""

    task: Annotated[str, Field(examples=["tasks/my-task"])]
    """A task's folder, relative to the suite's file."""
    agent: str | None = None
    """The agent; the run's where absent."""
    fault: InjectedFault | None = None
    """A fault to make."""


class Suite(Record):
    """A suite's file: tasks, each with who is to try it."""

    version: Annotated[Literal[1], Field(examples=[1])]
    """The version of this format."""
    episodes: Annotated[
        tuple[SuiteEntry, ...], Field(min_length=1, examples=[[{"task": "tasks/my-task"}]])
    ]
    """In the order in which they are run."""


class ForkPoint(Record):
    """The end of a step of an episode in the same log."""

    episode: str
    """The episode."""
    step: Count
    """The step, counted from 0."""


class Slot(Record):
    """One place in a run's plan; it is tried until an episode in it ends on its own."""

    index: Count
    """Its place."""
    task: str
    """The task's folder."""
    agent: str
    """The agent's name."""
    policy: str | None
    """The policy, where the run sets one over the task's own."""
    seed: int
    """For all that is drawn in it."""
    fault: InjectedFault | None = None
    """A fault to make."""
    fork: ForkPoint | None = None
    """Where it begins, in place of the task's own beginning."""

    @model_serializer(mode="wrap")
    def _as_before(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A plan's digest is that of a release which knew of no forks, where it has none.
        made: dict[str, Any] = dump(self)
        return {key: value for key, value in made.items() if key != "fork" or value is not None}


class Plan(Record):
    """All slots of a run."""

    slots: tuple[Slot, ...]
    """In order."""

    @property
    def digest(self) -> Digest:
        """Of the whole plan."""
        return "sha256:" + hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def as_json(self) -> tuple[dict[str, JsonValue], ...]:
        """One object a slot, as the log keeps it."""
        return tuple(slot.model_dump(mode="json") for slot in self.slots)


def draw_up(
    tasks: Sequence[Path], *, agent: str | None, policy: str | None, episodes: int, seed: int
) -> Plan:
    """A plan for `tasks`: suites, tasks' folders, or folders of tasks.

    Args:
        tasks: Where the tasks are.
        agent: Who acts, where a suite does not say.
        policy: Over the tasks' own policies, where given.
        episodes: How many of each.
        seed: Each slot's own seed is drawn from this and the slot's index.

    Raises:
        TaskInvalid: A path holds no task, or nobody is named who should act.
    """
    if not tasks:
        raise TaskInvalid(
            "no tasks are given; name a suite, a task's folder or a folder of tasks, or go on with "
            "a log's last run by --resume"
        )
    entries = [entry for path in tasks for entry in _entries(path)]
    slots: list[Slot] = []
    for _ in range(episodes):
        for entry in entries:
            # A suite says who acts in each of its episodes; the run's choice goes over it.
            who = agent or entry.agent
            if who is None:
                raise TaskInvalid(
                    f"{entry.task}: no agent is named for it; give --agent, e.g. "
                    "`--agent scripted:solve`"
                )
            slots.append(
                Slot(
                    index=len(slots),
                    task=entry.task,
                    agent=who,
                    policy=policy,
                    seed=drawn_seed(seed, len(slots)),
                    fault=entry.fault,
                )
            )
    return Plan(slots=tuple(slots))


def _entries(path: Path) -> list[SuiteEntry]:
    if path.is_file():
        suite = load_document(path, Suite, TaskInvalid)
        return [
            entry.model_copy(update={"task": str((path.parent / entry.task).resolve())})
            for entry in suite.episodes
        ]
    if (path / "task.yaml").is_file():
        return [SuiteEntry(task=str(path.resolve()))]
    found = sorted(path.glob("*/task.yaml")) if path.is_dir() else []
    if not found:
        raise TaskInvalid(
            f"{path}: no task there; give a task's folder, a folder of tasks, or a suite's file. "
            "`longleash init-task NAME` makes a task that runs"
        )
    return [SuiteEntry(task=str(document.parent.resolve())) for document in found]


def drawn_seed(seed: int, index: int) -> int:
    """The seed of the slot with this index, drawn from the run's."""
    drawn = hashlib.sha256(json.dumps([seed, index]).encode()).digest()
    return int.from_bytes(drawn[:4], "big")
