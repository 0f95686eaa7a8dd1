"""One step as it is made: what was said of it so far, on its way to the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from episodes.actions import Action
from episodes.decisions import Approval, Decision, Delay, Review
from episodes.entries import Body, Completed, Decided, Faulted, Intended, Proposed, Reviewed, Waited
from episodes.errors import EnvironmentFault
from episodes.files import Exported, FileChanges
from episodes.observations import Observation
from episodes.processes import Processes
from episodes.trajectory import Step
from episodes.writer import LogWriter
from sandbox.agents.agent import Proposal

Who = Literal["policy", "reviewer", "approver", "throttle"]


class Turn:
    """The records of one step, kept back until something has to be durable.

    Args:
        log: Where they go; an append returns once it is durable.
        chain: The episode's chain.
        index: The step, counted from 0.
        proposal: What the agent asked for.
        seconds: The time that is left for the step, waits included.
    """

    def __init__(
        self, log: LogWriter, chain: str, index: int, proposal: Proposal, seconds: float
    ) -> None:
        self._log, self._chain = log, chain
        self.index, self.proposal = index, proposal
        self._began = time.monotonic()
        self._until = self._began + seconds
        self._at: datetime | None = None
        self._pending: list[Body] = []
        self.decision: Decision | None = None
        self.review: Review | None = None
        self.approval: Approval | None = None
        self.delays: tuple[Delay, ...] = ()
        self.files: FileChanges | None = None
        """What it left otherwise in the workspace."""
        self.exported: Exported | None = None
        """What it handed on to the next command."""
        self.stale = False
        """Whether something was waited for since the policy was asked."""
        self.processes: Processes | None = None
        """Which programs it started."""
        self.intervened: dict[Who, None] = {}
        """Who made it differ from what was proposed, or held it back, in that order."""
        self.note(
            Proposed(
                step=index,
                action=proposal.action,
                forecast=proposal.forecast,
                provenance=proposal.provenance,
            )
        )

    @property
    def seconds_left(self) -> float:
        """The time that is left for the step."""
        return max(0.0, self._until - time.monotonic())

    def prolong(self, seconds: float) -> None:
        """Gives the step more time: what a person took of it is not the episode's."""
        self._until += seconds

    def note(self, *bodies: Body) -> None:
        """Something happened; it becomes durable with what follows."""
        self._pending += bodies

    def decided(self, decision: Decision) -> None:
        """The policy has answered."""
        self.note(Decided(step=self.index, decision=decision, again=self.decision is not None))
        self.decision = decision
        self.stale = False

    def reviewed(self, review: Review) -> None:
        """A reviewer has scored the action."""
        self.note(Reviewed(step=self.index, review=review))
        self.review = review

    def waited(self, by: Who, *delays: Delay) -> None:
        """It was held back, and the box may not be as it was."""
        self.note(*(Waited(step=self.index, delay=delay) for delay in delays))
        self.delays += delays
        if delays:
            self.stale = True
            self.intervened[by] = None

    def flush(self) -> None:
        """Makes durable what happened so far: before a wait, and before anything runs."""
        if self._pending:
            first, *_ = self._log.append(self._chain, *self._pending)
            self._at = self._at or first.at
            self._pending = []

    def faulted(self, fault: EnvironmentFault) -> None:
        """The box failed."""
        self.note(Faulted(step=self.index, error=type(fault).__name__, message=str(fault)))
        self.flush()

    def execute(self, action: Action, run: Callable[[Callable[[], None]], Observation]) -> Step:
        """Intent, durable; then the action; then its completion, durable.

        Args:
            action: What is to run.
            run: Runs it; calls what it is given, which makes the intent durable, before.

        Raises:
            EnvironmentFault: The box failed; the fault is on record.
        """
        self.note(Intended(step=self.index, action=action, intervened=tuple(self.intervened)))
        try:
            observation = run(self.flush)
        except EnvironmentFault as fault:
            self.faulted(fault)
            raise
        return self.complete(observation, action)

    def complete(self, observation: Observation, executed: Action | None = None) -> Step:
        """The step, durable, with what the agent may see."""
        elapsed = time.monotonic() - self._began
        self.note(
            Completed(
                step=self.index,
                observation=observation,
                seconds=elapsed,
                processes=self.processes,
                files=self.files,
                exported=self.exported,
            )
        )
        self.flush()
        assert self._at is not None
        return Step(
            index=self.index,
            action=self.proposal.action,
            forecast=self.proposal.forecast,
            provenance=self.proposal.provenance,
            decision=self.decision,
            review=self.review,
            approval=self.approval,
            delays=self.delays,
            executed=executed,
            observation=observation,
            at=self._at,
            seconds=elapsed,
            processes=self.processes,
            files=self.files,
            exported=self.exported,
        )
