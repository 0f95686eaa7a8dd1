"""`longleash serve mcp` as clients meet it: a process, real containers, the official client."""

from __future__ import annotations

import gc
import re
import sys
import threading
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from episodes.reader import LogReader
from episodes.verify import verify
from sandbox.driven.mcp_http import Ending, Guarded, token_from_environment

LONGLEASH = str(Path(sys.executable).with_name("longleash"))
TOKEN = "a-token-that-nobody-guesses"


def client_of_ours():
    """Patient: its own five seconds are no match for a busy machine that makes a container."""
    return httpx2.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}, timeout=120)


def text(result):
    return "\n".join(block.text for block in result.content)


def episodes(path):
    assert verify(path).ok
    with LogReader.open(path) as reader:
        return [reader.trajectory(row.episode) for row in reader.episodes()]


# The client leaves a server that takes its time to end, and asyncio complains of that later.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.docker
def test_over_stdio_a_client_acts_in_a_container(log_path, shell_image):
    told = StdioServerParameters(
        command=LONGLEASH,
        args=["serve", "mcp", "--policy", "offline-shell", "--log", str(log_path)],
    )

    async def work():
        async with Client(told) as client:
            await client.call_tool("rules", {})
            wrote = await client.call_tool(
                "shell", {"command": "echo hello > a.txt; cat a.txt; id -u"}
            )
            denied = await client.call_tool("shell", {"command": "curl http://example.com"})
            kernel = await client.call_tool("read_file", {"path": "/root/x"})
            end = await client.call_tool("finish", {"answer": "hello"})
            return wrote, denied, kernel, end

    wrote, denied, kernel, end = anyio.run(work)
    gc.collect()
    assert text(wrote) == "hello\n10001\n[exit 0]"
    assert denied.is_error
    assert "[default]" in text(denied)
    assert kernel.is_error
    assert "episode has ended" in text(end)
    (episode,) = episodes(log_path)
    assert (episode.ended.status, episode.ended.answer) == ("terminated", "hello")
    assert episode.started.provenance.isolation.backend == "docker"
    assert episode.started.agent.startswith("mcp:")


@pytest.fixture
def served(start_longleash, log_path, shell_image):
    """Serves HTTP in a process of its own, and says where."""
    process = start_longleash(
        "serve", "mcp", "--log", log_path, "--port", 0, LONGLEASH_MCP_TOKEN=TOKEN
    )
    said = ""
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/mcp", said)):
        line = process.stderr.readline()
        assert line, said
        said += line
    assert TOKEN not in said
    return process, found[0]


@pytest.mark.docker
def test_over_http_each_session_is_an_episode_of_its_own(served, log_path):
    process, url = served

    async def work(answer):
        async with (
            client_of_ours() as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            await client.call_tool("shell", {"command": f"echo {answer} > mine.txt"})
            seen = await client.call_tool("shell", {"command": "cat mine.txt; ls"})
            if answer == "one":
                await client.call_tool("finish", {"answer": answer})
            return text(seen)

    async def both():
        seen = {}

        async def one(answer):
            seen[answer] = await work(answer)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, "one")
            tasks.start_soon(one, "two")
        return seen

    assert anyio.run(both) == {a: f"{a}\nmine.txt\n[exit 0]" for a in ("one", "two")}
    process.terminate()
    assert process.wait(20) == 0
    ended = sorted((e.ended.status, e.ended.answer) for e in episodes(log_path))
    assert ended == [("terminated", "one"), ("truncated", None)]


@pytest.mark.docker
def test_a_run_that_is_stopped_from_elsewhere_ends_its_sessions_and_the_server(
    served, log_path, longleash
):
    process, url = served

    async def work():
        async with (
            client_of_ours() as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            stopping = threading.Timer(1.0, longleash, ("stop", log_path, "--why", "enough"))
            stopping.start()
            return text(await client.call_tool("shell", {"command": "sleep 60"}))

    assert "The episode has ended here (stopped)" in anyio.run(work)
    assert process.wait(20) == 0
    (episode,) = episodes(log_path)
    assert (episode.ended.cause, "enough" in episode.ended.detail) == ("stopped", True)


@pytest.mark.docker
def test_the_version_without_sessions_is_told_to_begin_one(served):
    _, url = served

    async def work():
        async with (
            client_of_ours() as http,
            Client(streamable_http_client(url, http_client=http), mode="2026-07-28") as client,
        ):
            await client.call_tool("shell", {"command": "ls"})

    with pytest.RaisesGroup(
        pytest.RaisesExc(Exception, match="begin with `initialize`"), flatten_subgroups=True
    ):
        anyio.run(work)


async def _behind(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:9", "authorization": f"Bearer {TOKEN}"}, 200),
        ({"host": "localhost:9", "authorization": f"Bearer {TOKEN}"}, 200),
        (
            {
                "host": "localhost:9",
                "authorization": f"Bearer {TOKEN}",
                "origin": "http://localhost:9",
            },
            200,
        ),
        ({"host": "127.0.0.1:9"}, 401),
        ({"host": "127.0.0.1:9", "authorization": "Bearer other"}, 401),
        ({"host": "127.0.0.1:9", "authorization": TOKEN}, 401),
        ({"host": "rebound.example:9", "authorization": f"Bearer {TOKEN}"}, 421),
        ({"host": "127.0.0.1:8", "authorization": f"Bearer {TOKEN}"}, 421),
        (
            {
                "host": "127.0.0.1:9",
                "authorization": f"Bearer {TOKEN}",
                "origin": "http://evil.example",
            },
            403,
        ),
        ({"host": "127.0.0.1:9", "authorization": f"Bearer {TOKEN}", "origin": "null"}, 403),
    ],
)
def test_http_lets_in_who_has_the_token_at_our_host_from_our_origin(headers, status):
    door = Guarded(_behind, TOKEN, frozenset({"127.0.0.1:9", "localhost:9"}))

    async def ask():
        transport = httpx2.ASGITransport(app=door)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:9") as http:
            return (await http.post("/mcp", headers=headers)).status_code

    assert anyio.run(ask) == status


@pytest.mark.parametrize(("method", "waits"), [("POST", True), ("GET", False)])
def test_a_server_that_ends_waits_for_answers_that_are_on_their_way(method, waits):
    told = []

    async def work():
        under_way, go_on = anyio.Event(), anyio.Event()

        async def behind(scope, receive, send):
            under_way.set()
            await go_on.wait()
            told.append("answer")

        ending = Ending(behind, None)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ending, {"type": "http", "method": method}, None, None)
            await under_way.wait()

            async def end():
                await ending.answered()
                told.append("end")
                go_on.set()

            tasks.start_soon(end)
            await anyio.wait_all_tasks_blocked()
            go_on.set()

    anyio.run(work)
    assert told == (["answer", "end"] if waits else ["end", "answer"])


def test_a_token_that_can_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("LONGLEASH_MCP_TOKEN", "short")
    with pytest.raises(ValueError, match="can be guessed"):
        token_from_environment()
    monkeypatch.setenv("LONGLEASH_MCP_TOKEN", TOKEN)
    assert token_from_environment() == TOKEN
