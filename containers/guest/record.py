"""Every process on record: what each command started, as its listener (listener.c) tells it.

For the record only. What a program is started with is looked at before it starts, and another
thread may change it meanwhile; what holds an agent is elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from .book import Book
from .children import Children
from .loop import Loop
from .wire import Reply, Request


class Record:
    """The books of all commands of which something may still be told.

    Attributes:
        possible: Whether the kernel lets anybody listen.
    """

    def __init__(self, loop: Loop, children: Children, *, possible: bool) -> None:
        self.possible = possible
        self._loop = loop
        self._books: list[Book] = []
        children.on_orphan = self.reaped

    def open(self, request: Request, line: Sequence[str | bytes], directory: str) -> Book | None:
        """A book for what a request starts, where it asks for one (`record`: step, most).

        Args:
            request: The request.
            line: The launcher's PROGRAM and ARGV.
            directory: Where.
        """
        asked = request.get("record")
        if asked is None or not self.possible:
            return None
        argv = [os.fsencode(part) for part in line[1:]]
        book = Book(self._loop, asked["step"], asked["most"], argv, directory)
        self._books.append(book)
        return book

    def reaped(self, pid: int, status: int) -> None:
        """A process has ended, with this wait status."""
        for book in self._books:
            if book.reaped(pid, status):
                return

    def take(self) -> Reply:
        """All that is new: what ended since the last time, and what began and runs.

        Returns:
            `processes`, where there is a book: its `lines` (lines.c), and how many programs
            were `left_out`.
        """
        if not self._books:
            return {}
        lines: list[str] = []
        left_out = 0
        for book in self._books:
            told, more = book.take()
            if told:
                lines.append(told)
            left_out += more
        self._books = [book for book in self._books if not book.over]
        return {"processes": {"lines": "\n".join(lines), "left_out": left_out}}

    def forget(self) -> None:
        """Every process of the agent's has been ended, and nobody asks of them."""
        for book in self._books:
            book.close()
        self._books.clear()
