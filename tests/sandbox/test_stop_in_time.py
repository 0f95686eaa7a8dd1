"""Within two seconds an end or a hold that was asked for is there, by the record's own times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from episodes.entries import EpisodeEnded, Intended, Noted, RunEnded, StopAsked
from episodes.reader import LogReader
from episodes.verify import verify
from sandbox import controls
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.driven.mcp_server import McpServer
from sandbox.driven.run import DrivenRun
from sandbox.driven.terms import Terms
from sandbox.interactive import Sandbox
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan

TWO_SECONDS = timedelta(seconds=2)
MORE = 2.3
"""For how many seconds a run is held, so that what came too late would show."""


class Record:
    """What a log has on its only run."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def bodies(self) -> list[tuple[datetime, Any, str]]:
        """Every entry's time, body and chain."""
        with LogReader.open(self.log) as reader:
            [run] = reader.runs()
            chains = [f"run:{run.run}", *(f"episode:{row.episode}" for row in reader.episodes())]
            entries = [entry for chain in chains for entry in reader.entries(chain)]
            entries += reader.annotations()
        return [(entry.at, entry.body, entry.chain) for entry in entries]

    def first(self, kind: type) -> tuple[datetime, Any]:
        return next((at, body) for at, body, _ in self.bodies() if isinstance(body, kind))

    def ended(self, episode: str | None = None) -> bool:
        """Whether all that a stop was for ended with it within two seconds."""
        asked, stop = self.first(StopAsked)
        assert (stop.who, stop.why, stop.episode) == ("ann", "enough", episode)
        wanted = (EpisodeEnded, RunEnded) if episode is None else (EpisodeEnded,)
        ends = [
            (at, body)
            for at, body, chain in self.bodies()
            if isinstance(body, wanted) and (episode is None or chain.endswith(episode))
        ]
        details = {body.detail for _, body in ends}
        assert details == {"ann: enough"}
        assert verify(self.log).ok
        return bool(ends) and all(at - asked <= TWO_SECONDS for at, _ in ends)

    def held(self) -> bool:
        """Whether nothing began between two seconds after a hold and its end, but did after."""
        notes = [(at, body) for at, body, _ in self.bodies() if isinstance(body, Noted)]
        (paused, first), (let_go, _) = notes
        assert (first.who, "paused" in first.text, "enough" in first.text) == ("ann", True, True)
        begun = [at for at, body, _ in self.bodies() if isinstance(body, Intended)]
        assert any(at > let_go for at in begun)
        return not any(paused + TWO_SECONDS < at < let_go for at in begun)


@pytest.fixture
def record(log_path: Path) -> Record:
    return Record(log_path)


def hold(log: Path) -> None:
    controls.pause(log, why="enough", who="ann")
    time.sleep(MORE)
    controls.go_on(log, who="ann")


@pytest.fixture
def start(log_path: Path, tasks: Any, tmp_path: Path) -> Callable[..., threading.Thread]:
    """Starts a run of two episodes whose agent has begun to do this when it returns."""

    def go(acts: str) -> threading.Thread:
        policy = tmp_path / "long.yaml"
        policy.write_text(
            "version: 1\nname: long\ntools: [shell, finish]\n"
            "shell: {rules: [{effect: allow, programs: ['true']}]}\n"
            "limits: {steps: 100000, episode_seconds: 600}\n"
        )
        code = tmp_path / "agent.py"
        began = tmp_path / "began"
        code.write_text(
            "import pathlib, time\n"
            "def act(view):\n"
            f"    pathlib.Path({str(began)!r}).touch()\n"
            f"    {acts}\n"
            "    return {'kind': 'shell', 'command': 'true'}\n"
        )
        task = tasks.make(policy="./../../long.yaml")
        plan = draw_up([task], agent=f"python:{code}:act", policy=None, episodes=2, seed=0)
        thread = threading.Thread(
            target=run_plan,
            args=(plan, log_path, lambda _: FakeBackend(), RunSettings(parallel=2)),
            daemon=True,
        )
        thread.start()
        while not began.exists() or len(names(log_path)) < 2:
            time.sleep(0.02)
        return thread

    return go


def names(log: Path) -> list[str]:
    with LogReader.open(log) as reader:
        return sorted(row.episode for row in reader.episodes())


# One that acts all the time, and one that thinks for longer than anybody waits.
ACTS = ("time.sleep(0.01)", "time.sleep(300)")


@pytest.mark.parametrize("acts", ACTS)
def test_a_run_ends_in_time_whatever_its_agents_do(start, log_path, record, acts):
    thread = start(acts)
    controls.stop(log_path, why="enough", who="ann")
    thread.join(30)
    assert record.ended()


@pytest.mark.parametrize("acts", ACTS)
def test_one_episode_ends_in_time_whatever_its_agent_does(start, log_path, record, acts):
    thread = start(acts)
    first, _ = names(log_path)
    controls.stop(log_path, first, why="enough", who="ann")
    while not any(isinstance(body, EpisodeEnded) for _, body, _ in record.bodies()):
        time.sleep(0.02)
    assert record.ended(first)
    controls.stop(log_path)
    thread.join(30)


@pytest.mark.slow
def test_a_run_is_held_in_time(start, log_path, record):
    thread = start(ACTS[0])
    hold(log_path)
    time.sleep(0.3)
    controls.stop(log_path)
    thread.join(30)
    assert record.held()


@pytest.fixture
def served(log_path: Path) -> DrivenRun:
    run = DrivenRun(Terms.of("mcp", "offline-shell", None), log_path, lambda _: FakeBackend())
    run.expect()
    return run


def during(run: DrivenRun, work: Callable[[Client], Any]) -> Any:
    async def connected() -> Any:
        async with Client(McpServer(run).server) as client:
            return await work(client)

    return anyio.run(connected)


@pytest.mark.slow
def test_a_run_that_is_served_is_held_in_time_and_goes_on(served, log_path, record):
    async def work(client: Client) -> bool:
        await client.call_tool("shell", {"command": "ls"})
        holding = threading.Thread(target=hold, args=(log_path,))
        holding.start()
        while holding.is_alive():
            result = await client.call_tool("shell", {"command": "ls"})
        await client.call_tool("finish", {})
        return bool(result.is_error)

    assert not during(served, work)
    assert record.held()
    with LogReader.open(log_path) as reader:
        steps = reader.trajectory(names(log_path)[0]).steps
    assert "pause" in {delay.cause for step in steps for delay in step.delays}


@pytest.mark.parametrize("alone", [False, True])
def test_a_session_whose_client_is_silent_is_ended_in_time(served, log_path, record, alone):
    async def work(client: Client) -> str:
        await client.call_tool("shell", {"command": "ls"})
        (episode,) = names(log_path)
        asked = episode if alone else None
        await anyio.to_thread.run_sync(
            lambda: controls.stop(log_path, asked, why="enough", who="ann")
        )
        await anyio.sleep(1)
        result = await client.call_tool("shell", {"command": "ls"})
        return str(result.content[0].text)

    said = during(served, work)
    assert "is over" in said
    (episode,) = names(log_path)
    assert record.ended(episode if alone else None)


def test_a_sandbox_that_python_drives_is_ended_in_time(log_path, record):
    with Sandbox(log=log_path, backend=FakeBackend()) as box:
        box.shell("ls")
        controls.stop(log_path, why="enough", who="ann")
        time.sleep(0.2)
    assert record.ended()


@pytest.mark.slow
def test_a_sandbox_that_python_drives_is_held_in_time(log_path, record):
    with Sandbox(log=log_path, backend=FakeBackend()) as box:
        holding = threading.Thread(target=hold, args=(log_path,))
        holding.start()
        while holding.is_alive():
            box.shell("ls")
        box.shell("ls")
    assert record.held()
