"""Denied, nothing runs; allowed, nothing runs before its record and nothing is seen before its."""

from __future__ import annotations

import threading
from pathlib import PurePosixPath

import pytest

from episodes.actions import Finish, Goto, ReadFile, RunCommand, WriteFile
from episodes.errors import GuestGone, LogClosed, LogFull
from episodes.observations import CommandResult
from episodes.reader import LogReader
from episodes.writer import LogWriter
from policies.loading import load_policy
from policies.policy import Policy
from policies.state import State
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.gate import Gate

CHAIN = "episode:e"


class Door:
    """A gate over a box in memory that notes what ran, and what the log held as it ran."""

    def __init__(self, path, began, policy=None):
        self.policy = policy or load_policy("offline-shell")
        self.path = path
        self.log = LogWriter.open(path)
        self.log.append(CHAIN, began)
        self.ran = []
        self.seen_at_execution = []
        self.before = lambda: None
        self.box = FakeBackend(self._answer).start(BoxSpec("image", self.policy))
        self.gate = Gate(policy=self.policy, box=self.box, log=self.log, episode="e")

    def _answer(self, command, files):
        self.before()
        self.ran.append(command.command)
        self.seen_at_execution.append(self.entries())
        return CommandResult(exit_code=0, stdout="out", cwd=PurePosixPath("/workspace"))

    def act(self, action):
        return self.gate.perform(Proposal(action), 10)

    def entries(self):
        with LogReader.open(self.path) as reader:
            return [entry.body for entry in reader.entries(CHAIN)]

    def kinds(self):
        return [body.kind for body in self.entries()[1:]]


@pytest.fixture
def door(log_path, began):
    made = Door(log_path, began())
    yield made
    made.log.close()


@pytest.fixture
def asking_door(log_path, began):
    rules = {"rules": [{"id": "careful", "effect": "ask", "programs": ["rm"]}]}
    document = {"version": 1, "name": "p", "tools": ["shell"], "shell": rules}
    made = Door(log_path, began(), Policy.model_validate(document))
    yield made
    made.log.close()


def test_an_allowed_command_runs_and_each_arrow_leaves_its_record(door):
    step = door.act(RunCommand(command="ls"))
    assert door.ran == ["ls"]
    assert (step.decision.verdict, step.decision.rule_id) == ("allow", "look")
    assert step.observation.stdout == "out"
    assert door.kinds() == ["proposed", "decided", "intended", "completed"]


def test_a_denied_command_does_not_run_and_the_agent_is_told_the_rule(door):
    step = door.act(RunCommand(command="curl http://example.com"))
    assert door.ran == []
    assert step.decision.verdict == "deny"
    assert (step.observation.kind, step.observation.rule_id) == ("denied", step.decision.rule_id)
    assert step.observation.reason == step.decision.reason
    assert step.executed is None
    assert door.kinds() == ["proposed", "decided", "completed"]


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (RunCommand(command="ls; curl http://example.com"), "default"),
        (RunCommand(command="eval ls"), "shell.not_understood"),
        (ReadFile(path="/root/.ssh/id_rsa"), "default"),
        (WriteFile(path="/etc/passwd", data=b""), "default"),
        (Goto(url="https://example.com"), "tools"),
    ],
)
def test_nothing_of_a_denied_action_reaches_the_box(door, action, rule):
    step = door.act(action)
    assert step.decision.rule_id == rule
    assert step.observation.kind == "denied"
    assert (door.ran, door.box.files) == ([], {})


def test_a_file_inside_the_workspace_is_written_and_read(door):
    assert door.act(WriteFile(path="a.txt", data=b"x")).observation.kind == "written"
    assert door.act(ReadFile(path="a.txt")).observation.data == b"x"


def test_what_runs_is_the_path_that_was_judged(door):
    step = door.act(WriteFile(path="a.txt", data=b"x"))
    assert step.action.path == PurePosixPath("a.txt")
    assert step.executed.path == PurePosixPath("/workspace/a.txt")


class LinkingBox:
    """Resolves every path to one, as a symbolic link would."""

    def __init__(self, box, target):
        self._box, self._target = box, PurePosixPath(target)

    def state(self, paths):
        return State(resolved=dict.fromkeys(paths, self._target))

    def __getattr__(self, name):
        return getattr(self._box, name)


def through(door, target):
    box = LinkingBox(door.box, target)
    gate = Gate(policy=door.policy, box=box, log=door.log, episode="e")
    return gate.perform(Proposal(WriteFile(path="link", data=b"x")), 10)


def test_a_link_out_of_the_workspace_is_denied(door):
    assert through(door, "/etc/passwd").observation.kind == "denied"
    assert door.box.files == {}


def test_a_link_inside_the_workspace_is_written_at_its_end(door):
    assert through(door, "/workspace/real").executed.path == PurePosixPath("/workspace/real")
    assert list(door.box.files) == [PurePosixPath("/workspace/real")]


def test_the_intent_is_durable_before_anything_runs(door):
    door.act(RunCommand(command="ls"))
    assert [body.kind for body in door.seen_at_execution[0][1:]] == [
        "proposed",
        "decided",
        "intended",
    ]


def test_what_is_running_is_named_as_in_flight_and_what_has_run_is_not(door):
    flights = []

    def look():
        with LogReader.open(door.path) as reader:
            flights.extend(reader.in_flight())

    door.before = look
    door.act(RunCommand(command="ls"))
    assert (flights[0].step, flights[0].action) == (0, RunCommand(command="ls"))
    flights.clear()
    look()
    assert (flights[0].step, flights[0].action) == (None, None)


def test_the_completion_is_durable_when_the_agent_gets_it(door):
    step = door.act(RunCommand(command="ls"))
    assert door.entries()[-1].observation == step.observation


def test_where_a_person_would_be_asked_and_nobody_is_there_the_answer_is_no(asking_door):
    step = asking_door.act(RunCommand(command="rm a"))
    assert asking_door.ran == []
    assert step.decision.verdict == "ask"
    assert (step.approval.verdict, step.approval.approver) == ("deny", "nobody")
    assert "nobody is there to be asked" in step.observation.reason
    assert asking_door.kinds() == ["proposed", "decided", "asked", "answered", "completed"]


def test_finishing_needs_no_box_and_is_on_record_like_any_action(door):
    step = door.act(Finish(answer="42"))
    assert step.observation.kind == "finished"
    assert door.kinds() == ["proposed", "decided", "intended", "completed"]


def test_a_box_that_is_gone_before_the_decision_is_a_fault_and_nothing_is_intended(door):
    door.box.break_down()
    with pytest.raises(GuestGone):
        door.act(RunCommand(command="ls"))
    assert door.kinds() == ["proposed", "faulted"]
    assert (door.entries()[-1].step, door.entries()[-1].error) == (0, "GuestGone")


def test_a_box_that_dies_under_an_action_is_a_fault_of_that_step(door):
    def die():
        raise GuestGone("its container ran out of memory")

    door.before = die
    with pytest.raises(GuestGone):
        door.act(RunCommand(command="ls"))
    assert door.kinds() == ["proposed", "decided", "intended", "faulted"]
    assert "out of memory" in door.entries()[-1].message


def test_steps_are_counted_whether_or_not_they_ran(door):
    door.act(RunCommand(command="ls"))
    door.act(RunCommand(command="curl x"))
    assert door.gate.steps == 2
    assert door.act(RunCommand(command="ls")).index == 2


def test_with_no_room_for_the_intent_nothing_runs(door, no_room):
    door.act(RunCommand(command="ls"))
    # The log's WAL is longer than this already.
    no_room(4096)
    with pytest.raises(LogFull, match="see to the disk"):
        door.act(RunCommand(command="ls -la"))
    no_room(1 << 40)
    assert door.ran == ["ls"]
    assert door.kinds() == ["proposed", "decided", "intended", "completed"]


def test_with_no_room_for_the_completion_the_agent_sees_nothing(door, no_room):
    door.before = lambda: no_room(4096)
    with pytest.raises(LogFull):
        door.act(RunCommand(command="ls"))
    no_room(1 << 40)
    assert door.kinds() == ["proposed", "decided", "intended"]
    with LogReader.open(door.path) as reader:
        assert reader.in_flight()[0].action == RunCommand(command="ls")


def test_a_log_that_is_closed_runs_nothing(door):
    door.log.close()
    with pytest.raises(LogClosed):
        door.act(RunCommand(command="ls"))
    assert door.ran == []


def test_many_gates_at_once_keep_their_chains_apart(log_path, began):
    with LogWriter.open(log_path) as log:
        policy = load_policy("offline-shell")

        def drive(name):
            log.append(f"episode:{name}", began())
            box = FakeBackend().start(BoxSpec("image", policy))
            gate = Gate(policy=policy, box=box, log=log, episode=name)
            for at in range(10):
                gate.perform(Proposal(RunCommand(command=f"echo {name} {at}")), 10)

        threads = [threading.Thread(target=drive, args=(f"e{at}",)) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with LogReader.open(log_path) as reader:
        for at in range(8):
            steps = reader.trajectory(f"e{at}").steps
            assert [step.action.command for step in steps] == [f"echo e{at} {n}" for n in range(10)]
