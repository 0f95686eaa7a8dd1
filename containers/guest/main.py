"""The guest's start, and which operation is answered by what."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from . import ledger, signals
from .census import Census
from .check import check
from .children import Children
from .files import Files
from .loop import READABLE, Loop
from .paths import resolve
from .processes import Processes
from .record import Record
from .settings import Settings, kernel
from .steps import Steps
from .wire import Answer, Refused, Reply, Request, Wire
from .workspace import Workspace

PROTOCOL = 2
"""Goes up with every change that the other end must know of."""


class Guest:
    """One guest, from its first request to its last."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._wire = Wire(0, 1)
        self._abi, listens = kernel()
        self._children = Children()
        self._census = Census(self._children)
        self._record = Record(self._loop, self._children, possible=listens)
        self._steps = Steps(self._loop, self._children, self._census, self._record)
        self._files = Files(self._loop, self._children)
        self._processes = Processes(self._loop, self._children, self._census, self._steps)
        self._settings: Settings | None = None
        self._workspace: Workspace | None = None
        self._forwards = False
        self._operations: dict[str, Callable[[Request, Answer], None]] = {
            "hello": self._hello,
            "configure": self._configure,
            "run": lambda request, answer: self._steps.run(request, self.settings, answer),
            "go": lambda request, _: self._steps.go(request),
            "cancel": lambda request, answer: answer(self._steps.cancel(request)),
            "resolve": lambda request, answer: answer(resolve(request, self.settings)),
            "read_file": lambda request, answer: self._files.read(request, self.settings, answer),
            "write_file": lambda request, answer: self._files.write(request, self.settings, answer),
            "put": lambda request, answer: self._files.put(request, self.settings, answer),
            "start": lambda request, answer: self._telling(answer)(
                self._processes.start(request, self.settings)
            ),
            "read": lambda request, answer: self._processes.read(request, self._telling(answer)),
            "write": lambda request, answer: self._telling(answer)(self._processes.write(request)),
            "stop": lambda request, answer: self._processes.stop(request, self._telling(answer)),
            "list": lambda _, answer: answer(self._processes.list()),
            "check": self._check,
            "look": lambda _, answer: answer({"files": self.workspace.look()}),
            "contents": lambda request, answer: answer(self.workspace.contents(request)),
            "restore": lambda request, answer: self.workspace.restore(
                request, self._files, self._steps, answer
            ),
            "end_agent": self._end_agent,
            "exit": self._exit,
        }

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        if self._settings is None:
            raise Refused("not_configured", "send `configure` first")
        return self._settings

    @property
    def workspace(self) -> Workspace:
        """The tree that is looked at."""
        if self._workspace is None:
            raise Refused("not_configured", "`configure` named no workspace to look at")
        return self._workspace

    def main(self) -> None:
        """Answer until the host is gone."""
        self._loop.on_signal(signals.SIGCHLD, self._children.collect)
        # PID 1 gets no default action: without a handler `docker stop` would wait for its kill.
        signals.signal(signals.SIGTERM, lambda *_: os._exit(0))
        self._loop.watch(0, READABLE, self._receive)
        self._loop.run()
        # The end of PID 1 is the end of everything in the container.

    def _receive(self) -> None:
        requests = self._wire.receive()
        if requests is None:
            self._loop.stop()
            return
        for request in requests:
            self._perform(request)

    def _perform(self, request: Request) -> None:
        def answer(reply: Reply) -> None:
            if request.get("look") and self._workspace is not None:
                # Once it is over, whatever came of it, and before anything else can begin.
                reply = {"files": self._workspace.look(), **reply}
            self._wire.send({"id": request["id"], "ok": True, **reply})

        def refuse(code: str, message: str) -> None:
            answer({"ok": False, "error": code, "message": message})

        try:
            operation = self._operations.get(request["op"])
            if operation is None:
                raise Refused("unknown_operation", f"this guest knows no {request['op']!r}")
            operation(request, answer)
        except Refused as refused:
            refuse(refused.code, str(refused))
        except (KeyError, TypeError, ValueError) as error:
            refuse("bad_request", f"{request.get('op')}: {type(error).__name__}: {error}")
        except OSError as error:
            refuse("system", f"{request['op']}: {error}")

    def _telling(self, answer: Answer) -> Answer:
        """An answer that says as well what is new of the agent's processes."""
        return lambda reply: answer({**reply, **self._record.take()})

    def _hello(self, _: Request, answer: Answer) -> None:
        system = os.uname()
        answer(
            {
                "protocol": PROTOCOL,
                "landlock_abi": self._abi,
                "kernel": system.release,
                "machine": system.machine,
                # The launcher put it on before this program; every child has it from here.
                "seccomp": _own_status("Seccomp") == "2",
                "record": self._record.possible,
                "no_new_privs": _own_status("NoNewPrivs") == "1",
                "python": sys.version.split()[0],
            }
        )

    def _configure(self, request: Request, answer: Answer) -> None:
        settings = Settings(request, self._abi, self._children)
        if self._settings is not None:
            self._settings.close()
        self._settings = settings
        watch = request.get("watch")
        self._workspace = None if watch is None else Workspace(watch, settings)
        self._census.uid = settings.uid
        ledger.identity(settings.uid, settings.gid)
        self._steps.reset(settings)
        answer({"programs": settings.programs, "landlock": settings.ruleset is not None})
        if request.get("forward") and not self._forwards:
            from .forwarder import Forwarder  # Most boxes have no network, and no need of it.

            Forwarder().start()
            self._forwards = True
        # What only the first command needs is loaded while the host is still reading.
        from . import carried  # noqa: F401

    def _check(self, request: Request, answer: Answer) -> None:
        self._processes.clear()
        check(request, self.settings, self._steps, self._census, answer)

    def _end_agent(self, _: Request, answer: Answer) -> None:
        ended = self._census.end()
        self._processes.clear()
        self._record.forget()
        answer({"ended": ended})

    def _exit(self, _: Request, answer: Answer) -> None:
        answer({})
        self._loop.stop()


def _own_status(field: str) -> str:
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(field + ":"):
                return line.split(":")[1].strip()
    return ""


def main() -> None:
    """PID 1."""
    try:
        Guest().main()
    except BaseException:  # noqa: BLE001
        import traceback  # Here, or it would cost every start what only the last one needs.

        # The host keeps the end of this as the fault's cause.
        traceback.print_exc()
        os._exit(70)
    os._exit(0)
