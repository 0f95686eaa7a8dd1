"""Questions that other programs answer, through the socket of the log that the run writes."""

from __future__ import annotations

import threading
from typing import Any

from pydantic_core import to_json

from episodes.decisions import Approval
from episodes.entries import Noted
from episodes.errors import UsageError
from episodes.replay import describe
from episodes.writer import LogWriter
from sandbox.oversight.approver import Question
from sandbox.oversight.attempts import note_attempt

_LONGEST_SHOWN = 20_000
_REMEMBERED = 10_000


class QueueApprover:
    """Holds open questions, and answers two operations on the log's socket.

    `{"op": "approvals"}` gets `{"questions": [...]}`, oldest first. `{"op": "approve", "question":
    ID, "verdict": "allow" | "deny", "who": ..., "reason": ..., "scope": ..., "changed": ACTION}`
    answers one. The socket is its owner's alone, and so is the right to answer.

    Args:
        log: The log that the run writes.
    """

    name = "queue"

    def __init__(self, log: LogWriter) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._open: dict[str, Question] = {}
        self._over: dict[str, Question] = {}
        log.on("approvals", self._list)
        log.on("approve", self._approve)

    def ask(self, question: Question) -> None:
        """Holds it until somebody answers."""
        with self._lock:
            self._open[question.id] = question

    def withdraw(self, question: Question) -> None:
        """Takes it from the list, and remembers it for answers that come too late."""
        with self._lock:
            self._open.pop(question.id, None)
            self._over[question.id] = question
            while len(self._over) > _REMEMBERED:
                del self._over[next(iter(self._over))]

    def _list(self, _message: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            questions = list(self._open.values())
        return {"questions": [outline(one) for one in questions if not one.settled]}

    def _approve(self, message: dict[str, Any]) -> dict[str, Any]:
        name = str(message["question"])
        answer = {
            "verdict": message["verdict"],
            "approver": f"queue:{message.get('who', 'somebody')}",
            "reason": message.get("reason", ""),
            "scope": message.get("scope", "once"),
            "changed": message.get("changed"),
        }
        # As JSON, in which an action's bytes are base64.
        approval = Approval.model_validate_json(to_json(answer))
        with self._lock:
            question = self._open.get(name) or self._over.get(name)
            waiting = ", ".join(self._open) or "none"
        if question is None:
            note_attempt(self._log, message)
            raise UsageError(f"no question {name}; waiting for an answer: {waiting}")
        if question.answer(approval):
            return {"question": name}
        # Not lost: somebody meant to say it, and may want to know why nothing came of it.
        text = f"too late for step {question.step}: {approval.verdict}: {approval.reason}"
        self._log.append(
            "annotations", Noted(episode=question.episode, who=approval.approver, text=text)
        )
        raise UsageError(f"question {name} is settled already; the answer was noted in the log")


def outline(question: Question) -> dict[str, Any]:
    """A question as other programs get it; `action` is absent where it is too long to send."""
    text = describe(question.action)
    whole = len(text) <= _LONGEST_SHOWN
    return {
        "question": question.id,
        "episode": question.episode,
        "step": question.step,
        "action": question.action.model_dump(mode="json") if whole else None,
        "text": text if whole else f"{text[:_LONGEST_SHOWN]} [... and more]",
        "rule_id": question.decision.rule_id,
        "reason": question.reason,
        "harm": None if question.review is None else question.review.harm,
        "seconds_left": question.seconds_left,
    }
