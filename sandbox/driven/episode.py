"""One episode whose steps come from outside, one call at a time."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Literal

from episodes.actions import Finish
from episodes.entries import Body, EpisodeEnded, Faulted
from episodes.errors import EnvironmentFault, EpisodeOver
from episodes.trajectory import Step
from episodes.writer import LogWriter
from llms.background import in_background
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import Box
from sandbox.brakes import Brake
from sandbox.checking import check
from sandbox.driven.opening import Opening
from sandbox.gate import Gate
from sandbox.oversight.overseers import Oversight
from sandbox.stop_switch import StopSwitch

_LIMITS = ("steps", "time", "denials")


class DrivenEpisode:
    """An episode from its start to its end; calls from several threads take turns.

    Args:
        opening: What its record begins with.
        box: Where it acts; whoever gave it tears it down.
        log: Where it is recorded.
        oversight: Who and what stands beside the policy.
        brake: What ends or holds it from elsewhere; nobody can where absent.

    Raises:
        EnvironmentFault: The box failed while it was made ready; the episode's end says so.
    """

    def __init__(
        self,
        opening: Opening,
        box: Box,
        log: LogWriter,
        oversight: Oversight,
        brake: Brake | None = None,
    ) -> None:
        self.opening = opening
        self.ended: EpisodeEnded | None = None
        """How it ended; absent while it goes on."""
        self._box, self._log = box, log
        self._brake = brake or Brake(StopSwitch())
        self._stop = self._brake.stop
        self._turn = threading.Lock()
        self._until_over = ExitStack()
        limits = opening.policy.limits
        own = opening.task.file.limits if opening.task else None
        self._most_steps = min(limits.steps, (own and own.steps) or limits.steps)
        seconds = min(limits.episode_seconds, (own and own.seconds) or limits.episode_seconds)
        self._denials_left = limits.denials
        log.append(self._chain, opening.started(box))
        try:
            self._make_ready()
            self._gate = Gate(
                policy=opening.policy,
                box=box,
                log=log,
                episode=opening.episode,
                oversight=oversight,
                brake=self._brake,
                seed=opening.seed,
                instruction=opening.instruction,
                begins_from=opening.fork.workspace if opening.fork else None,
            )
        except EnvironmentFault as fault:
            self._faulted(fault, on_record=False)
            raise
        self._deadline = time.monotonic() + seconds
        self._until_over.enter_context(self._stop.holding(_Idle(self)))

    @property
    def seconds_left(self) -> float:
        """The time until the episode's limit; while it was held it did not run."""
        return max(0.0, self._deadline + self._brake.paused_seconds - time.monotonic())

    @property
    def steps(self) -> int:
        """How many actions have been proposed."""
        return self._gate.steps

    @property
    def steps_left(self) -> int:
        """How many more may be."""
        return self._most_steps - self._gate.steps

    def act(self, proposal: Proposal) -> Step:
        """One action through the gate.

        The episode has ended when this returns where the action was its last: it finished, or a
        limit of the policy or the task is reached.

        Raises:
            EpisodeOver: The episode is over, or its time has run out since the last action.
            EnvironmentFault: The box failed; the fault is on record.
        """
        with self._turn, self._stop.holding(self._box):
            if self.ended is None:
                self._end_where_due()
            if self.ended is not None:
                raise EpisodeOver(self._over())
            try:
                step = self._gate.perform(proposal, self.seconds_left)
            except EnvironmentFault as fault:
                self._faulted(fault, on_record=True)
                raise
            self._denials_left -= step.observation is not None and step.observation.kind == "denied"
            if isinstance(step.executed, Finish):
                self._conclude("terminated", "finished", step.executed.answer)
            else:
                self._end_where_due()
            return step

    def interrupt(self) -> None:
        """Ends the action that is running, and nothing else; from any thread."""
        self._box.cancel()

    def fail(self, error: Exception) -> None:
        """Ends the episode with an error of whoever drives it; nothing where it has ended."""
        with self._turn:
            if self.ended is None:
                name, message = type(error).__name__, str(error)
                self._end("faulted", name, message, Faulted(error=name, message=message))

    def end_where_due(self) -> None:
        """Ends it where its time is up or somebody stops it, unless an action is running.

        Raises:
            EnvironmentFault: The box failed as it was checked; the episode's end says so.
        """
        if self._turn.acquire(blocking=False):
            try:
                if self.ended is None:
                    self._end_where_due()
            finally:
                self._turn.release()

    def conclude(self) -> EpisodeEnded:
        """Whoever drives it says that the agent is done; nothing changes where it has ended.

        Raises:
            EnvironmentFault: The box failed as it was checked; the episode's end says so.
        """
        with self._turn:
            if self.ended is None:
                self._conclude("terminated", "finished")
            assert self.ended is not None
            return self.ended

    def leave(self, detail: str = "closed without finish") -> EpisodeEnded:
        """Ends it where it has not ended, unchecked, and says how it did."""
        with self._turn:
            if self.ended is None:
                self._end_where_due()
            return self.ended or self._end("truncated", "stopped", detail)

    @property
    def _chain(self) -> str:
        return f"episode:{self.opening.episode}"

    def _make_ready(self) -> None:
        task = self.opening.task
        if self.opening.fork is not None:
            self._box.restore(self.opening.fork.workspace)
            return
        if task and task.archive:
            self._box.put(task.archive)
        if task and task.setup_script:
            self._box.prepare(task.setup_script, task.file.limits.check_seconds)

    def _due(self) -> str | None:
        """What ends the episode here, if anything does."""
        if self._stop.pressed:
            return self._stop.cause
        if self._gate.out_of is not None:
            return self._gate.out_of
        if self._denials_left <= 0:
            return "denials"
        if self._gate.steps >= self._most_steps:
            return "steps"
        return None if self.seconds_left > 0 else "time"

    def _end_where_due(self) -> None:
        cause = self._due()
        if cause is None:
            return
        if self._stop.pressed:
            self._end("truncated", cause, self._stop.why)
        else:
            self._conclude("truncated", cause)

    def _conclude(
        self, status: Literal["terminated", "truncated"], cause: str, answer: str | None = None
    ) -> None:
        """The end with the check's word, where there is a check."""
        if self.opening.task is None:
            self._record(EpisodeEnded(status=status, cause=cause, answer=answer))
            return
        try:
            checked = check(self._box, self.opening.task, answer)
        except EnvironmentFault as fault:
            self._faulted(fault, on_record=False)
            raise
        ended = EpisodeEnded(
            status=status,
            cause=cause,
            success=checked.reward >= 1.0,
            reward=checked.reward,
            answer=answer,
        )
        self._record(ended, checked)

    def _faulted(self, fault: EnvironmentFault, *, on_record: bool) -> None:
        name, message = type(fault).__name__, str(fault)
        before = () if on_record else (Faulted(error=name, message=message),)
        self._end("faulted", name, message, *before)

    def _end(
        self, status: Literal["truncated", "faulted"], cause: str, detail: str, *before: Body
    ) -> EpisodeEnded:
        return self._record(EpisodeEnded(status=status, cause=cause, detail=detail), *before)

    def _record(self, ended: EpisodeEnded, *before: Body) -> EpisodeEnded:
        self._log.append(self._chain, *before, ended)
        self.ended = ended
        self._until_over.close()
        return ended

    def _over(self) -> str:
        assert self.ended is not None
        name, cause = self.opening.episode, self.ended.cause
        if cause in _LIMITS or cause.startswith("budgets."):
            return f"episode {name} is over: the policy's limit on {cause} is reached; open another"
        return f"episode {name} is over ({cause}); open another"


class _Idle:
    """Ends an episode that is stopped while nothing runs in it: nobody may ever call again."""

    def __init__(self, driven: DrivenEpisode) -> None:
        self._driven = driven

    def cancel(self) -> None:
        # Not here: whoever stops a run does not wait for each of its episodes.
        in_background(self._driven.end_where_due)
