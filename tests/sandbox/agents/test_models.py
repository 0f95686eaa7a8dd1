"""Language models as agents, against servers on loopback that speak the two protocols."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from episodes.actions import Finish, Malformed, RunCommand
from episodes.errors import AgentBroke, AgentUnknown
from episodes.observations import CommandResult
from llms.client import ENOUGH_DRAWS
from llms.openai_client import OpenAIClient
from sandbox.agents.agent import Shown, View
from sandbox.agents.models import act
from sandbox.agents.models.agent import ModelAgent
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.names import agent_maker
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from sandbox.task import Task
from taxonomy.sequential import seldom

KINDS = ("shell", "read_file", "write_file", "finish")


def call(action: dict[str, Any], **more: Any) -> str:
    return json.dumps({"action": action, **more})


def completion(arguments: str | None, content: str | None = None, **choice: Any) -> bytes:
    calls = [{"id": "c", "type": "function", "function": {"name": "act", "arguments": arguments}}]
    message = {"role": "assistant", "content": content}
    if arguments is not None:
        message["tool_calls"] = calls
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "small",
            "system_fingerprint": "fp_1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }
    ).encode()


def message(*content: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "id": "x",
            "type": "message",
            "role": "assistant",
            "model": "large-1",
            "content": list(content),
            "stop_reason": "tool_use",
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }
    ).encode()


def view(history: tuple[Shown, ...] = (), forecast: Any = "inline") -> View:
    return View("count the files", "shell: ls", history, len(history), 9, forecast, KINDS)


LS = {"kind": "shell", "command": "ls"}
SHOWN = Shown(
    RunCommand(command="ls"), CommandResult(exit_code=0, stdout="a\nb\n", cwd="/workspace")
)


def openai_agent(endpoint: Any) -> ModelAgent:
    return ModelAgent("openai:small", OpenAIClient("small", f"{endpoint.url}/v1"), 3)


def anthropic_agent(endpoint: Any) -> ModelAgent:
    # Not above: whoever tests something else need not wait a second for their library.
    from llms.anthropic_client import AnthropicClient

    return ModelAgent("anthropic:large", AnthropicClient("large", endpoint.url), 3)


def test_a_call_of_the_tool_is_an_action_with_its_forecast(endpoint):
    said = call(LS, forecast={"purpose": "exploit", "success_probability": 0.7})
    endpoint.answer = lambda _: (200, completion(said))
    proposal = openai_agent(endpoint).propose(view())
    assert proposal.action == RunCommand(command="ls")
    assert proposal.forecast is not None
    assert proposal.forecast.success_probability == 0.7
    assert (proposal.provenance.input_tokens, proposal.provenance.output_tokens) == (11, 7)


def test_the_model_is_told_the_task_the_rules_and_what_it_did(endpoint):
    endpoint.answer = lambda _: (200, completion(call({"kind": "finish", "answer": "2"})))
    assert openai_agent(endpoint).propose(view((SHOWN,))).action == Finish(answer="2")
    told = endpoint.asked[0]["messages"]
    assert [one["role"] for one in told] == ["system", "user", "assistant", "tool"]
    assert "shell: ls" in told[0]["content"]
    assert told[1]["content"] == "count the files"
    assert json.loads(told[2]["tool_calls"][0]["function"]["arguments"]) == {"action": LS}
    assert told[3]["content"].startswith("a\nb")


def test_only_what_the_policy_grants_is_offered(endpoint):
    endpoint.answer = lambda _: (200, completion(call(LS)))
    openai_agent(endpoint).propose(view())
    offered = endpoint.asked[0]["tools"][0]["function"]["parameters"]["properties"]["action"]
    assert tuple(one["properties"]["kind"]["const"] for one in offered["anyOf"]) == KINDS


def test_a_forecast_is_asked_for_as_the_mode_says(endpoint):
    endpoint.answer = lambda _: (200, completion(call(LS, forecast={"purpose": "exploit"})))
    agent = openai_agent(endpoint)
    assert agent.propose(view(forecast="off")).forecast is None
    assert "forecast" not in json.dumps(endpoint.asked[0]["tools"])
    said = agent.forecast(view(forecast="shadow"), RunCommand(command="ls"))
    assert (said.mode, said.purpose) == ("shadow", "exploit")
    # Nothing of the question is in what the model is told afterwards.
    agent.propose(view((SHOWN,), "shadow"))
    assert "Forecast what will come" not in json.dumps(endpoint.asked[-1]["messages"])


def test_log_probabilities_and_entropy_are_kept_where_they_come(endpoint):
    tokens = [
        {
            "token": "a",
            "bytes": None,
            "logprob": -0.5,
            "top_logprobs": [
                {"token": "a", "bytes": None, "logprob": -0.6931471805599453},
                {"token": "b", "bytes": None, "logprob": -0.6931471805599453},
            ],
        }
    ] * 2
    endpoint.answer = lambda _: (200, completion(call(LS), logprobs={"content": tokens}))
    kept = openai_agent(endpoint).propose(view()).provenance
    assert kept.log_probability == -1.0
    assert kept.entropy == pytest.approx(0.6931, abs=1e-4)
    assert [(one.text, one.alternatives[0][0]) for one in kept.choices] == [("a", "b")] * 2


def test_a_token_that_is_half_a_character_or_out_of_the_question_can_be_kept(endpoint):
    tokens = [
        {
            "token": "\ud800",
            "bytes": None,
            "logprob": -0.5,
            "top_logprobs": [{"token": "b", "bytes": None, "logprob": float("-inf")}],
        }
    ]
    endpoint.answer = lambda _: (200, completion(call(LS), logprobs={"content": tokens}))
    kept = openai_agent(endpoint).propose(view()).provenance
    assert kept.choices[0].text == "\\ud800"
    assert kept.choices[0].alternatives == (("b", -9_999.0),)
    assert kept.entropy == 0.0
    assert kept.model_dump_json()


def test_a_server_without_log_probabilities_is_asked_for_them_once(endpoint):
    def answer(asked: dict[str, Any]) -> tuple[int, bytes]:
        return (
            (400, b'{"error": "no logprobs"}')
            if asked.get("logprobs")
            else (
                200,
                completion(call(LS)),
            )
        )

    endpoint.answer = answer
    agent = openai_agent(endpoint)
    for _ in range(2):
        assert agent.propose(view()).provenance.log_probability is None
    assert [bool(asked.get("logprobs")) for asked in endpoint.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("provider", "draws", "said"),
    [
        ("openai", 0, ""),
        ("openai", 9, "9 draws of an action cannot tell a slip"),
        ("openai", 10, ""),
        ("anthropic", 0, "slips stay undetermined unless it is asked again: --resample 10"),
        ("anthropic", 10, ""),
    ],
)
def test_a_run_says_before_it_begins_what_stays_undetermined(
    endpoint, tasks, tmp_path, provider, draws, said
):
    calls = {
        "openai": completion(call({"kind": "finish"})),
        "anthropic": message(
            {"type": "tool_use", "id": "t", "name": "act", "input": {"action": {"kind": "finish"}}}
        ),
    }
    endpoint.answer = lambda _: (200, calls[provider])
    agent = f"{provider}:small@{endpoint.url}"
    plan = draw_up([tasks.make()], agent=agent, policy=None, episodes=1, seed=0)
    told = Console(file=io.StringIO(), width=200)
    settings = RunSettings(drawing=Drawing(resample=draws))
    run_plan(plan, tmp_path / "log.db", lambda _: FakeBackend(), settings, told)
    first = told.file.getvalue().splitlines()[0]
    assert said in first
    assert ("undetermined" in first) == bool(said)


def test_ten_draws_are_the_fewest_that_decide_on_a_slip():
    ruled = [seldom([False] * draws, 0.05, 0.3).decided for draws in (9, 10)]
    assert ruled == [False, True]
    assert ENOUGH_DRAWS == 10


def test_who_answered_is_on_record(endpoint):
    endpoint.answer = lambda _: (200, completion(call(LS)))
    agent = openai_agent(endpoint)
    agent.propose(view())
    assert agent.model.fingerprint == "fp_1"
    endpoint.answer = lambda _: (200, message({"type": "text", "text": "hm"}))
    other = anthropic_agent(endpoint)
    other.propose(view())
    assert other.model.revision == "large-1"


def test_the_same_state_can_be_asked_again(endpoint):
    commands = iter(["ls", "pwd", "ls"])
    endpoint.answer = lambda _: (
        200,
        completion(call({"kind": "shell", "command": next(commands)})),
    )
    drawn = openai_agent(endpoint).resample(view(), 3)
    assert [one.command for one in drawn] == ["ls", "pwd", "ls"]
    assert all("seed" not in asked for asked in endpoint.asked)


def test_what_draws_and_a_forecast_aside_cost_is_counted_with_the_step(endpoint):
    endpoint.answer = lambda _: (200, completion(call(LS)))
    agent = ModelAgent("openai:small", OpenAIClient("small", f"{endpoint.url}/v1"), 3, draws=2)
    proposal = agent.propose(view(forecast="shadow"))
    assert (proposal.provenance.input_tokens, proposal.provenance.output_tokens) == (33, 21)
    agent.forecast(view(forecast="shadow"), proposal.action)
    spent = agent.charged(proposal.provenance)
    assert (spent.input_tokens, spent.output_tokens) == (44, 28)
    assert agent.charged(spent) == spent


def test_the_other_protocol_is_spoken_as_it_is_written(endpoint):
    said = {"action": LS, "forecast": {"purpose": "exploit"}}
    endpoint.answer = lambda _: (
        200,
        message({"type": "tool_use", "id": "t", "name": "act", "input": said}),
    )
    proposal = anthropic_agent(endpoint).propose(view((SHOWN,)))
    assert proposal.action == RunCommand(command="ls")
    told = endpoint.asked[0]
    assert told["tool_choice"] == {"type": "tool", "name": "act"}
    assert [one["role"] for one in told["messages"]] == ["user", "assistant", "user"]
    assert told["messages"][1]["content"][0]["input"] == {"action": LS}
    assert told["messages"][2]["content"][0]["content"].startswith("a\nb")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", "no JSON"),
        ("word " * 100_000, "no JSON"),
        ("<|im_end|>\x00\x1b[2J", "no JSON"),
        ('{"action": {"kind": "shell"', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"action": 3}', "no object"),
        ('{"action": {"kind": "fly"}}', "no kind 'fly'"),
        ('{"action": {"kind": "shell", "command": 3}}', "not the fields"),
        ('{"action": {"kind": "shell", "command": "\\ud800"}}', "not the fields"),
    ],
)
def test_what_is_no_action_is_recorded_as_what_it_was(endpoint, said, problem):
    endpoint.answer = lambda _: (200, completion(said))
    action = openai_agent(endpoint).propose(view()).action
    assert isinstance(action, Malformed)
    assert problem in action.problem
    assert action.text == said.encode("utf-8", "backslashreplace").decode()


def test_a_sound_action_is_not_lost_for_a_forecast_that_is_not(endpoint):
    premise = {"text": "x" * 1_000_000, "probability": 0.5, "source": "guessed"}
    for forecast, kept in (({"premises": [premise]}, True), ({"purpose": "explore"}, False)):
        endpoint.answer = lambda _, said=forecast: (200, completion(call(LS, forecast=said)))
        proposal = openai_agent(endpoint).propose(view())
        assert proposal.action == RunCommand(command="ls")
        assert (proposal.forecast is not None) == kept


@pytest.mark.parametrize("make", [openai_agent, anthropic_agent])
def test_a_server_that_never_answers_breaks_the_agent_without_its_key(endpoint, make):
    endpoint.answer = lambda _: (
        401,
        json.dumps({"error": {"message": f"bad {endpoint.key}"}}).encode(),
    )
    with pytest.raises(AgentBroke) as told:
        make(endpoint).propose(view())
    assert endpoint.keys == {endpoint.key}
    assert endpoint.key not in str(told.value)
    assert told.value.__cause__ is None


def test_a_model_that_is_not_named_is_unknown(tmp_path, tasks):
    task = Task(tasks.make())
    for name in ("openai:", "anthropic:@http://127.0.0.1:1/v1"):
        with pytest.raises(AgentUnknown):
            agent_maker(name, task, 0)
    assert agent_maker("openai:a@b@http://127.0.0.1:1/v1", task, 0)().model.name == "a@b"


@pytest.mark.slow
def test_every_kind_has_a_schema_without_bytes():
    every = tuple(act.KINDS)
    text = json.dumps(act.parameters(every, True))
    assert "base64url" not in text
    assert "data_text" in text
