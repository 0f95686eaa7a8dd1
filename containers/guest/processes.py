"""`start`, `read`, `write`, `stop`, `list`: processes that are meant to outlive a step."""

from __future__ import annotations

import os
from collections.abc import Callable

from . import signals
from .census import Census
from .children import Children
from .job import Job
from .loop import Loop, Timer
from .settings import Settings
from .steps import CANNOT_START, Steps, command_line, flags_of
from .wire import Answer, Refused, Reply, Request, environment_bytes, from_base64

_MAX_PROCESSES = 32
_BUFFER = 1 << 20
"""Bytes of each stream kept until they are read: its head and its tail."""
_MAX_PENDING = 1 << 20
_GRACE_SECONDS = 2.0
_END_OF_FILE = b"\x04"


class Started:
    """One process with a name."""

    def __init__(self, name: str, argv: list[str], *, terminal: bool) -> None:
        self.name = name
        self.argv = argv
        self.terminal = terminal
        self.job: Job | None = None
        self.waiting: list[tuple[Answer, Timer, int | None]] = []
        self.when_ended: Callable[[], None] | None = None

    def state(self) -> Reply:
        """Whether it runs, and how it ended."""
        job = self.job
        assert job is not None
        failed = job.note("exec")
        return {
            "name": self.name,
            "pid": job.pid,
            "running": not job.ended,
            "exit_code": job.exit_code if job.ended else None,
            "signal": job.signal if job.ended else None,
            "error": failed and os.strerror(failed[1]),
        }

    def taken(self, limit: int | None = None) -> Reply:
        """Its state, with what it said since the last time."""
        assert self.job is not None
        return {
            **self.state(),
            "stdout": self.job.stdout.take(limit),
            "stderr": self.job.stderr.take(limit),
        }

    def silent(self) -> bool:
        """Whether it has said nothing since the last time."""
        assert self.job is not None
        return self.job.stdout.size == 0 and self.job.stderr.size == 0

    def ended(self, _: Job) -> None:
        """Tell all who wait that it has ended."""
        self.wake()
        if self.when_ended is not None:
            self.when_ended()

    def wake(self) -> None:
        """Answer whoever waited for output or for the end."""
        waiting, self.waiting = self.waiting, []
        for answer, timer, limit in waiting:
            timer.cancel()
            answer(self.taken(limit))


class Processes:
    """All that were started and not yet stopped, by name."""

    def __init__(self, loop: Loop, children: Children, census: Census, steps: Steps) -> None:
        self._loop = loop
        self._children = children
        self._census = census
        self._steps = steps
        self._started: dict[str, Started] = {}

    def start(self, request: Request, settings: Settings) -> Reply:
        """Answer a `start` request."""
        name: str = request["name"]
        if name in self._started:
            raise Refused("process_exists", f"a process named {name!r} was started; stop it first")
        if len(self._started) >= _MAX_PROCESSES:
            raise Refused("too_many_processes", f"{_MAX_PROCESSES} are started; stop one first")
        settings.refresh()
        terminal = bool(request.get("pty"))
        line = command_line(request)
        started = Started(name, [os.fsdecode(part) for part in line[1:]], terminal=terminal)
        environment = {**self._steps.environment, **request.get("env", {})}
        cwd = request.get("cwd") or self._steps.cwd
        book = self._steps.record.open(request, line, cwd)
        # Opened as the agent, or it would be root's and could not be opened by its name.
        with settings.as_agent():
            pair = os.openpty() if terminal else None
        try:
            started.job = Job(
                self._loop,
                self._children,
                settings.arguments(
                    "exec", *line, cwd=cwd, flags=flags_of(t=terminal, r=book is not None)
                ),
                environment_bytes(environment),
                ruleset=settings.ruleset,
                stdin=b"",
                keep_stdin=True,
                terminal=pair,
                output_limit=_BUFFER,
                book=book,
                on_end=started.ended,
            )
        except OSError as error:
            code = CANNOT_START.get(error.errno or 0)
            if code is None:
                raise
            raise Refused(code, f"start: {error.strerror}") from error
        started.job.on_output = started.wake
        self._started[name] = started
        return started.state()

    def read(self, request: Request, answer: Answer) -> None:
        """Answer a `read` request, at once or when there is something to say."""
        started = self._named(request)
        assert started.job is not None
        limit = request.get("output_bytes")
        seconds = request.get("seconds") or 0
        if started.job.ended or not started.silent() or seconds <= 0:
            answer(started.taken(limit))
            return
        timer = self._loop.later(seconds, started.wake)
        started.waiting.append((answer, timer, limit))

    def write(self, request: Request) -> Reply:
        """Answer a `write` request: what the process does not take yet is kept for it."""
        started = self._named(request)
        assert started.job is not None
        feed = started.job.feed
        data, eof = from_base64(request.get("data") or ""), bool(request.get("eof"))
        if started.job.ended or feed is None or not feed.open:
            raise Refused("process_ended", f"{started.name!r} takes no more input")
        if feed.pending + len(data) > _MAX_PENDING:
            raise Refused("too_large", f"{started.name!r} has not read {feed.pending} bytes yet")
        if started.terminal:
            # A terminal has no end to close: its line discipline makes one of this character.
            feed.add(data + (_END_OF_FILE if eof else b""), eof=False)
        else:
            feed.add(data, eof=eof)
        return {**started.state(), "pending": feed.pending}

    def stop(self, request: Request, answer: Answer) -> None:
        """Answer a `stop` request: asked first, then made to; its name is free afterwards."""
        started = self._named(request)
        job = started.job
        assert job is not None
        del self._started[started.name]
        started.wake()

        def finish() -> None:
            timer.cancel()
            # Once only, though what is ended below ends this process too.
            started.when_ended = None
            try:
                job.kill()
                self._end(job.pid)
                self._children.wait_for(lambda: job.ended)
            except Refused as refused:
                answer({"ok": False, "error": refused.code, "message": str(refused)})
                return
            answer(started.taken(request.get("output_bytes")))

        if job.ended:
            timer = self._loop.later(0, finish)
            return
        grace = request.get("seconds")
        timer = self._loop.later(_GRACE_SECONDS if grace is None else grace, finish)
        job.on_output = None
        started.when_ended = finish
        job.cut_short()
        for number in (signals.SIGTERM, signals.SIGCONT):
            try:
                os.killpg(job.pid, number)
            except ProcessLookupError:  # Its first moment: the launcher has no group of its own.
                os.kill(job.pid, number)

    def list(self) -> Reply:
        """Answer a `list` request."""
        return {
            "processes": [
                {**started.state(), "argv": started.argv, "pty": started.terminal}
                for started in self._started.values()
            ]
        }

    def clear(self) -> None:
        """Forget them all, their processes having been ended."""
        for started in list(self._started.values()):
            started.wake()
        self._started.clear()

    def _end(self, session: int) -> None:
        """Kill all of a session and all who descend from its leader."""
        everyone = {process.pid for process in self._census.outside(())}
        others = {process.pid for process in self._census.outside({session})}
        if everyone - others:
            self._census.end(others | (self._children.known - {session}))

    def _named(self, request: Request) -> Started:
        started = self._started.get(request["name"])
        if started is None:
            raise Refused("no_such_process", f"no process named {request['name']!r} was started")
        return started
