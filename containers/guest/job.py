"""One child of the launcher, with its pipes: fed, drained, and told of once it has ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from . import signals
from .book import Book
from .capture import Capture
from .children import (
    GO_FD,
    LISTENER_FD,
    RULESET_FD,
    STATE_FD,
    STATUS_FD,
    Children,
    pipe_in,
    pipe_out,
)
from .loop import Loop
from .pipes import Feed, Sink

_MAX_STATUS = 4096


class Job:
    """One child.

    Args:
        arguments: The launcher's.
        environment: The child's.
        ruleset: The Landlock ruleset's descriptor, or None.
        stdin: Bytes to feed it, or None for /dev/null.
        keep_stdin: Leave stdin open after them.
        terminal: A pseudo-terminal's two ends in place of the three pipes; they become this job's,
            and all output is stdout's.
        output_limit: Bytes to keep of each of its streams.
        state_limit: Bytes to take of what it leaves to the next command; 0 for no such pipe.
        held: Ready, with every rule on, and not yet the program: that it becomes with `go`.
        book: Where all that it starts is recorded, or None.
        on_end: Called with this job, once it has ended and its pipes are drained.

    Raises:
        OSError: It could not be started.
    """

    def __init__(
        self,
        loop: Loop,
        children: Children,
        arguments: Sequence[str | bytes],
        environment: Mapping[bytes, bytes],
        *,
        ruleset: int | None,
        stdin: bytes | None = None,
        keep_stdin: bool = False,
        terminal: tuple[int, int] | None = None,
        output_limit: int,
        state_limit: int = 0,
        held: bool = False,
        book: Book | None = None,
        on_end: Callable[[Job], None],
    ) -> None:
        self.stdout = Capture(output_limit)
        self.stderr = Capture(output_limit)
        self.status = 0
        self.ended = False
        self.feed: Feed | None = None
        self._notes = bytearray()
        self._state = bytearray()
        self._state_limit = state_limit
        self._on_end = on_end
        # The child's number to the guest's; then the guest's own ends, each with what reads it.
        theirs: dict[int, int] = {}
        readers: list[tuple[int, Callable[[bytes], None]]] = []

        def read_from(number: int, add: Callable[[bytes], None]) -> None:
            mine, theirs[number] = pipe_in()
            readers.append((mine, add))

        read_from(STATUS_FD, self._add_note)
        if state_limit:
            read_from(STATE_FD, self._add_state)
        feed: int | None = None
        if terminal is not None:
            master, slave = terminal
            os.set_blocking(master, False)
            theirs |= {0: slave, 1: slave, 2: slave}
            readers.append((master, self._add_stdout))
            feed = os.dup(master)
        else:
            read_from(1, self._add_stdout)
            read_from(2, self._add_stderr)
            if stdin is not None:
                theirs[0], feed = pipe_out()
        self._go: int | None = None
        if held:
            theirs[GO_FD], self._go = pipe_out()
        self._book = book
        if book is not None:
            theirs[LISTENER_FD] = book.invite()
        fixed = {} if feed is not None else {0: children.null}
        if ruleset is not None:
            fixed[RULESET_FD] = ruleset
        try:
            self.pid = children.start(arguments, environment, theirs | fixed, self._ended)
        except OSError:
            for fd in [fd for fd, _ in readers] + [fd for fd in (feed, self._go) if fd is not None]:
                os.close(fd)
            if book is not None:
                book.close()
            raise
        finally:
            for fd in set(theirs.values()):
                os.close(fd)
        self._sinks = [Sink(loop, fd, add) for fd, add in readers]
        if book is not None:
            book.begin(self)
        if feed is not None:
            self.feed = Feed(loop, feed, stdin or b"", eof=not keep_stdin)

    on_output: Callable[[], None] | None = None
    """Called when something was said, for whoever waits for it."""

    def go(self) -> None:
        """Let a held child become its program; a second call does nothing."""
        if self._go is not None:
            if self._book is not None:
                self._book.go()
            # Not contextlib, which would cost every start what hardly one of them needs.
            try:  # noqa: SIM105
                os.write(self._go, b"g")
            except BrokenPipeError:
                pass  # It was killed while it waited.
            self._let_go()

    def _let_go(self) -> None:
        if self._go is not None:
            os.close(self._go)
            self._go = None

    def cut_short(self) -> None:
        """All that it started is being ended with it."""
        if self._book is not None:
            self._book.cut_short()

    def kill(self) -> None:
        """End this child alone; what it started is the census's affair."""
        self.cut_short()
        if not self.ended:
            os.kill(self.pid, signals.SIGKILL)

    def _add_stdout(self, data: bytes) -> None:
        self.stdout.add(data)
        if self.on_output is not None:
            self.on_output()

    def _add_stderr(self, data: bytes) -> None:
        self.stderr.add(data)
        if self.on_output is not None:
            self.on_output()

    def _add_note(self, data: bytes) -> None:
        self._notes += data[: _MAX_STATUS - len(self._notes)]

    def _add_state(self, data: bytes) -> None:
        if len(self._state) <= self._state_limit:
            self._state += data

    def _ended(self, status: int) -> None:
        self.status = status
        self.ended = True
        self._let_go()
        for sink in self._sinks:
            sink.drain()
        if self._book is not None:
            self._book.reaped(self.pid, status)
        try:
            # Before the pipes close: a survivor that writes would be gone before it was counted.
            self._on_end(self)
        finally:
            for sink in self._sinks:
                sink.close()
            if self.feed is not None:
                self.feed.close()

    @property
    def state(self) -> bytes:
        """What it left for the next command; empty if it left nothing, or too much."""
        return bytes(self._state) if len(self._state) <= self._state_limit else b""

    @property
    def exit_code(self) -> int | None:
        """Its own exit status, or None if a signal ended it."""
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else None

    @property
    def signal(self) -> int | None:
        """The number of the signal that ended it, or None."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    def note(self, kind: str) -> tuple[str, int] | None:
        """What the launcher reported of this kind: what it was doing, and a number (errno)."""
        for line in self._notes.decode("ascii", "replace").splitlines():
            said, *what, number = line.split(" ")
            if said == kind:
                return " ".join(what), int(number)
        return None
