"""`run`, `go` and `cancel`: one command from its start to the end of its direct child."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping

from .census import Census, argv_of
from .children import Children
from .job import Job
from .limits import Limits
from .loop import Loop, Timer
from .record import Record
from .settings import SHELL, Settings
from .wire import Answer, Refused, Reply, Request, environment_bytes, from_base64

MAX_STATE = 1 << 18
"""Bytes that one command may leave to the next; one that exports more leaves nothing."""

_MAX_SURVIVORS = 64
CANNOT_START = {
    errno.E2BIG: "too_long",
    # The container is at its limit, which is the agent's to reach.
    errno.EAGAIN: "no_process",
    errno.ENOMEM: "no_process",
}
"""Why no process could be made, in one word."""
_CANNOT_EXEC = {errno.ENOENT: "not_found", errno.EACCES: "refused", errno.E2BIG: "too_long"}
_NOTHING = {"head": "", "tail": "", "size": 0}


def command_line(request: Request) -> list[str | bytes]:
    """The launcher's PROGRAM and ARGV for a request's `command` or `argv`.

    Raises:
        Refused: It has neither.
    """
    if request.get("command") is not None:
        # `--`: a command that starts with a dash is a command, not an option.
        return [SHELL, "bash", "-c", "--", os.fsencode(request["command"])]
    argv = [os.fsencode(part) for part in request.get("argv") or []]
    if not argv or not argv[0]:
        raise Refused("bad_request", "give `command`, or an `argv` with a program in it")
    return [argv[0], *argv]


def flags_of(**wanted: bool) -> str:
    """The launcher's FLAGS."""
    return "".join(flag for flag, is_wanted in wanted.items() if is_wanted) or "-"


class Steps:
    """The one command that may run at a time, and what it leaves to the next.

    Attributes:
        cwd: Where the next command starts.
        environment: What it starts with.
    """

    def __init__(self, loop: Loop, children: Children, census: Census, record: Record) -> None:
        self.loop = loop
        self.children = children
        self.census = census
        self.record = record
        self.limits = Limits()
        self.cwd = "/"
        self.environment: dict[str, str] = {}
        self._kept: set[int] = set()
        self._step: _Step | None = None

    def reset(self, settings: Settings) -> None:
        """Forget what earlier commands left."""
        self.cwd = settings.cwd
        self.environment = dict(settings.environment)
        self._kept.clear()

    def run(self, request: Request, settings: Settings, answer: Answer) -> None:
        """Start the command of a `run` request; `answer` is called when it has ended."""
        settings.refresh()
        self._start(_Step(self, request, settings, answer, self.environment))

    def run_apart(
        self, request: Request, settings: Settings, environment: Mapping[str, str], answer: Answer
    ) -> None:
        """Run an `argv` in an environment of its own, with nothing carried either way."""
        self._start(_Step(self, request, settings, answer, environment))

    def _start(self, step: _Step) -> None:
        if self._step is not None:
            raise Refused("busy", "a command is running; cancel it or wait for its reply")
        if self.children.reap():
            # Whatever came up since the last command is not this one's.
            self._kept = self.census.orphans()
        self._step = step
        try:
            step.start()
        except BaseException:
            self._step = None
            raise

    def go(self, request: Request) -> None:
        """Let the command of a `run` with `hold` begin, if it still waits; `run` answers."""
        step = self._step
        if step is not None and step.request["id"] == request["target"]:
            step.go()

    def cancel(self, request: Request) -> Reply:
        """End the running command: any, or the one that `target` names by its request's id."""
        step, target = self._step, request.get("target")
        if step is None or target not in (None, step.request["id"]):
            return {"cancelled": False}
        step.cancelled = True
        step.end_early()
        return {"cancelled": True}

    def spared(self) -> set[int]:
        """The pids that the end of a step leaves alone: started, kept, or at work for the host."""
        mine = {self._step.job.pid} if self._step is not None and self._step.job else set()
        return (self._kept | self.children.known) - mine

    def survivors(self, *, keep: bool) -> list[dict[str, object]]:
        """What the step that just ended left running; killed unless kept."""
        if not self.children.reap():
            self._kept.clear()
            return []
        orphans = self.census.orphans()
        self._kept &= orphans
        if not orphans - self._kept:
            return []
        left = self.census.outside(self.spared())
        found: list[dict[str, object]] = [
            {"pid": process.pid, "parent": process.parent, "argv": argv_of(process.pid)}
            for process in left[:_MAX_SURVIVORS]
        ]
        if keep:
            self._kept = self.census.orphans()
        elif left:
            self.census.end(self.spared())
        return found

    def finished(self) -> None:
        """The step has been answered."""
        self._step = None


class _Step:
    def __init__(
        self,
        steps: Steps,
        request: Request,
        settings: Settings,
        answer: Answer,
        environment: Mapping[str, str],
    ) -> None:
        self.request = request
        self._environment = environment
        self.job: Job | None = None
        self.cancelled = False
        self._steps = steps
        self._settings = settings
        self._answer = answer
        self._timed_out = False
        self._ending = False
        self._timer: Timer | None = None
        self._began = 0.0

    def start(self) -> None:
        steps, request, settings = self._steps, self.request, self._settings
        # Only our own shell leaves anything; another program's environment dies with it.
        carry = bool(request.get("carry", True)) and request.get("command") is not None
        environment = {**self._environment, **request.get("env", {})}
        if carry:
            environment["BASH_ENV"] = "/longleash/step.bash"
        stdin = request.get("stdin")
        cwd = request.get("cwd") or steps.cwd
        held = bool(request.get("hold", False))
        line = command_line(request)
        book = steps.record.open(request, line, cwd)
        steps.limits.begin()
        self._began = time.monotonic()
        try:
            self.job = Job(
                steps.loop,
                steps.children,
                settings.arguments(
                    "exec", *line, cwd=cwd, flags=flags_of(s=carry, h=held, r=book is not None)
                ),
                environment_bytes(environment),
                ruleset=settings.ruleset,
                stdin=None if stdin is None else from_base64(stdin),
                output_limit=request.get("output_bytes") or settings.output_bytes,
                state_limit=MAX_STATE if carry else 0,
                held=held,
                book=book,
                on_end=self._ended,
            )
        except OSError as error:
            if error.errno not in CANNOT_START:
                raise
            steps.finished()
            self._answer(self._reply(None) | {"error": CANNOT_START[error.errno]})
            return
        if not held:
            self._start_timer()

    def go(self) -> None:
        """It may begin; what it takes counts from here."""
        assert self.job is not None
        self._began = time.monotonic()
        self.job.go()
        self._start_timer()

    def _start_timer(self) -> None:
        seconds = self.request.get("seconds")
        if seconds is not None and self._timer is None:
            self._timer = self._steps.loop.later(seconds, self._time_out)

    def _time_out(self) -> None:
        self._timed_out = True
        self.end_early()

    def end_early(self) -> None:
        """Kill the command and all it started, then answer."""
        job = self.job
        assert job is not None
        self._ending = True
        # By its pid too: for its first moments it is the launcher, and not yet the agent's uid.
        job.kill()
        try:
            self._steps.census.end(self._steps.spared())
            self._steps.children.wait_for(lambda: job.ended)
        except Refused as refused:
            self._steps.finished()
            self._answer({"ok": False, "error": refused.code, "message": str(refused)})
            return
        self._finish()

    def _ended(self, _: Job) -> None:
        # While everything is being killed the answer waits until all of it has ended.
        if not self._ending:
            self._finish()

    def _finish(self) -> None:
        job = self.job
        assert job is not None
        if self._timer is not None:
            self._timer.cancel()
        reply = self._reply(job)
        fault = job.note("fault")
        if fault is not None:
            what, number = fault
            reply = {
                "ok": False,
                "error": "launcher",
                "message": f"the launcher stopped at {what}: {os.strerror(number)}",
            }
        self._steps.finished()
        self._answer(reply)

    def _reply(self, job: Job | None) -> Reply:
        steps, seconds = self._steps, time.monotonic() - self._began
        lost = job is not None and job.note("cwd_lost") is not None
        # Not at the top: its patterns cost milliseconds, and a start has no command to read of.
        from .carried import parse

        if job is not None and (left := parse(job.state)) is not None:
            lost = lost or not left.cwd
            steps.cwd = left.cwd or self._settings.cwd
            steps.environment = {**left.environment, "PATH": self._settings.path}
            dropped = left.dropped
        else:
            dropped = []
        exec_failed = None if job is None else job.note("exec")
        return {
            "started": job is not None,
            "error": exec_failed and _CANNOT_EXEC.get(exec_failed[1], "cannot_execute"),
            "exit_code": 126 if job is None else job.exit_code,
            "signal": None if job is None else job.signal,
            "timed_out": self._timed_out,
            "cancelled": self.cancelled,
            "seconds": seconds,
            "stdout": _NOTHING if job is None else job.stdout.take(),
            "stderr": _NOTHING if job is None else job.stderr.take(),
            "cwd": steps.cwd,
            "cwd_lost": lost,
            "env": steps.environment,
            "env_dropped": dropped,
            "survivors": []
            if job is None or self._ending
            else steps.survivors(keep=self.request.get("survivors") == "keep"),
            "met": steps.limits.met(failed=job is None or job.status != 0),
            **steps.record.take(),
        }
