"""One attempt at a slot: an episode from its start to the check's word."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextlib import closing
from functools import partial

from episodes.actions import Finish
from episodes.entries import Body, EpisodeEnded, Faulted
from episodes.errors import AgentBroke, EngineUnavailable, EnvironmentFault
from episodes.trajectory import Step
from episodes.writer import LogWriter
from policies.engine import kinds
from policies.render import describe
from sandbox.agents.agent import Accountable, Forecaster, Proposal, Shown, View
from sandbox.agents.thinking import Thinking
from sandbox.assignment import Assignment
from sandbox.boxes.backend import Box, BoxSpec
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brake
from sandbox.checking import check
from sandbox.gate import Gate
from sandbox.oversight.overseers import Oversight
from sandbox.progress import Progress


class Attempt:
    """Runs one episode.

    Args:
        assignment: Who tries what.
        pool: Where the box comes from.
        log: Where it is recorded.
        brake: What ends or holds it from elsewhere.
        progress: Who is told.
        oversight: Who and what stands beside the policy.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        pool: Pool,
        log: LogWriter,
        brake: Brake,
        progress: Progress,
        oversight: Oversight,
    ) -> None:
        self._is = assignment
        self._pool = pool
        self._log = log
        self._brake = brake
        self._stop = brake.stop
        self._progress = progress
        self._oversight = oversight
        self._chain = f"episode:{assignment.episode}"
        # The steps before the fork are the agent's own past, and are counted on from.
        self._history: list[Shown] = list(assignment.fork.history) if assignment.fork else []
        self._steps_before = assignment.fork.point.step + 1 if assignment.fork else 0
        self._fault_on_record = False
        self._began = time.monotonic()
        limits, own = assignment.policy.limits, assignment.task.file.limits
        self._most_steps = min(limits.steps, own.steps or limits.steps)
        self._seconds = min(limits.episode_seconds, own.seconds or limits.episode_seconds)
        self._denials_left = limits.denials

    def run(self) -> EpisodeEnded:
        """From start to end; everything that happened is durable when this returns.

        Returns:
            How it ended. A fault of the environment is an ending like any other.

        Raises:
            EngineUnavailable: There is no engine any more; the episode's end says so.
            LogError: The log takes no more; what happened last is on record as in flight.
        """
        box: Box | None = None
        try:
            try:
                spec = BoxSpec(
                    self._is.image, self._is.policy, self._is.keep_pages, self._is.task.sites
                )
                box = self._pool.take(spec)
            finally:
                self._log.append(self._chain, self._is.started(box))
            with self._stop.holding(box), closing(Thinking(self._stop)) as thinking:
                return self._episode(box, thinking)
        except EngineUnavailable as fault:
            self._faulted(fault)
            raise
        except (EnvironmentFault, AgentBroke) as fault:
            return self._faulted(fault)
        finally:
            if box is not None:
                self._pool.give_back(box)

    def _episode(self, box: Box, thinking: Thinking) -> EpisodeEnded:
        task, fork = self._is.task, self._is.fork
        if fork is not None:
            box.restore(fork.workspace)
        else:
            if task.archive:
                box.put(task.archive)
            if task.setup_script:
                box.prepare(task.setup_script, task.file.limits.check_seconds)
        gate = Gate(
            policy=self._is.policy,
            box=box,
            log=self._log,
            episode=self._is.episode,
            oversight=self._oversight,
            brake=self._brake,
            seed=self._is.seed,
            instruction=task.file.instruction,
            begins_from=fork.workspace if fork else None,
        )
        self._began = time.monotonic()
        cause, answer = self._act(gate, box, thinking)
        if cause == self._stop.cause:
            return self._end(EpisodeEnded(status="truncated", cause=cause, detail=self._stop.why))
        checked = check(box, task, answer)
        return self._end(
            EpisodeEnded(
                status="terminated" if cause == "finished" else "truncated",
                cause=cause,
                success=checked.reward >= 1.0,
                reward=checked.reward,
                answer=answer,
            ),
            checked,
        )

    def _act(self, gate: Gate, box: Box, thinking: Thinking) -> tuple[str, str | None]:
        """Steps until something ends the episode: what did, and the answer where there is one."""
        rules = describe(self._is.policy)
        fault = self._is.fault
        while True:
            taken = time.monotonic() - self._began - self._brake.paused_seconds
            left = self._seconds - taken
            if self._stop.pressed:
                return self._stop.cause, None
            if gate.out_of is not None:
                return gate.out_of, None
            if gate.steps >= self._most_steps:
                return "steps", None
            if left <= 0:
                return "time", None
            if fault and fault.step == gate.steps:
                box.break_down()
            view = View(
                instruction=self._is.task.file.instruction,
                rules=rules,
                history=tuple(self._history),
                step=self._steps_before + gate.steps,
                steps_left=self._most_steps - gate.steps,
                forecast=self._is.forecast,
                kinds=kinds(self._is.policy),
            )
            try:
                proposal = thinking.of(partial(self._proposal, view))
            except CancelledError:
                continue  # Nobody waits for an agent whose episode is stopped.
            step = self._perform(gate, proposal, left)
            assert step.observation is not None
            self._history.append(Shown(step.action, step.observation))
            self._progress.stepped(self._is.slot, step)
            if isinstance(step.executed, Finish):
                return "finished", step.executed.answer
            if self._too_many_denials(step):
                return "denials", None

    def _perform(self, gate: Gate, proposal: Proposal, seconds: float) -> Step:
        try:
            return gate.perform(proposal, seconds)
        except EnvironmentFault:
            self._fault_on_record = True
            raise

    def _proposal(self, view: View) -> Proposal:
        agent = self._is.agent
        try:
            proposal = agent.propose(view)
            if self._is.forecast == "shadow" and isinstance(agent, Forecaster):
                forecast, spent = agent.forecast(view, proposal.action), proposal.provenance
                if isinstance(agent, Accountable):
                    spent = agent.charged(spent)
                proposal = Proposal(proposal.action, forecast, spent)
        # An agent is anybody's code: whatever it raises ends its episode and nobody else's.
        except Exception as problem:
            raise AgentBroke(
                f"agent '{agent.name}' raised {type(problem).__name__} at step {view.step}: "
                f"{problem}"
            ) from problem
        return proposal

    def _too_many_denials(self, step: Step) -> bool:
        assert step.observation is not None
        self._denials_left -= step.observation.kind == "denied"
        return self._denials_left <= 0

    def _faulted(self, fault: Exception) -> EpisodeEnded:
        name, message = type(fault).__name__, str(fault)
        ended = EpisodeEnded(status="faulted", cause=name, detail=message)
        if self._stop.pressed:
            # A box that is torn down under a stopped episode is no fault of anything.
            ended = EpisodeEnded(
                status="truncated", cause=self._stop.cause, detail=self._stop.why or message
            )
            return self._end(ended)
        if self._fault_on_record:
            return self._end(ended)
        return self._end(ended, Faulted(error=name, message=message))

    def _end(self, ended: EpisodeEnded, *before: Body) -> EpisodeEnded:
        self._log.append(self._chain, *before, ended)
        return ended
