"""The one door to a backend: judge, record, run, record."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

from episodes.actions import Action, Finish, ReadFile, WriteFile
from episodes.decisions import Approval, Decision
from episodes.entries import Answered, Asked, Body, Completed, Decided, Faulted, Intended, Proposed
from episodes.errors import EnvironmentFault
from episodes.observations import Denied, Finished, Observation
from episodes.trajectory import Step
from episodes.writer import LogWriter
from policies.engine import decide, paths_of
from policies.policy import Policy
from policies.state import State
from sandbox.agent import Proposal
from sandbox.backend import Box

NOBODY = "nobody"
"""The approver where none is there: its answer is always no."""


class Gate:
    """Judges each action of one episode and runs those that are allowed.

    Args:
        policy: What may be done.
        box: Where it is done.
        log: Where it is recorded; an append returns once it is durable.
        episode: The episode's id.
    """

    def __init__(self, *, policy: Policy, box: Box, log: LogWriter, episode: str) -> None:
        self._policy = policy
        self._box = box
        self._log = log
        self._chain = f"episode:{episode}"
        self._next = 0

    @property
    def steps(self) -> int:
        """How many actions have been proposed."""
        return self._next

    def perform(self, proposal: Proposal, seconds: float) -> Step:
        """Judge one action, and run it for at most `seconds` if it is allowed.

        Returns:
            The step, with the observation that the agent may see; all of it is durable.

        Raises:
            EnvironmentFault: The box failed; the fault is on record.
            LogError: The record could not be made durable; then nothing was run, or what ran is
                on record as in flight.
        """
        index, began = self._next, time.monotonic()
        self._next += 1
        proposed = Proposed(
            step=index,
            action=proposal.action,
            forecast=proposal.forecast,
            provenance=proposal.provenance,
        )
        try:
            state = self._box.state(())
            paths = paths_of(proposal.action, state)
            if paths:
                state = self._box.state(paths)
        except EnvironmentFault as fault:
            self._log.append(self._chain, proposed, _faulted(index, fault))
            raise
        decision = decide(proposal.action, state, self._policy)
        before: list[Body] = [proposed, Decided(step=index, decision=decision)]
        approval = None
        if decision.verdict == "ask":
            approval = Approval(
                verdict="deny", approver=NOBODY, reason="nobody is there to be asked"
            )
            before += [
                Asked(step=index, approver=NOBODY, reason=decision.reason),
                Answered(step=index, approval=approval),
            ]
        executed: Action | None = None
        if decision.verdict == "allow":
            executed = _canonical(proposal.action, state)
            intended = Intended(step=index, action=executed)
            first, *_ = self._log.append(self._chain, *before, intended)
            observation = self._run(index, executed, seconds)
            elapsed = time.monotonic() - began
            self._log.append(
                self._chain, Completed(step=index, observation=observation, seconds=elapsed)
            )
        else:
            observation = _denial(decision)
            elapsed = time.monotonic() - began
            first, *_ = self._log.append(
                self._chain,
                *before,
                Completed(step=index, observation=observation, seconds=elapsed),
            )
        return Step(
            index=index,
            action=proposal.action,
            forecast=proposal.forecast,
            provenance=proposal.provenance,
            decision=decision,
            approval=approval,
            executed=executed,
            observation=observation,
            at=first.at,
            seconds=elapsed,
        )

    def _run(self, index: int, action: Action, seconds: float) -> Observation:
        if isinstance(action, Finish):
            return Finished()
        try:
            return self._box.execute(action, seconds)
        except EnvironmentFault as fault:
            self._log.append(self._chain, _faulted(index, fault))
            raise


def _canonical(action: Action, state: State) -> Action:
    """The action with the path that was judged, so that no other can be meant."""
    if isinstance(action, ReadFile | WriteFile):
        path = state.resolved.get(str(action.path), action.path)
        return action.model_copy(update={"path": PurePosixPath(path)})
    return action


def _denial(decision: Decision) -> Denied:
    reason = decision.reason
    if decision.verdict == "ask":
        reason = f"this needs a person's approval, and nobody is there to be asked: {reason}"
    return Denied(rule_id=decision.rule_id, reason=reason)


def _faulted(step: int, fault: EnvironmentFault) -> Faulted:
    return Faulted(step=step, error=type(fault).__name__, message=str(fault))
