"""Agents by name: `scripted:NAME`, `python:MODULE:CALLABLE`, `openai:MODEL`, `anthropic:MODEL`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from episodes.errors import AgentUnknown
from llms.named import PROVIDERS, Provider
from sandbox.agents.agent import Agent
from sandbox.agents.models.agent import ModelAgent
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.module import load_callable
from sandbox.agents.python import python_agent, unusable
from sandbox.agents.scripted import ScriptedAgent, load_script
from sandbox.task import Task


class AgentKind(Protocol):
    """A way to name agents."""

    prefix: str
    """What comes before the colon."""
    usage: str
    """How it is written, for messages."""

    def maker(self, rest: str, task: Task, seed: int, drawing: Drawing) -> Callable[[], Agent]:
        """What makes a fresh agent for each attempt.

        Raises:
            AgentUnknown: There is none by that name; the message says what there is.
        """
        ...


class _Scripted:
    prefix = "scripted"
    usage = "scripted:NAME for scripts/NAME.yaml in the task's folder, or scripted:PATH.yaml"

    def maker(self, rest: str, task: Task, seed: int, drawing: Drawing) -> Callable[[], Agent]:
        path = Path(rest) if rest.endswith(".yaml") else task.folder / "scripts" / f"{rest}.yaml"
        if not path.is_file():
            there = sorted(found.stem for found in (task.folder / "scripts").glob("*.yaml"))
            raise AgentUnknown(
                f"scripted:{rest}: no script {path}; "
                f"task '{task.name}' has {', '.join(there) or 'none'}"
            )
        script = load_script(path)
        return lambda: ScriptedAgent(f"scripted:{rest}", script)


class _Python:
    prefix = "python"
    usage = "python:FILE.py:NAME or python:MODULE:NAME, called with a view for each step"

    def maker(self, rest: str, task: Task, seed: int, drawing: Drawing) -> Callable[[], Agent]:
        try:
            target = load_callable(rest)
        # A module of anybody's may raise anything as it is read, and may leave.
        except (Exception, SystemExit) as problem:
            told = f"{type(problem).__name__}: {problem}"
            raise AgentUnknown(f"python:{rest}: {told}; write {self.usage}") from problem
        if why := unusable(target):
            raise AgentUnknown(f"python:{rest}: {why}; write {self.usage}")
        return lambda: python_agent(f"python:{rest}", target, seed)


class _Served:
    """Models behind an endpoint.

    Args:
        provider: Who serves them.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.prefix, self.usage = provider.prefix, provider.usage

    def maker(self, rest: str, task: Task, seed: int, drawing: Drawing) -> Callable[[], Agent]:
        # Once now, so that a model that cannot be asked is told of before anything runs.
        self._provider.client(rest, **drawing.settings)
        return lambda: ModelAgent(
            f"{self.prefix}:{rest}",
            self._provider.client(rest, **drawing.settings),
            seed,
            drawing.resample,
        )


KINDS: tuple[AgentKind, ...] = (
    _Scripted(),
    _Python(),
    *map(_Served, PROVIDERS),
)
"""Every way to name an agent, in the order in which messages tell of them."""


def agent_maker(
    name: str, task: Task, seed: int, drawing: Drawing | None = None
) -> Callable[[], Agent]:
    """What makes a fresh agent of that name for each attempt.

    Args:
        name: As one of `KINDS` says.
        task: What it is to do.
        seed: For what it draws.
        drawing: How a model is to draw; as it does by itself where absent.

    Raises:
        AgentUnknown: There is none by that name; the message says what there is.
    """
    prefix, _, rest = name.partition(":")
    for kind in KINDS:
        if kind.prefix == prefix and rest:
            return kind.maker(rest, task, seed, drawing or Drawing())
    ways = "; ".join(kind.usage for kind in KINDS)
    raise AgentUnknown(f"--agent {name}: no such agent. Write {ways}")
