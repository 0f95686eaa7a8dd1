"""The host, over stdin and stdout: it is asked and told, and gives orders; JSON lines."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from typing import IO, Any

ANSWER_SECONDS = 15.0
"""No answer within this is a denial: of a host that hangs, since of one that has gone it is known.

An answer waits for a commit, which on a disk that others keep busy has taken seconds."""
_GRACE_SECONDS = 0.5
"""And so much more, as an answer may have come while this loop was busy with others' traffic."""

_LONGEST_LINE = 1 << 20
_SILENCE = {
    "allow": False,
    "rule": "proxy.unanswered",
    "reason": "the sandbox did not answer in time; this is its fault, try again later",
}
_NEVER_LEFT = {
    "status": None,
    "content_type": "",
    "sent": 0,
    "received": 0,
    "frames": 0,
    "seconds": 0.0,
    "problem": _SILENCE["rule"],
    "sent_body": "",
    "received_body": "",
}


class Host:
    """The other end of the line."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._unheard: dict[int, str] = {}
        """For each question that has no answer yet, its door."""

    async def ask(self, door: str, stage: str, **question: Any) -> dict[str, Any]:
        """The host's answer; a denial where none comes in time.

        An answer `wait` says for how many seconds another one is to be waited for.
        """
        number = next(self._numbers)
        answers = self._waiting[number] = asyncio.Queue()
        send({"ask": number, "door": door, "stage": stage, **question})
        seconds = ANSWER_SECONDS
        self._unheard[number] = door
        try:
            while True:
                answer = await self._next(answers, seconds)
                if answer is None:
                    return dict(_SILENCE)
                if "wait" not in answer:
                    del self._unheard[number]
                    return answer
                seconds = float(answer["wait"])
        finally:
            del self._waiting[number]
            while not answers.empty():
                self._too_late(answers.get_nowait())

    @staticmethod
    async def _next(
        answers: asyncio.Queue[dict[str, Any]], seconds: float
    ) -> dict[str, Any] | None:
        for patience in (seconds, _GRACE_SECONDS):
            try:
                return await asyncio.wait_for(answers.get(), patience)
            except TimeoutError:
                continue
        return None

    def tell(self, door: str, stage: str, **what: Any) -> None:
        """Says something that needs no answer."""
        send({"tell": stage, "door": door, **what})

    async def orders(self, source: IO[bytes]) -> AsyncIterator[dict[str, Any]]:
        """What the host wants done, until it has gone; answers are given to those who wait.

        Raises:
            ValueError: A line is too long, or no JSON.
        """
        reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
        while line := await reader.readline():
            message = json.loads(line)
            if "answer" not in message:
                yield message
                continue
            waiting = self._waiting.get(message["answer"])
            if waiting is not None:
                waiting.put_nowait(message)
            else:
                self._too_late(message)

    def _too_late(self, answer: dict[str, Any]) -> None:
        if "wait" in answer:
            return
        door = self._unheard.pop(answer["answer"], None)
        if door is not None and "number" in answer:
            # It is on record as let out, and never was.
            self.tell(door, "done", number=answer["number"], **_NEVER_LEFT)


def send(message: dict[str, Any]) -> None:
    """Writes one line whole."""
    # Escaped to ASCII: bytes of a request that are no UTF-8 come as lone surrogates.
    view = memoryview(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
    while view:
        view = view[os.write(1, view) :]
