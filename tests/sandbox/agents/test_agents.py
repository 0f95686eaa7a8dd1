"""Agents by name, from files and from Python."""

from __future__ import annotations

import pytest

from episodes.actions import Finish, RunCommand, WriteFile
from episodes.errors import AgentUnknown
from sandbox.agents.agent import Forecaster, Proposal, View
from sandbox.agents.names import agent_maker
from sandbox.agents.scripted import load_script
from sandbox.task import Task


def view(step=0, forecast="inline"):
    return View(
        instruction="do it", rules="", history=(), step=step, steps_left=9, forecast=forecast
    )


@pytest.fixture
def task(tasks):
    return Task(
        tasks.make(
            steps=[
                {"shell": "ls", "forecast": {"success_probability": 0.5}},
                {"write": {"path": "a.txt", "text": "x"}},
                {"action": {"kind": "shell", "command": "cat", "stdin": "aGk="}},
                {"finish": "42"},
            ]
        )
    )


def test_a_script_in_the_tasks_folder_is_named_by_its_stem(task):
    agent = agent_maker("scripted:run", task, 0)()
    assert agent.name == "scripted:run"
    assert agent.propose(view()).action == RunCommand(command="ls")
    assert agent.propose(view(1)).action == WriteFile(path="a.txt", data=b"x")
    assert agent.propose(view(3)).action == Finish(answer="42")


def test_a_script_may_be_named_by_its_path(task):
    path = task.folder / "scripts" / "run.yaml"
    agent = agent_maker(f"scripted:{path}", task, 0)()
    assert agent.propose(view()).action == RunCommand(command="ls")


def test_past_its_end_a_script_finishes(task):
    assert agent_maker("scripted:run", task, 0)().propose(view(9)).action == Finish()


@pytest.mark.parametrize(("mode", "said"), [("inline", True), ("shadow", False), ("off", False)])
def test_a_script_says_its_forecast_with_the_action_only_where_it_is_asked_so(task, mode, said):
    proposal = agent_maker("scripted:run", task, 0)().propose(view(0, mode))
    assert (proposal.forecast is not None) == said


def test_a_script_that_is_asked_apart_says_so_in_the_forecast(task):
    forecast = agent_maker("scripted:run", task, 0)().forecast(view(), RunCommand(command="ls"))
    assert (forecast.mode, forecast.success_probability) == ("shadow", 0.5)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("scripted:solve", "task 'small' has run"),
        ("scripted", "no such agent. Write scripted:NAME"),
        ("gpt-9", "no such agent. Write scripted:NAME"),
        ("robot:x", "python:FILE.py:NAME"),
        ("python:nowhere.py:act", "no file"),
        ("python:no_such_module:act", "No module named 'no_such_module'"),
        ("python:json:act", "no attribute 'act'"),
        ("python:raises.py:act", "ZeroDivisionError"),
        ("python:leaves.py:act", "SystemExit"),
        ("python:classes.py:Silent", "has no method `propose`"),
        ("python:classes.py:Greedy", "may ask for a `seed` and no more"),
        ("python:act", "write python:FILE.py:NAME"),
    ],
)
def test_an_unknown_agent_is_refused_with_what_there_is(task, name, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raises.py").write_text("1 / 0\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(7)\n")
    (tmp_path / "classes.py").write_text(
        "class Silent:\n    pass\n"
        "class Greedy:\n    def __init__(self, key): pass\n    def propose(self, view): pass\n"
    )
    with pytest.raises(AgentUnknown) as refused:
        agent_maker(name, task, 0)
    assert name in str(refused.value)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nsteps:\n  - {shel: ls}\n", "did you mean 'shell'?"),
        ("version: 1\nsteps: []\n", "steps"),
        ("version: 1\nsteps:\n  - {shell: ls, finish: x}\n", "give one of"),
        ("version: 1\n", "steps: missing; write `steps: "),
    ],
)
def test_a_wrong_script_is_refused_with_file_line_and_advice(tmp_path, text, told):
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(AgentUnknown) as refused:
        load_script(path)
    assert f"{path}:" in str(refused.value)
    assert told in str(refused.value)


AGENTS = """\
import random
from sandbox.agents.agent import Proposal
from episodes.actions import Finish
from episodes.provenance import Model

def act(view):
    return {"kind": "shell", "command": f"echo {view.step}"}

def proposing(view):
    return Proposal(Finish(answer="42"))

class Seeded:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.calls = 0
    def propose(self, view):
        self.calls += 1
        return {"kind": "finish", "answer": f"{self.random.random()} {self.calls}"}

class Plain:
    def propose(self, view):
        return Finish()

class Foretelling:
    model = Model(provider="mine", name="guesser")
    def propose(self, view):
        return Finish()
    def forecast(self, view, action):
        return {"success_probability": 0.25}

def raising(view):
    raise RuntimeError("boom")
"""


@pytest.fixture
def made(tmp_path, task):
    path = tmp_path / "mine.py"
    path.write_text(AGENTS)
    return lambda name, seed=0: agent_maker(f"python:{path}:{name}", task, seed)


def test_a_function_that_gives_a_dict_is_an_agent(made):
    assert made("act")().propose(view(3)).action == RunCommand(command="echo 3")


def test_a_function_that_gives_a_proposal_is_an_agent(made):
    assert made("proposing")().propose(view()) == Proposal(Finish(answer="42"))


def test_a_class_is_made_anew_for_each_attempt_with_its_slots_seed(made):
    maker = made("Seeded", 7)
    first, second = maker().propose(view()), maker().propose(view())
    assert first == second
    assert made("Seeded", 8)().propose(view()) != first


def test_a_class_that_takes_no_seed_is_made_without(made):
    assert made("Plain")().propose(view()).action == Finish()


def test_a_class_that_foretells_can_be_asked_apart_and_one_that_does_not_cannot(made):
    agent = made("Foretelling")()
    assert isinstance(agent, Forecaster)
    said = agent.forecast(view(), Finish())
    assert (said.mode, said.success_probability) == ("shadow", 0.25)
    assert not isinstance(made("Plain")(), Forecaster)


def test_the_model_that_a_class_names_is_on_record(made):
    assert made("Foretelling")().model.name == "guesser"
    assert made("Plain")().model is None


def test_what_is_no_action_is_kept_as_it_was(made, tmp_path, task):
    path = tmp_path / "odd.py"
    path.write_text("def act(view):\n    return 'rm -rf /' * 10_000\n")
    action = agent_maker(f"python:{path}:act", task, 0)().propose(view()).action
    assert action.kind == "malformed"
    assert action.text.startswith("'rm -rf /")
    assert len(action.text) == 10_000


def test_what_an_agent_raises_comes_out_of_it(made):
    with pytest.raises(RuntimeError, match="boom"):
        made("raising")().propose(view())
