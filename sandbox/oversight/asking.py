"""Puts one episode's questions, and remembers what was approved for all of it."""

from __future__ import annotations

from episodes.decisions import Approval, Delay
from episodes.entries import Answered, Asked
from sandbox.judged import Judged
from sandbox.oversight.approver import Nobody, Question, put
from sandbox.oversight.overseers import Oversight
from sandbox.stop_switch import StopSwitch
from sandbox.turn import Turn


class Asking:
    """Asks the run's approver for one episode.

    Args:
        episode: The episode's id.
        oversight: Who is asked, and how long an answer is waited for.
        stop: What ends every wait from elsewhere.
    """

    def __init__(self, episode: str, oversight: Oversight, stop: StopSwitch) -> None:
        self._episode, self._stop = episode, stop
        self._approver, self._seconds = oversight.approver, oversight.approval_seconds
        self._known: dict[tuple[object, ...], Approval] = {}

    def answer(self, turn: Turn, judged: Judged) -> Approval:
        """The answer on one action; the question is durable before anyone is asked."""
        known = self._known.get(judged.asking)
        if known is not None:
            turn.note(Answered(step=turn.index, approval=known))
            return known
        question = Question(
            episode=self._episode,
            step=turn.index,
            action=judged.action,
            decision=judged.decision,
            review=judged.review,
            seconds=min(self._seconds, turn.seconds_left),
        )
        turn.note(
            Asked(
                step=turn.index,
                approver=self._approver.name,
                reason=question.reason,
                deadline_seconds=question.seconds,
            )
        )
        turn.flush()
        approval = put(question, self._approver, self._stop)
        turn.note(Answered(step=turn.index, approval=approval))
        if not isinstance(self._approver, Nobody):
            turn.waited("approver", Delay(cause="approval", seconds=question.waited))
        if (approval.verdict, approval.scope) == ("allow", "episode"):
            self._known[judged.asking] = approval
        return approval
