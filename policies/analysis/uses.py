"""What agents really did, out of their logs, without what should not become a rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from episodes.actions import Action, CallTool, ReadFile, RunCommand, Say, Upload, WriteFile
from episodes.errors import EpisodeUnknown
from episodes.observations import CommandResult
from episodes.reader import LogReader
from episodes.record import Record
from episodes.trajectory import Step, Trajectory
from policies.analysis.references import Reference
from policies.engine import tool_of
from policies.state import WORKSPACE, State
from semantics.shell import read_command

_REFUSED = re.compile(r"Permission denied|Operation not permitted|Read-only file system")
_NOT_FOUND = 127


class LeftOut(Record):
    """An episode, or one step of it, that is not learnt from."""

    log: str
    """The log's file."""
    episode: str
    """The episode."""
    step: int | None = None
    """The step; all of the episode where absent."""
    why: str
    """Why it is left out."""


class Use(NamedTuple):
    """One action that ran."""

    action: Action
    """As it ran."""
    state: State
    """The state that it was judged in, as far as it is on record."""
    asked: bool
    """Whether an approver had to allow it."""
    reference: Reference
    """Where it is on record."""


@dataclass(slots=True)
class Uses:
    """What ran in some logs."""

    uses: list[Use] = field(default_factory=list)
    """Every action that ran, in order."""
    left_out: list[LeftOut] = field(default_factory=list)
    """What is not among them though it ran."""
    policies: dict[str, set[str]] = field(default_factory=dict)
    """The names of the policies they ran under, each with its digests."""
    episodes: int = 0
    """How many episodes were learnt from."""


def gather(logs: Sequence[Path], named: Sequence[str] = ()) -> Uses:
    """Reads what ran.

    Args:
        logs: Logs' files; they are only read.
        named: Episodes, by how their ids begin, that are learnt from whatever speaks against it.

    Returns:
        The actions that ran. Left out are drills, episodes whose observations are not real or
        that read what comes from outside the container, and steps that the kernel refused or that
        somebody has tagged as a violation.

    Raises:
        EpisodeUnknown: No log has an episode that is named.
        LogError: A log cannot be read.
    """
    found, missing = Uses(), {name: EpisodeUnknown() for name in named}
    for log in logs:
        with LogReader.open(log, placeholders=True) as reader:
            wanted: set[str] = set()
            for name in named:
                try:
                    wanted.add(reader.find_episode(name))
                except EpisodeUnknown as problem:
                    if name in missing:
                        missing[name] = problem
                else:
                    missing.pop(name, None)
            for row in reader.episodes():
                trajectory = reader.trajectory(row.episode)
                _episode(trajectory, str(log), row.episode in wanted, found)
    for unknown in missing.values():
        raise unknown
    return found


def _episode(trajectory: Trajectory, log: str, named: bool, found: Uses) -> None:
    why = None if named else _influence(trajectory)
    if why is not None:
        found.left_out.append(LeftOut(log=log, episode=trajectory.episode, why=why))
        return
    found.episodes += 1
    started = trajectory.started
    digests = found.policies.setdefault(started.policy, set())
    if started.provenance.policy_digest is not None:
        digests.add(started.provenance.policy_digest)
    cwd = WORKSPACE
    for step in trajectory.steps:
        if step.executed is not None:
            at = Reference(log=log, episode=trajectory.episode, step=step.index)
            why = _no_use(step) if named else _violation(step) or _no_use(step)
            if why is not None:
                found.left_out.append(LeftOut(**at.model_dump(), why=why))
            else:
                asked = step.decision is not None and step.decision.verdict == "ask"
                found.uses.append(Use(step.executed, _state(step, cwd), asked, at))
        if isinstance(step.observation, CommandResult) and step.observation.cwd is not None:
            cwd = step.observation.cwd


def _influence(trajectory: Trajectory) -> str | None:
    """Whose will an episode's actions may have followed besides the agent's own."""
    provenance = trajectory.started.provenance
    if provenance.drill:
        return "a drill: somebody else's orders were planted in it"
    if provenance.source != "real":
        return f"its observations are {provenance.source}, not real"
    isolation = provenance.isolation
    if isolation is not None and isolation.network != "none":
        return "under outside influence: its container had a way to a network"
    for step in trajectory.steps:
        if step.executed is not None and tool_of(step.executed) == "browser":
            return f"under outside influence: it used a browser, at step {step.index} first"
    return None


def _violation(step: Step) -> str | None:
    said = {(tag.tagger, tag.marks): tag for tag in step.tags}
    for (tagger, _), tag in said.items():
        if tag.primary == "policy_violation":
            return f"a violation, as {tagger} says"
    seen = step.observation
    if isinstance(seen, CommandResult) and seen.failed and _REFUSED.search(seen.stderr):
        return "a violation: the system refused it"
    return None


def _no_use(step: Step) -> str | None:
    if isinstance(step.executed, CallTool | Say):
        return "no action of this sandbox"
    seen = step.observation
    if isinstance(seen, CommandResult) and seen.exit_code == _NOT_FOUND and _alone(step):
        return "its program was not there"
    return None


def _alone(step: Step) -> bool:
    if not isinstance(step.executed, RunCommand):
        return True
    programs = read_command(step.executed.command).programs
    return sum(not program.builtin for program in programs) == 1


def _state(step: Step, cwd: PurePosixPath) -> State:
    resolved = {}
    if (
        isinstance(step.executed, ReadFile | WriteFile | Upload)
        and step.executed.path.is_absolute()
    ):
        resolved = {str(step.executed.path): step.executed.path}
    return State(cwd=cwd, resolved=resolved)
