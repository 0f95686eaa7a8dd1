"""The one door to a backend: judge, record, run, record."""

from __future__ import annotations

from episodes.actions import Action, Finish
from episodes.decisions import Approval, Delay
from episodes.entries import Answered, Asked
from episodes.errors import EnvironmentFault
from episodes.observations import Finished, Observation
from episodes.trajectory import Step
from episodes.writer import LogWriter
from policies.engine import decide, paths_of
from policies.policy import Policy
from sandbox.agent import Proposal
from sandbox.approver import Nobody, Question, put
from sandbox.backend import Box
from sandbox.judged import Judged
from sandbox.oversight import Oversight
from sandbox.stop_switch import StopSwitch
from sandbox.turn import Turn


class Gate:
    """Judges each action of one episode and runs those that are allowed.

    Args:
        policy: What may be done.
        box: Where it is done.
        log: Where it is recorded; an append returns once it is durable.
        episode: The episode's id.
        oversight: Who and what stands beside the policy.
        stop: What ends every wait from elsewhere.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        box: Box,
        log: LogWriter,
        episode: str,
        oversight: Oversight | None = None,
        stop: StopSwitch | None = None,
    ) -> None:
        self._policy = policy
        self._box = box
        self._log = log
        self._episode = episode
        self._oversight = oversight or Oversight()
        self._stop = stop or StopSwitch()
        self._approved: dict[tuple[object, ...], Approval] = {}
        self._next = 0

    @property
    def steps(self) -> int:
        """How many actions have been proposed."""
        return self._next

    def perform(self, proposal: Proposal, seconds: float) -> Step:
        """Judge one action, and run it if it is allowed; waits and all take at most `seconds`.

        Returns:
            The step, with the observation that the agent may see; all of it is durable.

        Raises:
            EnvironmentFault: The box failed; the fault is on record.
            LogError: The record could not be made durable; then nothing was run, or what ran is
                on record as in flight.
        """
        turn = Turn(self._log, f"episode:{self._episode}", self._next, proposal, seconds)
        self._next += 1
        judged = self._judge(turn, proposal.action)
        if judged.verdict == "ask":
            judged = self._ask(turn, judged)
        if judged.denied is not None:
            return turn.complete(judged.denied)
        return turn.execute(judged.action, lambda: self._run(judged.action, turn.seconds_left))

    def _judge(self, turn: Turn, action: Action) -> Judged:
        """Understand, decide, review."""
        try:
            state = self._box.state(())
            paths = paths_of(action, state)
            if paths:
                state = self._box.state(paths)
        except EnvironmentFault as fault:
            turn.faulted(fault)
            raise
        decision = decide(action, state, self._policy)
        turn.decided(decision)
        return Judged.of(action, state, decision, None, decision.verdict)

    def _ask(self, turn: Turn, judged: Judged) -> Judged:
        """What comes of it once an approver has answered."""
        known = self._approved.get(judged.asking)
        approval = known or self._put(turn, judged)
        turn.note(Answered(step=turn.index, approval=approval))
        turn.approval = approval
        if approval.verdict == "deny":
            return judged.unapproved(approval)
        if approval.scope == "episode":
            self._approved[judged.asking] = approval
        if approval.changed is not None:
            turn.intervened["approver"] = None
            changed = self._judge(turn, approval.changed)
            # Whoever wrote it has been asked already; what is denied stays denied.
            return changed if changed.denied else changed.allowed()
        return judged.allowed() if known else self._still(turn, judged)

    def _put(self, turn: Turn, judged: Judged) -> Approval:
        approver = self._oversight.approver
        seconds = min(self._oversight.approval_seconds, turn.seconds_left)
        question = Question(
            episode=self._episode,
            step=turn.index,
            action=judged.action,
            decision=judged.decision,
            review=judged.review,
            seconds=seconds,
        )
        turn.note(
            Asked(
                step=turn.index,
                approver=approver.name,
                reason=question.reason,
                deadline_seconds=seconds,
            )
        )
        turn.flush()
        approval = put(question, approver, self._stop)
        if not isinstance(approver, Nobody):
            turn.waited(Delay(cause="approval", seconds=question.waited))
            turn.intervened["approver"] = None
        return approval

    def _still(self, turn: Turn, judged: Judged) -> Judged:
        """The verdict after a wait, in which the box may have changed."""
        if not turn.delays:
            return judged.allowed()
        again = self._judge(turn, judged.wanted)
        if again.denied is not None or again.verdict == "allow":
            return again
        if again.asking == judged.asking:
            return again.allowed()
        return again.refused(
            again.decision.rule_id,
            "what it would do has changed while it waited for approval; ask for it again",
        )

    def _run(self, action: Action, seconds: float) -> Observation:
        if isinstance(action, Finish):
            return Finished()
        return self._box.execute(action, seconds)
