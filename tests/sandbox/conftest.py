"""Small tasks, and fleets that run them in memory or in real containers."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml
from rich.console import Console

from containers.engine_host import ensure_engine
from containers.images_host import ensure_images
from episodes.entries import Entry, EpisodeStarted, RunStarted
from episodes.reader import LogReader
from episodes.rows import EpisodeRow
from episodes.trajectory import Trajectory
from episodes.verification import Verification
from episodes.verify import verify
from episodes.writer import LogWriter
from policies.loading import load_policy
from policies.policy import Policy
from sandbox.agents.agent import Agent, View
from sandbox.agents.python import PythonAgent
from sandbox.boxes.backend import Backend, BoxSpec, CheckResult
from sandbox.boxes.fake_backend import FakeBackend, FakeBox
from sandbox.boxes.pool import Pool
from sandbox.brakes import Brakes
from sandbox.fleet import Budgets, Fleet, FleetResult, Prepared
from sandbox.oversight.overseers import Oversight
from sandbox.plan import InjectedFault, Plan, Slot, draw_up
from sandbox.progress import LiveProgress
from sandbox.stop_switch import StopSwitch
from sandbox.task import Task

LONGLEASH = Path(sys.executable).with_name("longleash")


class Tasks:
    """Makes tasks of a few lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(
        self,
        name: str = "small",
        steps: Sequence[str | Mapping[str, object]] = ("true", "true"),
        *,
        check: str = "exit 0",
        **fields: object,
    ) -> Path:
        """A task whose script `run` takes these steps; text is a shell command."""
        folder = self.folder / name
        (folder / "scripts").mkdir(parents=True)
        document = {"version": 1, "name": name, "instruction": "do it", "check": "check.sh"}
        (folder / "task.yaml").write_text(yaml.safe_dump(document | fields))
        (folder / "check.sh").write_text(check + "\n")
        script = {
            "version": 1,
            "steps": [{"shell": step} if isinstance(step, str) else dict(step) for step in steps],
        }
        (folder / "scripts" / "run.yaml").write_text(yaml.safe_dump(script))
        return folder

    def plan(self, *folders: Path, episodes: int = 1) -> Plan:
        """Each of the tasks so many times, with its script `run`."""
        return draw_up(folders, agent="scripted:run", policy=None, episodes=episodes, seed=0)


class Kept:
    """What a log says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def episodes(self) -> list[EpisodeRow]:
        with LogReader.open(self.path) as reader:
            return reader.episodes()

    def trajectory(self, at: int = 0) -> Trajectory:
        """The episode at this place, in the order in which they began."""
        with LogReader.open(self.path) as reader:
            return reader.trajectory(reader.episodes()[at].episode)

    def chain(self, name: str) -> list[Entry]:
        with LogReader.open(self.path) as reader:
            return list(reader.entries(name))

    def kinds(self, at: int = 0) -> list[str]:
        """The kinds of an episode's entries."""
        return [entry.body.kind for entry in self.chain(f"episode:{self.episodes()[at].episode}")]

    def verified(self) -> Verification:
        found = verify(self.path)
        assert found.ok, found.problems
        return found


class CheckedBox(FakeBox):
    """A box in memory whose check prints something."""

    said: CheckResult

    def check(self, *_: object, **__: object) -> CheckResult:
        self._alive()
        return self.said


class CheckingBackend(FakeBackend):
    """Boxes in memory whose check ends so."""

    def __init__(self, exit_code: int | None, stdout: str = "", *, timed_out: bool = False) -> None:
        super().__init__()
        self.said = CheckResult(exit_code, stdout, "", timed_out)

    def start(self, spec: BoxSpec) -> FakeBox:
        box = CheckedBox(spec, self._answer, self._reward, self.open_boxes)
        box.said = self.said
        self.open_boxes.add(box)
        return box


Acts = Callable[[View], object]


class Fleets:
    """Runs fleets in one log."""

    run = "rtest"

    def __init__(self, log: Path, tasks: Tasks) -> None:
        self.kept = Kept(log)
        self.tasks = tasks
        self.said = io.StringIO()

    def does(self, *answers: object) -> Acts:
        """An agent that gives these answers in order, text as a command, then finishes."""
        given = [self.shell(said) if isinstance(said, str) else said for said in answers]
        return lambda view: given[view.step] if view.step < len(given) else {"kind": "finish"}

    def shell(self, command: str) -> dict[str, object]:
        """A command, as an agent answers it."""
        return {"kind": "shell", "command": command}

    def answering(self, exit_code: int | None, said: str = "", **more: bool) -> FakeBackend:
        """A backend whose check ends so."""
        return CheckingBackend(exit_code, said, **more)

    def go(
        self,
        agent: Acts | Sequence[Acts],
        *,
        backend: Backend | None = None,
        slots: int = 1,
        parallel: int = 1,
        retries: int = 2,
        budgets: Budgets | None = None,
        forecast: str = "inline",
        stop: StopSwitch | None = None,
        policy: Policy | None = None,
        task: Path | None = None,
        fault: InjectedFault | None = None,
        forecaster: Callable[..., Agent] | None = None,
        oversight: Oversight | None = None,
        brakes: Brakes | None = None,
    ) -> FleetResult:
        """A run of `slots` episodes in which `agent` acts, in a slot's order where it is many."""
        acting = list(agent) if isinstance(agent, Sequence) else [agent] * slots
        folder = task or self.tasks.make()
        given = Task(folder)
        spec = BoxSpec("image", policy or load_policy(given.policy))

        def maker(acts: Acts) -> Callable[[], Agent]:
            return lambda: forecaster() if forecaster else PythonAgent("python:test", acts, seed=0)

        prepared = [
            Prepared(
                Slot(
                    index=at,
                    task=str(folder),
                    agent="python:test",
                    policy=None,
                    seed=at,
                    fault=fault,
                ),
                given,
                spec,
                maker(acts),
            )
            for at, acts in enumerate(acting)
        ]
        plan = Plan(slots=tuple(one.slot for one in prepared))
        with (
            LogWriter.open(self.kept.path) as log,
            Pool(backend or FakeBackend()) as pool,
            LiveProgress(Console(file=self.said, width=200), len(prepared)) as progress,
        ):
            log.append(
                f"run:{self.run}",
                RunStarted(run=self.run, plan=plan.as_json(), plan_digest=plan.digest),
            )
            return Fleet(
                self.run,
                prepared,
                pool=pool,
                log=log,
                stop=stop or StopSwitch(),
                progress=progress,
                parallel=parallel,
                retries=retries,
                budgets=budgets or Budgets(),
                forecast=forecast,  # type: ignore[arg-type]
                oversight=oversight,
                brakes=brakes,
            ).go()


class Endpoint:
    """A server that answers as it is told, and keeps what it was asked."""

    key = "sk-canary-7d1f3a9e5b"

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.pace = 0.0
        """Seconds from one byte of an answer to the next; 0 for all at once."""
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda _: (500, b"")
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append(body)
                key = self.headers.get("X-Api-Key") or self.headers.get("Authorization", "")
                endpoint.keys.add(key.removeprefix("Bearer "))
                status, data = endpoint.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                # The client's own back-off would make these tests slow.
                self.send_header("Retry-After-Ms", "5")
                self.end_headers()
                for part in [data] if not endpoint.pace else (bytes([one]) for one in data):
                    self.wfile.write(part)
                    time.sleep(endpoint.pace)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def calls(self, name: str, arguments: object) -> tuple[int, bytes]:
        """An answer as OpenAI's that calls a tool."""
        function = {"name": name, "arguments": json.dumps(arguments)}
        calls = [{"id": "c", "type": "function", "function": function}]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        answer = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "small",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }
        return 200, json.dumps(answer).encode()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> Iterator[Endpoint]:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, Endpoint.key)
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def tasks(tmp_path: Path) -> Tasks:
    return Tasks(tmp_path / "tasks")


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def episode_log(log_path: Path, began: Callable[[], EpisodeStarted]) -> Iterator[LogWriter]:
    """A log in which an episode `e` has begun."""
    with LogWriter.open(log_path) as log:
        log.append("episode:e", began())
        yield log


@pytest.fixture
def kept(log_path: Path) -> Kept:
    return Kept(log_path)


@pytest.fixture
def fleets(log_path: Path, tasks: Tasks) -> Fleets:
    return Fleets(log_path, tasks)


@pytest.fixture
def no_room() -> Iterator[Callable[[int], None]]:
    """As if the disk were full: once called, no file of this process grows past so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="session")
def make_tasks() -> type[Tasks]:
    return Tasks


@pytest.fixture(scope="session")
def open_kept() -> type[Kept]:
    return Kept


@pytest.fixture(scope="session")
def client() -> Iterator[docker.DockerClient]:
    found = ensure_engine(print)
    yield found
    found.close()


@pytest.fixture(scope="session")
def shell_image(client: docker.DockerClient) -> str:
    return ensure_images(client, print).shell


Longleash = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start_longleash(tmp_path: Path) -> Iterator[Longleash]:
    """Starts the command in a process of its own; killed at the end where it still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: object, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [LONGLEASH, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Answer:
    """How the command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def longleash(start_longleash: Longleash) -> Callable[..., Answer]:
    """Runs the command to its end."""

    def run(*words: object, **environment: str) -> Answer:
        process = start_longleash(*words, **environment)
        out, err = process.communicate(timeout=300)
        return Answer(process.returncode, out, err)

    return run
