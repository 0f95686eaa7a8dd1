"""Many episodes on one machine: slots, retries, budgets, stopping, and going on after a crash."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from typing import Literal

from episodes.entries import EpisodeEnded, Faulted, RunEnded
from episodes.errors import EngineUnavailable, LogError
from episodes.forecasts import ForecastMode
from episodes.reader import LogReader
from episodes.writer import LogWriter
from sandbox.agents.agent import Agent
from sandbox.assignment import Assignment
from sandbox.attempt import Attempt
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brakes
from sandbox.fork import Fork
from sandbox.oversight.overseers import Oversight
from sandbox.plan import Plan, Slot
from sandbox.progress import Progress
from sandbox.spending import Budgets, Spending
from sandbox.stop_switch import StopSwitch
from sandbox.task import Task
from taxonomy.tagging import record_tags

ABANDON_AFTER_SECONDS = 1.5
"""How long a stopped run waits for boxes that are coming up, and for what a box does not give up;
such an episode stays without an end. The run's own end is on record within two seconds."""


@dataclass(frozen=True)
class Prepared:
    """A slot with all that its attempts share."""

    slot: Slot
    """The slot."""
    task: Task
    """Its task."""
    spec: BoxSpec
    """The box it needs."""
    agent: Callable[[], Agent]
    """Makes a fresh agent for each attempt."""
    fork: Fork | None = None
    """Where it begins, in place of the task's own beginning."""
    attempts: int = 0
    """Attempts that were made before this run went on, for numbering."""
    faults: int = 0
    """How many of them ended in a fault, for the limit."""


@dataclass(frozen=True)
class FleetResult:
    """How a run ended."""

    status: Literal["done", "stopped", "budget", "faulted"]
    """In a word; `faulted` where slots were given up after their retries."""
    done: int
    """Slots that ended on their own in this go."""
    given_up: int
    """Slots whose every attempt ended in a fault."""
    detail: str = ""
    """Who stopped it and why."""
    unanswered: int = 0
    """Actions that needed somebody's word where nobody was there, or nobody answered."""


class Fleet:
    """Runs a plan's slots, so many at a time.

    Args:
        run: The run's id.
        slots: What is left to do.
        pool: Where boxes come from.
        log: Where it is recorded.
        stop: What ends it from elsewhere.
        progress: Who is told.
        parallel: How many episodes at once.
        retries: How often a slot is tried again after a fault.
        budgets: What the whole run may spend.
        forecast: How forecasts are asked for.
        oversight: Who and what stands beside the policy.
        brakes: What ends or holds its episodes one by one.
    """

    def __init__(
        self,
        run: str,
        slots: list[Prepared],
        *,
        pool: Pool,
        log: LogWriter,
        stop: StopSwitch,
        progress: Progress,
        parallel: int = 1,
        retries: int = 2,
        budgets: Budgets | None = None,
        forecast: ForecastMode = "inline",
        oversight: Oversight | None = None,
        brakes: Brakes | None = None,
    ) -> None:
        self._brakes = brakes or Brakes(stop)
        self._run, self._slots, self._pool, self._log = run, slots, pool, log
        self._stop, self._parallel, self._retries = stop, parallel, retries
        self._budgets, self._forecast = budgets or Budgets(), forecast
        self._oversight = oversight or Oversight()
        self._progress = Spending(self._budgets, stop, progress)
        self._ahead = iter(slots)
        self._lost: EngineUnavailable | LogError | None = None
        self._lock = threading.Lock()

    def go(self) -> FleetResult:
        """Runs what is left; the run's end is on record when this returns.

        Raises:
            EngineUnavailable: The engine went away; every episode that was under way says so.
            LogError: The log takes no more.
        """
        for _ in range(self._parallel):
            self._expect_next()
        try:
            ends = self._collect(self._begin(), self._deadline())
        except BaseException as problem:
            self._stop.press(f"{type(problem).__name__} broke the run off")
            raise
        if isinstance(self._lost, LogError):
            raise self._lost
        result = self._result(ends)
        self._log.append(
            f"run:{self._run}",
            RunEnded(status=result.status, done=result.done, detail=result.detail),
        )
        if self._lost is not None:
            raise self._lost
        return result

    def _begin(self) -> set[Future[EpisodeEnded | None]]:
        slots: deque[tuple[Future[EpisodeEnded | None], Prepared]] = deque(
            (Future(), prepared) for prepared in self._slots
        )
        futures = {future for future, _ in slots}
        for at in range(min(self._parallel, len(slots))):
            # Daemons, and so no executor's: whoever waits for an agent that thinks for ever must
            # not keep the process.
            threading.Thread(
                target=self._work, args=(slots,), name=f"episode-{at}", daemon=True
            ).start()
        return futures

    def _work(self, slots: deque[tuple[Future[EpisodeEnded | None], Prepared]]) -> None:
        while True:
            try:
                future, prepared = slots.popleft()
            except IndexError:
                return
            try:
                future.set_result(self._fill(prepared))
            except BaseException as problem:  # noqa: BLE001 - whoever asks for the result gets it.
                future.set_exception(problem)

    def _deadline(self) -> float | None:
        seconds = self._budgets.seconds
        return None if seconds is None else time.monotonic() + seconds

    def _collect(
        self, pending: set[Future[EpisodeEnded | None]], deadline: float | None
    ) -> list[EpisodeEnded]:
        ends: list[EpisodeEnded] = []
        stopped_at: float | None = None
        while pending:
            done, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in done:
                end = future.result()
                if end is not None:
                    ends.append(end)
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                self._stop.press(
                    f"the run's budget of {self._budgets.seconds:g} seconds is spent", "budget"
                )
            if self._stop.pressed:
                stopped_at = stopped_at or now
                if now - stopped_at > ABANDON_AFTER_SECONDS:
                    break
        return ends

    def _result(self, ends: list[EpisodeEnded]) -> FleetResult:
        given_up = sum(end.status == "faulted" for end in ends)
        own = [end for end in ends if end.status != "faulted" and end.cause != self._stop.cause]
        status: Literal["done", "stopped", "budget", "faulted"] = "done"
        if self._lost is not None:
            status = "faulted"
        elif self._stop.pressed and len(own) + given_up < len(self._slots):
            status = "budget" if self._stop.cause == "budget" else "stopped"
        elif given_up:
            status = "faulted"
        told = self._lost is not None or status in ("stopped", "budget")
        detail = self._stop.why if told else ""
        return FleetResult(status, len(own), given_up, detail, self._progress.unanswered)

    def _expect_next(self) -> None:
        """Starts warming the box of the next slot that has none yet."""
        with self._lock:
            coming = next(self._ahead, None)
        if coming is not None and not self._stop.pressed:
            self._pool.expect(coming.spec)

    def _fill(self, prepared: Prepared) -> EpisodeEnded | None:
        """Tries a slot until an episode in it ends on its own, or too many have faulted."""
        number, faults = prepared.attempts, prepared.faults
        # One more is warmed as each slot begins, so that so many are ready as run at once.
        self._expect_next()
        while not self._stop.pressed:
            try:
                end = self._try(prepared, number)
            except (EngineUnavailable, LogError) as problem:
                # Without an engine or a log no other episode can go on either.
                self._lost = problem
                self._stop.press(str(problem))
                return None
            if end.status != "faulted":
                return end
            number, faults = number + 1, faults + 1
            if faults > self._retries:
                return end
        return None

    def _try(self, prepared: Prepared, number: int) -> EpisodeEnded:
        slot, task = prepared.slot, prepared.task
        episode = f"{self._run}-{slot.index:04d}-{number}"
        self._progress.began(slot, episode, task.name)
        assignment = Assignment(
            episode=episode,
            run=self._run,
            slot=slot.index,
            attempt=number,
            task=task,
            agent=prepared.agent(),
            policy=prepared.spec.policy,
            image=prepared.spec.image,
            keep_pages=prepared.spec.keep,
            fork=prepared.fork,
            seed=slot.seed,
            forecast=self._forecast,
            fault=slot.fault if number == 0 else None,
        )
        try:
            with self._brakes.of(episode) as brake:
                attempt = Attempt(
                    assignment,
                    pool=self._pool,
                    log=self._log,
                    brake=brake,
                    progress=self._progress,
                    oversight=self._oversight,
                )
                end = attempt.run()
        except EngineUnavailable:
            self._tag(episode)
            raise
        self._tag(episode)
        self._progress.ended(slot, episode, task.name, end)
        return end

    def _tag(self, episode: str) -> None:
        with LogReader.open(self._log.path) as reader:
            record_tags(reader.trajectory(episode), self._log)


def left_to_do(
    plan: Plan, log: LogWriter, run: str, prepare: Callable[[Slot], Prepared]
) -> tuple[list[Prepared], int, tuple[str, ...]]:
    """What a resumed run still has to do, after closing what a crash left open.

    Returns:
        The slots that are left, how many are done, and the episodes found without an end.
    """
    with LogReader.open(log.path) as reader:
        rows = reader.episodes(run=run)
        open_rows = [row for row in rows if row.status is None]
        flights = {row.episode: reader.trajectory(row.episode) for row in open_rows}
    for row in open_rows:
        steps = flights[row.episode].steps
        step = steps[-1].index if steps and steps[-1].in_flight else None
        message = "the run was killed while this episode was under way"
        log.append(
            f"episode:{row.episode}",
            Faulted(step=step, error="Interrupted", message=message),
            EpisodeEnded(status="faulted", cause="interrupted", detail=message),
        )
    done = {
        row.slot
        for row in rows
        if row.status == "terminated"
        or (row.status == "truncated" and row.cause not in ("stopped", "budget"))
    }
    left = []
    for slot in plan.slots:
        if slot.index in done:
            continue
        before = [row for row in rows if row.slot == slot.index]
        # An attempt that died with the run says nothing against the slot.
        faults = sum(row.status == "faulted" and row.cause != "interrupted" for row in before)
        left.append(replace(prepare(slot), attempts=len(before), faults=faults))
    return left, len(done), tuple(row.episode for row in open_rows)
