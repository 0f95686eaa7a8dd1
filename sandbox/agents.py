"""Agents by name: `scripted:NAME`, `python:MODULE:CALLABLE`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

from episodes.errors import AgentUnknown
from sandbox.agent import Agent
from sandbox.python_agent import PythonAgent
from sandbox.scripted_agent import ScriptedAgent, load_script
from sandbox.task import Task


class AgentKind(Protocol):
    """A way to name agents."""

    prefix: str
    """What comes before the colon."""
    usage: str
    """How it is written, for messages."""

    def maker(self, rest: str, task: Task, seed: int) -> Callable[[], Agent]:
        """What makes a fresh agent for each attempt.

        Raises:
            AgentUnknown: There is none by that name; the message says what there is.
        """
        ...


class _Scripted:
    prefix = "scripted"
    usage = "scripted:NAME for scripts/NAME.yaml in the task's folder, or scripted:PATH.yaml"

    def maker(self, rest: str, task: Task, seed: int) -> Callable[[], Agent]:
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

    def maker(self, rest: str, task: Task, seed: int) -> Callable[[], Agent]:
        where, _, name = rest.rpartition(":")
        try:
            target = getattr(_load(where), name)
        # A module of anybody's may raise anything as it is read.
        except Exception as problem:
            told = f"{type(problem).__name__}: {problem}"
            raise AgentUnknown(f"python:{rest}: {told}; write {self.usage}") from problem
        return lambda: PythonAgent(f"python:{rest}", target, seed)


KINDS: tuple[AgentKind, ...] = (_Scripted(), _Python())
"""Every way to name an agent, in the order in which messages tell of them."""


def agent_maker(name: str, task: Task, seed: int) -> Callable[[], Agent]:
    """What makes a fresh agent of that name for each attempt.

    Raises:
        AgentUnknown: There is none by that name; the message says what there is.
    """
    prefix, _, rest = name.partition(":")
    for kind in KINDS:
        if kind.prefix == prefix and rest:
            return kind.maker(rest, task, seed)
    ways = "; ".join(kind.usage for kind in KINDS)
    raise AgentUnknown(f"--agent {name}: no such agent. Write {ways}")


@cache
def _load(where: str) -> object:
    if not where.endswith(".py"):
        return importlib.import_module(where)
    path = Path(where).resolve()
    specification = importlib.util.spec_from_file_location(f"agent_{path.stem}", path)
    if specification is None or specification.loader is None or not path.is_file():
        raise ImportError(f"no file {path}")
    module = importlib.util.module_from_spec(specification)
    # Dataclasses and pickling look a class's module up there.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module
