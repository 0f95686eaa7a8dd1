"""`openai:` against a server that others wrote: `transformers serve`, the organism behind it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from episodes.actions import Finish, Malformed, RunCommand
from episodes.errors import AgentBroke
from episodes.observations import CommandResult
from llms.openai_client import OpenAIClient
from sandbox.agents.agent import Shown, View
from sandbox.agents.models.agent import ModelAgent

pytestmark = pytest.mark.slow

MODEL = Path(__file__).parents[3] / "examples/model_organism/model"
ASKED = "What is port in conf/maple.ini ? Finish with its value ."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path_factory.mktemp("served") / "said.txt"
    command = [Path(sys.executable).with_name("transformers"), "serve", MODEL]
    with said.open("wb") as out:
        server = subprocess.Popen(
            [*map(str, command), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )
    try:
        for _ in range(1_200):
            assert server.poll() is None, said.read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail(said.read_text())
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


def view(*history: Shown) -> View:
    return View(ASKED, "no rule", history, len(history), 9, "off", ("shell", "finish"))


def agent(url: str, temperature: float = 0.0) -> ModelAgent:
    client = OpenAIClient(str(MODEL), url, temperature=temperature)
    return ModelAgent("openai:served", client, 0)


def test_a_task_is_done_by_a_model_behind_a_real_server(served):
    acting = agent(served)
    first = acting.propose(view())
    assert isinstance(first.action, RunCommand)
    assert "conf/maple.ini" in first.action.command
    assert first.provenance.output_tokens > 0
    shown = CommandResult(exit_code=0, stdout="port=willow\n")
    second = acting.propose(view(Shown(first.action, shown)))
    assert second.action == Finish(answer="willow")


def test_what_a_real_server_does_not_hold_to_the_schema_is_recorded_as_what_it_was(served):
    # It passes no schema on, so at such a temperature the model writes anything.
    (drawn,) = agent(served, 5.0).resample(view(), 1)
    assert isinstance(drawn, Malformed)


def test_a_model_that_a_real_server_does_not_have_breaks_the_agent(served):
    client = OpenAIClient("no/such-model", served, retries=0)
    with pytest.raises(AgentBroke):
        ModelAgent("openai:none", client, 0).propose(view())
