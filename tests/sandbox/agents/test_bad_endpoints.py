"""Endpoints that fail, stall and babble, and models that say anything, through whole episodes."""

from __future__ import annotations

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from episodes.actions import Malformed, RunCommand
from episodes.errors import AgentBroke
from episodes.reader import LogReader
from episodes.trajectory import Trajectory
from episodes.verify import verify
from llms.client import Conversation, Tool
from llms.openai_client import OpenAIClient
from sandbox.agents.models.drawing import Drawing
from sandbox.boxes.docker_host import open_docker
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan

Asked = dict[str, Any]
PROVIDERS = ["openai", "anthropic"]
LS = {"kind": "shell", "command": "ls"}
FINISH = {"kind": "finish"}
STALL = 0.8
PATIENCE = Drawing(seconds=0.5)


class Speaks:
    """Answers in whichever of the two protocols it is asked in."""

    def __init__(self, endpoint: Any, provider: str) -> None:
        self.endpoint, self.provider = endpoint, provider
        self.agent = f"{provider}:small@{endpoint.url}" + ("/v1" if provider == "openai" else "")

    def client(self, **settings: Any) -> Any:
        url = self.endpoint.url
        if self.provider == "openai":
            return OpenAIClient("small", f"{url}/v1", **settings)
        # Not above: whoever tests something else need not wait a second for their library.
        from llms.anthropic_client import AnthropicClient

        return AnthropicClient("small", url, **settings)

    def call(self, arguments: object) -> tuple[int, bytes]:
        """A call of the tool."""
        if self.provider == "openai":
            status, data = self.endpoint.calls("act", arguments)
            return status, data
        return self._message({"type": "tool_use", "id": "t", "name": "act", "input": arguments})

    def text(self, text: str) -> tuple[int, bytes]:
        """No call, and this instead."""
        if self.provider == "anthropic":
            return self._message({"type": "text", "text": text})
        answer = json.loads(self.call({})[1])
        answer["choices"][0]["message"] = {"role": "assistant", "content": text}
        return 200, json.dumps(answer).encode()

    def steps(self, asked: Asked) -> int:
        """How many steps were told."""
        return sum(one["role"] == "assistant" for one in asked["messages"])

    def _message(self, *content: object) -> tuple[int, bytes]:
        answer = {
            "id": "x",
            "type": "message",
            "role": "assistant",
            "model": "small-1",
            "content": list(content),
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }
        return 200, json.dumps(answer).encode()


@pytest.fixture(params=PROVIDERS)
def speaks(request: pytest.FixtureRequest, endpoint: Any) -> Speaks:
    return Speaks(endpoint, request.param)


class Unlucky:
    """Fails one call in five, stalls one in twenty, babbles one in ten; else acts, three times."""

    def __init__(self, speaks: Speaks, command: str = "ls") -> None:
        self._speaks, self._command = speaks, command
        self._luck, self._lock = random.Random(5), threading.Lock()
        self.went_wrong = dict.fromkeys(("failed", "stalled", "no JSON", "half a call"), 0)
        speaks.endpoint.answer = self.answer

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        with self._lock:
            drawn = self._luck.random()
            how = next((name for name, under in _ODDS.items() if drawn < under), "")
            if how:
                self.went_wrong[how] += 1
        if how == "failed":
            return 503, b"busy"
        if how == "stalled":
            time.sleep(STALL)
        if how == "no JSON":
            return 200, b'{"choices": [{"mess'
        if how == "half a call":
            return self._speaks.text('{"action": {"kind": "she')
        done = self._speaks.steps(asked) >= 3
        return self._speaks.call(
            {"action": FINISH if done else {"kind": "shell", "command": self._command}}
        )


_ODDS = {"failed": 0.2, "stalled": 0.25, "no JSON": 0.3, "half a call": 0.35}


def no_key(endpoint: Any, folder: Path) -> bool:
    held = [path for path in folder.rglob("*") if path.is_file()]
    return bool(held) and not any(endpoint.key.encode() in path.read_bytes() for path in held)


@pytest.mark.slow
def test_32_episodes_at_once_end_at_an_endpoint_that_fails_stalls_and_babbles(
    speaks: Speaks, tmp_path: Path, tasks: Any
) -> None:
    unlucky = Unlucky(speaks)
    log = tmp_path / "many.db"
    plan = draw_up([tasks.make()], agent=speaks.agent, policy=None, episodes=32, seed=0)
    settings = RunSettings(parallel=32, drawing=PATIENCE)
    run_plan(plan, log, lambda _: FakeBackend(), settings)
    assert all(unlucky.went_wrong.values())
    with LogReader.open(log) as reader:
        rows = reader.episodes()
    ended = {row.slot: row for row in rows}
    assert sorted(ended) == list(range(32))
    assert {row.status for row in ended.values()} == {"terminated"}
    assert all(row.status is not None for row in rows)
    assert verify(log).ok
    assert no_key(speaks.endpoint, tmp_path)


@pytest.mark.docker
def test_no_key_reaches_a_container_nor_what_is_kept_of_it(
    speaks: Speaks, tmp_path: Path, tasks: Any
) -> None:
    Unlucky(speaks, "env; cat /proc/self/environ; cat /proc/*/environ; true")
    log = tmp_path / "contained.db"
    plan = draw_up([tasks.make()], agent=speaks.agent, policy=None, episodes=4, seed=0)
    settings = RunSettings(parallel=4, drawing=PATIENCE)
    run_plan(plan, log, lambda run: open_docker(run, lambda _: None), settings)
    with LogReader.open(log) as reader:
        ended = {row.slot: row for row in reader.episodes()}
        looked = [
            step
            for row in ended.values()
            for step in reader.trajectory(row.episode).steps
            if step.observation is not None and step.observation.kind == "command"
        ]
    assert {row.status for row in ended.values()} == {"terminated"}
    assert any("PATH=" in step.observation.stdout for step in looked)
    assert no_key(speaks.endpoint, tmp_path)


SAID = {
    "nothing": "",
    "100,000 tokens": "word " * 100_000,
    "control tokens": "<|im_end|><|im_start|>system\x00\x1b[2J\u202e</s>[/INST]",
    "a call that is cut off": '{"action": {"kind": "shell", "comm',
    "brackets": "[" * 200_000,
    "half a character": "\\ud800",
}


def driven(speaks: Speaks, log: Path, tasks: Any, first: Any) -> Trajectory:
    """An episode in which a model answers so, and then finishes."""
    said = iter([first])
    finish = speaks.call({"action": FINISH})
    speaks.endpoint.answer = lambda _: next(said, finish)
    plan = draw_up([tasks.make()], agent=speaks.agent, policy=None, episodes=1, seed=0)
    run_plan(plan, log, lambda _: FakeBackend(), RunSettings())
    with LogReader.open(log) as reader:
        [row] = reader.episodes()
        return reader.trajectory(row.episode)


@pytest.mark.parametrize("how", list(SAID))
def test_what_is_no_call_is_recorded_as_what_it_was_and_the_episode_goes_on(
    speaks: Speaks, tmp_path: Path, tasks: Any, how: str
) -> None:
    held = driven(speaks, tmp_path / "log.db", tasks, speaks.text(SAID[how]))
    first, second = held.steps
    assert isinstance(first.action, Malformed)
    assert first.action.text == SAID[how]
    assert second.action.kind == "finish"
    assert held.ended is not None
    assert held.ended.status == "terminated"
    assert verify(tmp_path / "log.db").ok


def test_a_valid_action_with_a_premise_of_a_million_characters_runs_and_is_kept(
    speaks: Speaks, tmp_path: Path, tasks: Any
) -> None:
    premise = {"text": "x" * 1_000_000, "probability": 0.5, "source": "guessed"}
    said = speaks.call({"action": LS, "forecast": {"premises": [premise]}})
    held = driven(speaks, tmp_path / "log.db", tasks, said)
    first = held.steps[0]
    assert first.executed == RunCommand(command="ls")
    assert first.forecast is not None
    assert len(first.forecast.premises[0].text) == 1_000_000
    assert held.ended is not None
    assert held.ended.status == "terminated"


def test_an_endpoint_that_trickles_is_given_up_on(speaks: Speaks) -> None:
    speaks.endpoint.answer = lambda _: speaks.call({"action": FINISH})
    # Each byte comes in time, and the last one long after everybody has left.
    speaks.endpoint.pace = 0.05
    client = speaks.client(seconds=0.2, retries=1)
    with pytest.raises(AgentBroke, match="TimeoutError"):
        client.draw(Conversation("", "go on"), Tool("act", "", {"type": "object"}), None)


def test_one_that_only_babbles_is_given_up_on_after_a_few_tries(speaks: Speaks) -> None:
    speaks.endpoint.answer = lambda _: (200, b'{"choices": [{"mess')
    tool = Tool("act", "", {"type": "object"})
    with pytest.raises(AgentBroke):
        speaks.client().draw(Conversation("", "go on"), tool, None)
    assert len(speaks.endpoint.asked) == 5
