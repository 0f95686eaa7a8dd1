"""A Python callable that answers questions."""

from __future__ import annotations

import threading
from collections.abc import Callable

from episodes.decisions import Approval
from sandbox.oversight.approver import Question, failed

Answers = Callable[[Question], Approval | bool]
"""Gets a question; what it returns is the answer, `True` for once."""


class CallableApprover:
    """Asks a function, each question in a thread of its own, so that its deadline holds.

    Args:
        name: What the log calls it.
        answers: Whom to ask.
    """

    def __init__(self, name: str, answers: Answers) -> None:
        self.name = name
        self._answers = answers

    def ask(self, question: Question) -> None:
        """Starts to find out."""
        threading.Thread(
            target=self._find_out, args=(question,), name=f"approver {question.id}", daemon=True
        ).start()

    def withdraw(self, question: Question) -> None:
        """A function cannot be stopped; what it says later is not heard."""

    def _find_out(self, question: Question) -> None:
        try:
            said = self._answers(question)
            if not isinstance(said, Approval | bool):
                raise TypeError(f"it returned {said!r}, which is neither an Approval nor a bool")
            if isinstance(said, bool):
                said = Approval(verdict="allow" if said else "deny", approver=self.name)
        except Exception as problem:  # noqa: BLE001 - anybody's code: whatever it raises, it is no.
            said = failed(self.name, problem)
        question.answer(said)
