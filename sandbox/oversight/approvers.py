"""Approvers by name: `deny`, `terminal`, `queue`, `python:MODULE:CALLABLE`."""

from __future__ import annotations

import getpass
import sys
from typing import Any, Protocol

from episodes.errors import UsageError
from episodes.writer import LogWriter
from sandbox.agents.module import load_callable
from sandbox.oversight.approver import Approver, Nobody
from sandbox.oversight.attempts import note_attempt
from sandbox.oversight.callable_approver import CallableApprover
from sandbox.oversight.queue_approver import QueueApprover
from sandbox.oversight.terminal_approver import TerminalApprover


class ApproverKind(Protocol):
    """A way to name approvers."""

    prefix: str
    """The name, or what comes before the colon."""
    usage: str
    """How it is written, for messages."""

    def make(self, rest: str, log: LogWriter) -> Approver:
        """The approver for a run that writes `log`.

        Raises:
            UsageError: There is none by that name; the message says why.
        """
        ...


class _Deny:
    prefix = "deny"
    usage = "deny, where nobody is there"

    def make(self, rest: str, log: LogWriter) -> Approver:
        return Nobody()


class _Terminal:
    prefix = "terminal"
    usage = "terminal, for the one that the run is started from"

    def make(self, rest: str, log: LogWriter) -> Approver:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(
                "--approver terminal: there is no terminal here; use `--approver queue` and answer "
                "by `longleash approve`"
            )
        return TerminalApprover(getpass.getuser(), sys.stdin, sys.stderr)


class _Queue:
    prefix = "queue"
    usage = "queue, answered by `longleash approve`"

    def make(self, rest: str, log: LogWriter) -> Approver:
        return QueueApprover(log)


class _Python:
    prefix = "python"
    usage = "python:FILE.py:NAME or python:MODULE:NAME, called with each question"

    def make(self, rest: str, log: LogWriter) -> Approver:
        name = f"python:{rest}"
        try:
            answers = load_callable(rest)
        # A module of anybody's may raise anything as it is read.
        except Exception as problem:
            told = f"{type(problem).__name__}: {problem}"
            raise UsageError(f"--approver {name}: {told}; write {self.usage}") from problem
        return CallableApprover(name, answers)


KINDS: tuple[ApproverKind, ...] = (_Deny(), _Terminal(), _Queue(), _Python())
"""Every way to name an approver, in the order in which messages tell of them."""


def approver(name: str, log: LogWriter) -> Approver:
    """The approver of that name.

    Args:
        name: As one of `KINDS` says.
        log: The log that the run writes.

    Raises:
        UsageError: There is none by that name; the message says what there is.
    """
    prefix, _, rest = name.partition(":")

    def elsewhere(message: dict[str, Any]) -> dict[str, Any]:
        if message.get("op") == "approve":
            note_attempt(log, message)
        raise UsageError(
            f"{log.path}: the run that writes it asks elsewhere (--approver {name}); one that is "
            "started with `--approver queue` is answered here"
        )

    log.on("approvals", elsewhere)
    log.on("approve", elsewhere)
    for kind in KINDS:
        if kind.prefix == prefix and bool(rest) == (prefix == "python"):
            return kind.make(rest, log)
    ways = "; ".join(kind.usage for kind in KINDS)
    raise UsageError(f"--approver {name}: no such approver. Write {ways}")
