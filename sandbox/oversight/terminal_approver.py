"""A person at the terminal that the run was started from."""

from __future__ import annotations

import os
import queue
import select
import termios
import threading
from typing import TextIO

from pydantic import ValidationError

from episodes.actions import RunCommand
from episodes.decisions import Approval
from episodes.replay import describe
from episodes.terminal import safe
from sandbox.oversight.approver import Question

_GLANCE_SECONDS = 0.1
_HELP = (
    "answer in a word and, where you like, a reason: yes | episode (yes, and the same again "
    "without asking) | no"
)
_CHANGE = " | run COMMAND (that instead)"


class TerminalApprover:
    """Puts questions one at a time; words are wanted, so that no key held down approves anything.

    Args:
        name: Who sits there.
        source: Where answers are typed.
        target: Where questions are shown.
    """

    def __init__(self, name: str, source: TextIO, target: TextIO) -> None:
        self.name = f"terminal:{name}"
        self._source, self._target = source.fileno(), target
        self._typed = b""
        self._gone = False
        self._questions: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, question: Question) -> None:
        """Shows it when those before it are answered; its own time runs meanwhile."""
        self._questions.put(question)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="approver terminal", daemon=True
                )
                self._thread.start()

    def withdraw(self, question: Question) -> None:
        """It is passed over, or left, within a moment."""

    def _serve(self) -> None:
        while True:
            question = self._questions.get()
            if not question.settled:
                self._put(question)

    def _put(self, question: Question) -> None:
        if not self._gone:
            self._forget_what_was_typed()
            self._say(
                f"\nepisode {question.episode}, step {question.step}, asks "
                f"({question.decision.rule_id}: {question.reason})\n"
                f"  {describe(question.action)}\n"
                f"{_HELP}{_CHANGE if isinstance(question.action, RunCommand) else ''}\n"
                f"{question.seconds_left:.0f} s, then no> "
            )
        while not question.settled:
            line = self._line()
            if self._gone:
                question.answer(self._no("the terminal is gone"))
            elif line is not None:
                approval = self._understood(line, question)
                if approval is None:
                    self._say(f"not understood; {_HELP}> ")
                else:
                    question.answer(approval)
                    return
        self._say("no answer is wanted any more\n")

    def _understood(self, line: str, question: Question) -> Approval | None:
        word, _, rest = line.strip().partition(" ")
        reason = rest.strip()
        match word.lower():
            case "yes":
                return Approval(verdict="allow", approver=self.name, reason=reason)
            case "episode":
                return Approval(verdict="allow", approver=self.name, reason=reason, scope="episode")
            case "no":
                return self._no(reason)
            case "run" if reason and isinstance(question.action, RunCommand):
                try:
                    changed = RunCommand.model_validate(
                        {**question.action.model_dump(), "command": reason}
                    )
                except ValidationError:
                    return None
                return Approval(verdict="allow", approver=self.name, changed=changed)
        return None

    def _no(self, reason: str) -> Approval:
        return Approval(verdict="deny", approver=self.name, reason=reason)

    def _line(self) -> str | None:
        """What was typed, once a line is whole; nothing after a moment without one."""
        if b"\n" not in self._typed:
            ready, _, _ = select.select([self._source], [], [], _GLANCE_SECONDS)
            if not ready:
                return None
            try:
                read = os.read(self._source, 4096)
            except OSError:
                read = b""
            self._gone = not read
            self._typed += read
        line, found, rest = self._typed.partition(b"\n")
        if not found:
            return None
        self._typed = rest
        return line.decode(errors="replace")

    def _forget_what_was_typed(self) -> None:
        # An answer to a question that nobody had seen yet is no answer to it.
        self._typed = b""
        if os.isatty(self._source):
            termios.tcflush(self._source, termios.TCIFLUSH)

    def _say(self, text: str) -> None:
        self._target.write(safe(text))
        self._target.flush()
