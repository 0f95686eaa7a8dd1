"""A run of episodes that are driven from outside: one log, one pool, any number of episodes."""

from __future__ import annotations

import threading
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from episodes.entries import RunEnded, RunStarted
from episodes.errors import EpisodeOver, LongleashError
from episodes.reader import LogReader
from episodes.writer import LogWriter
from sandbox.boxes.backend import Box, BoxSpec
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brake, Brakes
from sandbox.driven.backends import OpenBackend, docker, tell
from sandbox.driven.episode import DrivenEpisode
from sandbox.driven.opening import BY_HAND, Opening
from sandbox.driven.terms import Terms
from sandbox.listening import hear
from sandbox.oversight.approvers import approver as named
from sandbox.oversight.overseers import APPROVAL_SECONDS, Oversight
from sandbox.plan import Plan, Slot
from sandbox.stop_switch import StopSwitch
from taxonomy.tagging import record_tags

_UNTOLD = "driven by whoever is at the other end"


@dataclass
class _Held:
    driven: DrivenEpisode
    box: Box
    brake: Brake
    under_way: ExitStack
    closing: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False


class DrivenRun:
    """Opens episodes and closes them; all of it may be called from any thread.

    Args:
        terms: What the episodes have in common, where nothing else is said.
        log: The log's file; made where there is none, added to where there is one.
        backend: What makes the boxes.
        approver: Who answers an `ask`, by name.
        approval_seconds: How long an answer is waited for.
        hands: How many boxes are started or torn down at once.

    Raises:
        LogError: The log cannot be written.
        EngineUnavailable: No engine answers.
        TaskInvalid: There is no such image.
    """

    def __init__(
        self,
        terms: Terms,
        log: str | Path,
        backend: OpenBackend = docker,
        *,
        approver: str = "deny",
        approval_seconds: float = APPROVAL_SECONDS,
        hands: int = 2,
    ) -> None:
        self.terms = terms
        self.id = f"r{uuid.uuid4().hex[:8]}"
        """The run's id."""
        self.stop = StopSwitch()
        """What ends it from elsewhere."""
        self._brakes = Brakes(self.stop)
        self._lock, self._closing, self._making = (threading.Lock() for _ in range(3))
        self._specs: dict[object, BoxSpec] = {}
        self._slots = self._done = 0
        self._closed = False
        self._held: dict[str, _Held] = {}
        self._log = LogWriter.open(log)
        try:
            self._oversight = Oversight(named(approver, self._log), approval_seconds, notify=tell)
            self._backend = backend(self.id)
            self._pool = Pool(self._backend, hands)
            try:
                self._spec(terms)
                self._begin()
            except BaseException:
                self._pool.close()
                raise
        except BaseException:
            self._log.close()
            raise
        hear(self._log, self.id, self._brakes)

    def expect(self, terms: Terms | None = None) -> None:
        """Starts a box ahead of the next episode."""
        self._pool.expect(self._spec(terms or self.terms))

    def open(
        self,
        terms: Terms | None = None,
        *,
        agent: str | None = None,
        task_name: str = BY_HAND,
        seed: int | None = None,
        rules_shown: bool = True,
    ) -> DrivenEpisode:
        """The next episode, ready for its first action.

        Args:
            terms: What it is; the run's own where absent.
            agent: Who acts in it, where that is told more closely than for all.
            task_name: What the record calls the task, where there is none of ours.
            seed: For all that is drawn.
            rules_shown: Whether the agent was shown the policy's rules.

        Raises:
            EpisodeOver: The run was stopped.
            EnvironmentFault: Its box did not come up or could not be made ready.
            EngineUnavailable: There is nothing to make a box with.
        """
        if self.stop.pressed:
            raise EpisodeOver(f"run {self.id} was stopped ({self.stop.why}); start another")
        with self._lock:
            slot, self._slots = self._slots, self._slots + 1
        terms = terms or self.terms
        box = self._pool.take(self._spec(terms))
        episode, under_way = f"{self.id}-{slot:04d}-0", ExitStack()
        brake = under_way.enter_context(self._brakes.of(episode))
        try:
            opening = Opening(
                episode=episode,
                run=self.id,
                slot=slot,
                agent=agent or terms.agent,
                policy=terms.policy,
                task=terms.task,
                task_name=task_name,
                instruction=terms.task.file.instruction if terms.task else _UNTOLD,
                rules_shown=rules_shown,
                forecast=terms.forecast,
                seed=seed,
            )
            driven = DrivenEpisode(opening, box, self._log, self._oversight, brake)
        except BaseException:
            under_way.close()
            self._pool.give_back(box)
            raise
        with self._lock:
            self._held[opening.episode] = _Held(driven, box, brake, under_way)
        return driven

    def hurry(self, driven: DrivenEpisode, why: str) -> None:
        """Ends whatever an episode waits for, and the episode with it; nothing where it is over."""
        with self._lock:
            held = self._held.get(driven.opening.episode)
        if held is not None:
            held.brake.stop.press(why)

    def close_episode(self, driven: DrivenEpisode, detail: str = "closed without finish") -> None:
        """Ends it where it has not ended, tears its box down and tags it; once."""
        with self._lock:
            held = self._held.get(driven.opening.episode)
        if held is None:
            return
        with held.closing:
            if held.closed:
                return
            held.closed = True
            try:
                ended = driven.leave(detail)
                with LogReader.open(self._log.path) as reader:
                    record_tags(reader.trajectory(driven.opening.episode), self._log)
                with self._lock:
                    self._done += ended.status != "faulted"
            finally:
                held.under_way.close()
                self._pool.give_back(held.box)
                with self._lock:
                    del self._held[driven.opening.episode]

    def close(self, detail: str = "closed without finish") -> None:
        """Ends every episode and the run; nothing is left of either when this returns."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._close(detail)

    def _close(self, detail: str) -> None:
        try:
            with self._lock:
                left = [held.driven for held in self._held.values()]
            for driven in left:
                self.hurry(driven, detail)
                self._close_quietly(driven, detail)
            status: Literal["stopped", "done"] = "stopped" if self.stop.pressed else "done"
            ended = RunEnded(status=status, done=self._done, detail=self.stop.why)
            self._log.append(f"run:{self.id}", ended)
        finally:
            self._pool.close()
            self._log.close()

    def _close_quietly(self, driven: DrivenEpisode, detail: str) -> None:
        try:
            self.close_episode(driven, detail)
        except LongleashError as problem:
            # Its own end says so; the others are still to be closed.
            tell(f"{driven.opening.episode}: {problem}")

    def _spec(self, terms: Terms) -> BoxSpec:
        key = (terms.task and terms.task.folder, terms.image, terms.policy.digest)
        with self._making:
            if key not in self._specs:
                self._specs[key] = terms.spec(self._backend)
            return self._specs[key]

    def _begin(self) -> None:
        task, terms = self.terms.task, self.terms
        where = str(task.folder) if task else BY_HAND
        slot = Slot(index=0, task=where, agent=terms.agent, policy=terms.policy.name, seed=0)
        plan = Plan(slots=(slot,))
        self._log.append(
            f"run:{self.id}",
            RunStarted(run=self.id, plan=plan.as_json(), plan_digest=plan.digest),
        )
