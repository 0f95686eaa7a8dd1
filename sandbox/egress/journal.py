"""What one container of one episode asked of a network: numbered, recorded, shown with its step."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from episodes.decisions import Decision
from episodes.entries import Requested, Responded
from episodes.errors import LogError
from episodes.observations import WebRequest as Shown
from episodes.record import Record
from episodes.writer import LogWriter
from policies.duties import Obligations
from policies.request import WebRequest
from sandbox.redaction import redacted
from semantics.urls import canonical_url

R = TypeVar("R", bound=Record)

MOST_KEPT = 64 << 10
"""Bytes of a body: both of a request's go in one line of the proxy's."""
_SETTLE_SECONDS = 0.02
_LONGEST = 2048
_LONGEST_TYPE = 100


@dataclass
class Asked:
    """One request."""

    request: WebRequest
    """What is asked for."""
    step: int | None
    """The step whose doing it is."""
    unseen: bool = False
    """Whether only its host is known."""
    decision: Decision | None = None
    """Once it is on record."""
    shown: Shown | None = None
    """What is shown of it with its step; once it is on record."""


class Journal:
    """The requests of one container in one episode. May be used from many threads.

    Args:
        who: Which container.
        episode: The episode's id.
        duties: What is not to be recorded as it came.
        log: Where it is recorded.
    """

    def __init__(
        self, who: Literal["shell", "browser"], episode: str, duties: Obligations, log: LogWriter
    ) -> None:
        self._who, self._duties, self._log = who, duties, log
        self._chain = f"episode:{episode}"
        self._changed = threading.Condition()
        self._open: dict[int, Asked] = {}
        self._of_step: list[Asked] = []
        self._ended: list[Responded] = []
        self._next = 0 if who == "shell" else 1

    def open(self, asked: Asked) -> int:
        """A request is under way; returns its number."""
        with self._changed:
            number = self._take_number()
            self._open[number] = asked
            return number

    def opened(self, number: int) -> Asked:
        """A request that is under way.

        Raises:
            KeyError: There is none by the number.
        """
        return self._open[number]

    def drop(self, number: int) -> None:
        """It is under way no more, and was not let out."""
        self._open.pop(number, None)

    def allowed(self, asked: Asked, number: int, decision: Decision, waited: float) -> None:
        """Records durably that a request is let out.

        Raises:
            LogError: It cannot be recorded; then it may not be let out.
        """
        # Others that have ended go along: a commit of their own would cost as much again.
        self._log.append(
            self._chain, *self._take_ended(), self._recorded(asked, number, decision, waited)
        )
        self._note(asked)

    def denied(self, asked: Asked, decision: Decision) -> None:
        """Records that a request is not let out, without waiting until it is durable.

        Raises:
            LogError: The log takes no more.
        """
        with self._changed:
            number = self._take_number()
        self._log.append_soon(self._chain, self._recorded(asked, number, decision, 0.0))
        self._note(asked)

    def done(self, message: Mapping[str, Any]) -> Responded | None:
        """A request that was let out has ended.

        Args:
            message: What the proxy says of it.

        Returns:
            What is recorded; nothing where no such request was under way.
        """
        with self._changed:
            number = int(message["number"])
            asked = self._open.pop(number, None)
            if asked is None or asked.decision is None:
                return None
            said = self._redacted(
                Responded(
                    step=asked.step,
                    number=number,
                    status=message["status"],
                    content_type=str(message["content_type"])[:_LONGEST_TYPE],
                    sent=int(message["sent"]),
                    received=int(message["received"]),
                    frames=int(message["frames"]),
                    seconds=float(message["seconds"]),
                    problem=str(message["problem"])[:500],
                    sent_body=base64.b64decode(message["sent_body"])[:MOST_KEPT],
                    received_body=base64.b64decode(message["received_body"])[:MOST_KEPT],
                )
            )
            if asked.shown is not None:
                asked.shown = asked.shown.model_copy(
                    update={
                        "status": said.status,
                        "sent": said.sent,
                        "received": said.received,
                        "seconds": said.seconds,
                    }
                )
            self._ended.append(said)
            busy = bool(self._open)
            self._changed.notify_all()
        if not busy:
            self.flush()
        return said

    def flush(self) -> None:
        """Records what has ended, without waiting until it is durable."""
        ended = self._take_ended()
        if not ended:
            return
        try:
            self._log.append_soon(self._chain, *ended)
        except LogError:
            # The episode is over, or the log is: what was let out is on record as in flight.
            return

    def take(self) -> tuple[Shown, ...]:
        """What was asked since the last call."""
        with self._changed:
            # What a program has read to its end may be a moment away from being told here.
            self._changed.wait_for(lambda: not self._open, _SETTLE_SECONDS)
            taken, self._of_step = self._of_step, []
        self.flush()
        return tuple(asked.shown for asked in taken if asked.shown is not None)

    def _take_number(self) -> int:
        # Both doors of a box count, one in even numbers and one in odd ones.
        number, self._next = self._next, self._next + 2
        return number

    def _take_ended(self) -> list[Responded]:
        with self._changed:
            ended, self._ended = self._ended, []
            return ended

    def _note(self, asked: Asked) -> None:
        with self._changed:
            self._of_step.append(asked)

    def _recorded(self, asked: Asked, number: int, decision: Decision, waited: float) -> Requested:
        try:
            url = str(canonical_url(asked.request.url))
        except ValueError:
            url = asked.request.url
        body = self._redacted(
            Requested(
                step=asked.step,
                number=number,
                who=self._who,
                method=asked.request.method[:40],
                url=url[:_LONGEST],
                decision=decision,
                addresses=asked.request.addresses,
                waited=waited,
            )
        )
        asked.decision = decision
        asked.shown = Shown(
            method=body.method,
            url=body.url,
            allowed=decision.verdict == "allow",
            rule_id=decision.rule_id,
            status=None if decision.verdict == "allow" else 403,
        )
        return body

    def _redacted(self, body: R) -> R:
        if self._duties.redact or self._duties.redact_patterns:
            return redacted(body, [*self._duties.redact, *self._duties.redact_patterns])
        return body
