"""What a plan names, read: tasks, policies, agents, and what a slot goes on from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from episodes.errors import TaskInvalid, UsageError
from episodes.reader import LogReader
from policies.loading import load_policy
from policies.policy import Policy
from sandbox.agents.agent import Agent
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.names import agent_maker
from sandbox.boxes.backend import Backend, BoxSpec, KeepPages
from sandbox.egress.granted import grants_network
from sandbox.fleet import Prepared
from sandbox.fork import Fork, read_fork
from sandbox.oversight.reviewer import Reviewer
from sandbox.oversight.reviewers import reviewer_of
from sandbox.plan import ForkPoint, Plan, Slot
from sandbox.task import DEFAULT_IMAGE, Task


class Readings:
    """Reads each task, policy and agent's script once, however many slots share them.

    Args:
        own: A reviewer that the run brings.
        drawing: How models are to draw.
    """

    def __init__(self, own: Reviewer | None, drawing: Drawing) -> None:
        self._own, self._drawing = own, drawing
        self._task = cache(lambda folder: Task(Path(folder)))
        self._policy = cache(load_policy)

    def check(self, plan: Plan) -> None:
        """Reads all that a plan names, so that what is wrong shows before anything runs."""
        for slot in plan.slots:
            self._parts(slot)

    def agents(self, plan: Plan) -> dict[str, Agent]:
        """One of each agent that a plan names, by name."""
        first = {slot.agent: slot for slot in reversed(plan.slots)}
        return {name: self._parts(slot)[2]() for name, slot in first.items()}

    def preparer(self, backend: Backend, keep: KeepPages, log: Path) -> Callable[[Slot], Prepared]:
        """What makes a slot ready, images included."""

        @cache
        def image_of(folder: str) -> str:
            task = self._task(folder)
            if task.file.dockerfile:
                return backend.build(task.folder)
            return backend.image_id(task.file.image or DEFAULT_IMAGE)

        @cache
        def fork_at(point: ForkPoint) -> Fork:
            with LogReader.open(log) as reader:
                return read_fork(reader, point)

        def prepare(slot: Slot) -> Prepared:
            task, policy, agent = self._parts(slot)
            fork = fork_at(slot.fork) if slot.fork else None
            image = backend.image_id(fork.image) if fork else image_of(slot.task)
            return Prepared(slot, task, BoxSpec(image, policy, keep, task.sites), agent, fork)

        return prepare

    def _parts(self, slot: Slot) -> tuple[Task, Policy, Callable[[], Agent]]:
        task = self._task(slot.task)
        policy = self._policy(slot.policy or task.policy)
        if task.sites and not grants_network(policy):
            raise TaskInvalid(
                f"{task.folder}: policy '{policy.name}' opens no host, so its sites cannot be "
                "reached; name their hosts in its web.rules, and 127.0.0.1 in web.private"
            )
        if reviewer_of(policy, self._own) is None and self._own is not None:
            raise UsageError(
                f"--reviewer: policy '{policy.name}' sets neither review.ask_at nor deny_at, "
                f"so nothing would come of what {self._own.name} says; set one of them"
            )
        return task, policy, agent_maker(slot.agent, task, slot.seed, self._drawing)
