"""A run from the plan to the last box torn down: `longleash run` and its like from Python."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from episodes.entries import RunResumed, RunStarted
from episodes.errors import TaskInvalid
from episodes.forecasts import ForecastMode
from episodes.reader import LogReader
from episodes.terminal import safe_line
from episodes.writer import LogWriter
from sandbox.agents.agent import Agent, Limited
from sandbox.agents.models.agent import ModelAgent
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.models.probing import record_probing
from sandbox.boxes.backend import Backend, KeepPages
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brakes
from sandbox.duties import Notify
from sandbox.fleet import Fleet, FleetResult, Prepared, left_to_do
from sandbox.listening import listening
from sandbox.oversight.approvers import approver
from sandbox.oversight.overseers import APPROVAL_SECONDS, Oversight
from sandbox.oversight.reviewers import own_reviewer
from sandbox.plan import Plan, Slot
from sandbox.progress import LiveProgress, Progress, Silence
from sandbox.readings import Readings
from sandbox.spending import Budgets
from sandbox.stop_switch import StopSwitch


@dataclass(frozen=True)
class RunSettings:
    """How a run is done; what is done is the plan's."""

    parallel: int = 1
    """How many episodes at once."""
    retries: int = 2
    """How often a slot is tried again after a fault."""
    budgets: Budgets = field(default_factory=Budgets)
    """What the whole run may spend."""
    forecast: ForecastMode = "inline"
    """How forecasts are asked for."""
    resume: bool = False
    """Whether to go on with the log's last run."""
    approver: str = "deny"
    """Who answers an `ask`, by name."""
    approval_seconds: float = APPROVAL_SECONDS
    """How long an answer is waited for."""
    keep_pages: KeepPages = "all"
    """What is kept of pages."""
    reviewer: str | None = None
    """A reviewer beside those that the policies name, by name."""
    drawing: Drawing = field(default_factory=Drawing)
    """How models draw, where the run says so."""
    probes: int = 0
    """How often each question is asked that tells a model apart, before the run; 0 for none."""
    heads: Path | None = None
    """Where to write the heads of ended episodes, for `verify --heads`."""


def new_run() -> str:
    """A run's id."""
    return f"r{uuid.uuid4().hex[:8]}"


def run_plan(
    plan: Plan | None,
    log_path: Path,
    open_backend: Callable[[str], Backend],
    settings: RunSettings,
    console: Console | None = None,
) -> tuple[str, FleetResult]:
    """Runs a plan, or goes on with the last one of a log.

    Args:
        plan: What to do; absent to take it from the log that is resumed.
        log_path: Where it is recorded.
        open_backend: Makes the backend, given the run's id.
        settings: How it is done.
        console: Who is told; nobody where absent.

    Returns:
        The run's id and how it ended.

    Raises:
        LogError: The log cannot be written, or takes no more.
        EngineUnavailable: No engine answers, or it went away.
        TaskInvalid: A task or the plan to resume is not what it should be.
        PolicyInvalid: A policy does not validate.
        AgentUnknown: There is no agent by a name that the plan holds.
        AgentBroke: A model that is to be probed does not answer.
        UsageError: There is no approver or reviewer by the name that the settings or a policy hold.
    """
    if settings.resume and not log_path.exists():
        raise TaskInvalid(f"{log_path}: no log there to resume; leave --resume out")
    own = own_reviewer(settings.reviewer) if settings.reviewer else None
    readings = Readings(own, settings.drawing)
    if plan is not None:
        # Before anything is made or brought up: who mistyped a name should not wait for an engine.
        readings.check(plan)
    with LogWriter.open(log_path, heads_file=settings.heads) as log:
        run, plan = _which(plan, log, settings)
        readings.check(plan)
        if console:
            _tell_limits(readings.agents(plan), console)
        if settings.probes:
            _probe(readings.agents(plan), log, run, settings.probes)
        oversight = Oversight(
            approver(settings.approver, log),
            settings.approval_seconds,
            own,
            notify=_telling(console) if console else None,
        )
        backend = open_backend(run)
        pool = Pool(backend, hands=max(2, settings.parallel))
        with pool:
            prepare = readings.preparer(backend, settings.keep_pages, log_path)
            slots, done, interrupted = left_to_do(plan, log, run, prepare)
            _record_start(log, run, plan, settings, done, interrupted)
            parallel = _parallel(backend, slots, settings.parallel, console)
            stop = StopSwitch()
            brakes = Brakes(stop)
            # Bars that are drawn anew ten times a second would run over a question.
            live = settings.approver != "terminal"
            telling = LiveProgress(console, len(plan.slots), done, live=live) if console else None
            progress: Progress = telling or Silence()
            with telling or nullcontext(), listening(log, run, brakes, console):
                fleet = Fleet(
                    run,
                    slots,
                    pool=pool,
                    log=log,
                    stop=stop,
                    progress=progress,
                    parallel=parallel,
                    retries=settings.retries,
                    budgets=settings.budgets,
                    forecast=settings.forecast,
                    oversight=oversight,
                    brakes=brakes,
                )
                try:
                    result = fleet.go()
                finally:
                    # While a second signal is still heard: tearing down may take its time.
                    pool.close()
        return run, result


def _tell_limits(agents: dict[str, Agent], console: Console) -> None:
    """Says what will stay undetermined, before anybody waits for it."""
    for name, agent in agents.items():
        if isinstance(agent, Limited) and agent.undetermined:
            said = safe_line(f"{name}: {agent.undetermined}")
            console.print(said, markup=False, highlight=False)


def _parallel(
    backend: Backend, slots: Sequence[Prepared], wanted: int, console: Console | None
) -> int:
    """How many episodes at once: as many as are wanted, and the machine has the memory for."""
    room = backend.room([slot.spec for slot in slots])
    if room is None or room >= wanted:
        return wanted
    if console:
        console.print(
            f"{room} episodes at once and not {wanted}: so many have memory if each takes all that "
            "its policy allows (limits.memory_bytes)",
            markup=False,
            highlight=False,
        )
    return room


def _probe(agents: dict[str, Agent], log: LogWriter, run: str, draws: int) -> None:
    """Asks each model that acts the questions that tell it apart."""
    for name, agent in agents.items():
        if isinstance(agent, ModelAgent):
            record_probing(name, agent.client, log.append, draws=draws, run=run)


def _telling(console: Console) -> Notify:
    return lambda text: console.print(safe_line(text), markup=False, highlight=False)


def _which(plan: Plan | None, log: LogWriter, settings: RunSettings) -> tuple[str, Plan]:
    if not settings.resume:
        if plan is None:
            raise TaskInvalid("no tasks are given; name a suite, a task or a folder of tasks")
        return new_run(), plan
    with LogReader.open(log.path) as reader:
        runs = reader.runs()
        if not runs:
            raise TaskInvalid(f"{log.path}: no run there to resume; leave --resume out")
        run = runs[-1].run
        started = reader.run(run)
    if plan is not None and plan.digest != started.plan_digest:
        raise TaskInvalid(
            f"{log.path}: run {run} had another plan; resume it with the same tasks, agent, "
            "policy, episodes and seed, or name none of them"
        )
    slots = tuple(Slot.model_validate(slot) for slot in started.plan)
    return run, Plan(slots=slots)


def _record_start(
    log: LogWriter,
    run: str,
    plan: Plan,
    settings: RunSettings,
    done: int,
    interrupted: tuple[str, ...],
) -> None:
    if settings.resume:
        log.append(f"run:{run}", RunResumed(done=done, interrupted=interrupted))
        return
    log.append(
        f"run:{run}",
        RunStarted(
            run=run,
            plan=plan.as_json(),
            plan_digest=plan.digest,
            settings={
                "parallel": settings.parallel,
                "retries": settings.retries,
                "forecast": settings.forecast,
                "approver": settings.approver,
                "approval_seconds": settings.approval_seconds,
                "keep_pages": settings.keep_pages,
                "reviewer": settings.reviewer,
                "resample": settings.drawing.resample,
                **settings.drawing.settings,
            },
        ),
    )
