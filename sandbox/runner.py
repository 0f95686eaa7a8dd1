"""A run from the plan to the last box torn down: `longleash run` and its like from Python."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from episodes.entries import Noted, RunResumed, RunStarted, StopAsked
from episodes.errors import TaskInvalid, UsageError
from episodes.forecasts import ForecastMode
from episodes.reader import LogReader
from episodes.terminal import safe_line
from episodes.writer import LogWriter
from policies.loading import load_policy
from policies.policy import Policy
from sandbox.agents.agent import Agent, Limited
from sandbox.agents.models.agent import ModelAgent
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.models.probing import record_probing
from sandbox.agents.names import agent_maker
from sandbox.boxes.backend import Backend, BoxSpec, KeepPages
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brakes
from sandbox.duties import Notify
from sandbox.egress.granted import grants_network
from sandbox.fleet import Fleet, FleetResult, Prepared, left_to_do
from sandbox.fork import Fork, read_fork
from sandbox.oversight.approvers import approver
from sandbox.oversight.overseers import APPROVAL_SECONDS, Oversight
from sandbox.oversight.reviewer import Reviewer
from sandbox.oversight.reviewers import own_reviewer, reviewer_of
from sandbox.plan import ForkPoint, Plan, Slot
from sandbox.progress import LiveProgress, Progress, Silence
from sandbox.spending import Budgets
from sandbox.stop_switch import StopSwitch
from sandbox.task import DEFAULT_IMAGE, Task


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
    readings = _Readings(own, settings.drawing)
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
            with telling or nullcontext(), _listening(log, run, brakes, console):
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


class _Readings:
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


def _asks(message: dict[str, Any]) -> tuple[str, str, str | None]:
    """Who asks, why, and for which episode; for the whole run where that is absent."""
    episode = message.get("episode")
    return (
        str(message.get("who", "somebody")),
        str(message.get("why", "")),
        None if episode is None else str(episode),
    )


@contextmanager
def _listening(log: LogWriter, run: str, brakes: Brakes, console: Console | None) -> Iterator[None]:
    """Ends or holds the run, or an episode of it, when a signal or another process asks for it."""

    def asked(message: dict[str, Any]) -> dict[str, Any]:
        who, why, episode = _asks(message)
        if episode is None or episode in brakes.under_way():
            log.append(f"run:{run}", StopAsked(who=who, why=why, episode=episode))
        brakes.stop(f"{who}: {why}" if why else who, episode)
        return {"run": run}

    def held(message: dict[str, Any], paused: bool) -> dict[str, Any]:
        who, why, episode = _asks(message)
        brakes.hold(paused, episode)
        text = "paused" if paused else "let go on"
        named = episode or f"the run {run}"
        note = Noted(episode=episode, who=who, text=f"{text} {named}" + (f": {why}" if why else ""))
        log.append("annotations", note)
        return {"run": run}

    signals: list[int] = []

    def interrupted(number: int, _frame: object) -> None:
        name = signal.Signals(number).name
        signals.append(number)
        if len(signals) > 1:
            # The second time: at once. What was acknowledged is durable already.
            os._exit(130)
        if console:
            console.print(f"{name}: ending cleanly; once more ends at once", markup=False)
        # Not in the handler: the main thread may hold the very lock that this would wait for.
        threading.Thread(target=asked, args=({"who": name},), daemon=True).start()

    log.on("stop", asked)
    log.on("pause", lambda message: held(message, True))
    log.on("go_on", lambda message: held(message, False))
    log.on("under_way", lambda _message: {"run": run, "episodes": brakes.under_way()})
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupted) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
