"""Who answers an `ask`: the question, the protocol, and the answer where nobody is there."""

from __future__ import annotations

import threading
import time
from typing import Protocol, runtime_checkable

from episodes.actions import Action
from episodes.decisions import Approval, Decision, Review
from sandbox.stop_switch import StopSwitch

NOBODY = "nobody"
"""The approver where none is there: its answer is always no."""

DEADLINE = "deadline"
"""Who has answered where nobody did in time."""

STOPPED = "stop"
"""Who has answered where the episode was to end."""

NO_ANSWER = (NOBODY, DEADLINE)
"""Names in an answer that nobody gave."""


class Question:
    """One action that needs a person's word. It is answered once; what comes later is too late.

    Args:
        episode: The episode's id.
        step: The step, counted from 0.
        action: What is to be run, with the paths that were judged.
        decision: What the policy said of it.
        review: What a reviewer said of it, where one was asked.
        seconds: How long an answer is waited for.
    """

    def __init__(
        self,
        *,
        episode: str,
        step: int,
        action: Action,
        decision: Decision,
        review: Review | None,
        seconds: float,
    ) -> None:
        self.id = f"{episode}/{step}"
        """What an answer names it by; no other question of a log has it."""
        self.episode, self.step = episode, step
        self.action, self.decision, self.review = action, decision, review
        self.seconds = seconds
        self.waited = 0.0
        """How long the answer took, in seconds."""
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._approval: Approval | None = None

    @property
    def reason(self) -> str:
        """Why it is asked."""
        if self.decision.verdict == "ask" or self.review is None:
            return self.decision.reason
        return f"{self.review.reviewer}: {self.review.reason}"

    @property
    def settled(self) -> bool:
        """Whether no answer is wanted any more."""
        return self._settled.is_set()

    @property
    def seconds_left(self) -> float:
        """How long an answer is still waited for."""
        return max(0.0, self._until - time.monotonic())

    def answer(self, approval: Approval) -> bool:
        """Answers it, from any thread.

        Returns:
            Whether this was in time; an answer that was not changes nothing.
        """
        with self._lock:
            if self._settled.is_set() or (approval.verdict == "allow" and not self.seconds_left):
                return False
            self._approval = approval
            self._settled.set()
            return True

    def cancel(self) -> None:
        """Withdraws it: the episode is to end."""
        self.answer(
            Approval(verdict="deny", approver=STOPPED, reason="the episode is being stopped")
        )

    def wait(self) -> Approval:
        """The answer; after the deadline it is no."""
        if not self._settled.wait(self.seconds_left):
            self.answer(
                Approval(
                    verdict="deny",
                    approver=DEADLINE,
                    reason=f"nobody answered within {self.seconds:g} seconds",
                )
            )
        self.waited = self.seconds - self.seconds_left
        assert self._approval is not None
        return self._approval


@runtime_checkable
class Approver(Protocol):
    """Someone or something to put questions to. Serves all episodes of a run, from many threads."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    def ask(self, question: Question) -> None:
        """Puts a question, and returns without waiting: whoever has the answer calls `answer`."""
        ...

    def withdraw(self, question: Question) -> None:
        """Forgets a question that is settled: answered, too late, or its episode at an end."""
        ...


class Nobody:
    """The approver where none is there: no."""

    name = NOBODY

    def ask(self, question: Question) -> None:
        """Answers no at once."""
        question.answer(
            Approval(verdict="deny", approver=NOBODY, reason="nobody is there to be asked")
        )

    def withdraw(self, question: Question) -> None:
        """Has nothing to forget."""


def put(question: Question, approver: Approver, stop: StopSwitch) -> Approval:
    """Puts a question to an approver and waits for the answer, the deadline, or the stop.

    An approver that fails has not said yes.
    """
    with stop.holding(question):
        try:
            approver.ask(question)
        except Exception as problem:  # noqa: BLE001 - anybody's code: whatever it raises, it is no.
            question.answer(failed(approver.name, problem))
        try:
            return question.wait()
        finally:
            approver.withdraw(question)


def failed(name: str, problem: Exception) -> Approval:
    """The answer of an approver that raised: no."""
    return Approval(
        verdict="deny",
        approver=name,
        reason=f"the approver failed ({type(problem).__name__}: {problem})",
    )
