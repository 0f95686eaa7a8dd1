"""An `ask` is put to somebody, and only a yes in time lets the action through."""

from __future__ import annotations

import io
import os
import pty
import threading
import time
from pathlib import PurePosixPath

import pytest

from episodes.actions import Finish, RunCommand, WriteFile
from episodes.appender import ask
from episodes.decisions import Approval
from episodes.errors import UsageError
from episodes.observations import CommandResult
from episodes.reader import LogReader
from policies.policy import Policy
from policies.state import State
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.gate import Gate
from sandbox.interactive import Sandbox
from sandbox.oversight.approvers import approver as approver_named
from sandbox.oversight.callable_approver import CallableApprover
from sandbox.oversight.overseers import Oversight
from sandbox.oversight.queue_approver import QueueApprover
from sandbox.oversight.terminal_approver import TerminalApprover
from sandbox.stop_switch import StopSwitch

POLICY = Policy.model_validate(
    {
        "version": 1,
        "name": "p",
        "tools": ["shell", "files", "finish"],
        "shell": {
            "rules": [
                {"id": "careful", "effect": "ask", "programs": ["rm", "mv"]},
                {"id": "fine", "effect": "allow", "programs": ["ls", "trash"]},
                {"id": "never", "effect": "deny", "programs": ["dd"]},
            ]
        },
        "files": {"read": ["/workspace"], "write": ["/workspace"]},
    }
)
RM = RunCommand(command="rm a")


class Box:
    """A box in memory, in which somebody may change things while an approver thinks."""

    def __init__(self):
        self.ran = []
        self._box = FakeBackend(self._answer).start(BoxSpec("image", POLICY))
        self.cwd = PurePosixPath("/workspace")

    def _answer(self, command, files):
        self.ran.append(command.command)
        return CommandResult(exit_code=0)

    def state(self, paths):
        return State(cwd=self.cwd, resolved={path: self.cwd / path for path in paths})

    def __getattr__(self, name):
        return getattr(self._box, name)


class Asking:
    """A gate with someone to ask."""

    def __init__(self, log):
        self.path, self.log = log.path, log
        self.box = Box()
        self.stop = StopSwitch()

    def of(self, approver, seconds=30.0):
        if callable(approver):
            approver = CallableApprover("python:test", approver)
        self.gate = Gate(
            policy=POLICY,
            box=self.box,
            log=self.log,
            episode="e",
            oversight=Oversight(approver=approver, approval_seconds=seconds),
            stop=self.stop,
        )
        return self

    def act(self, action=RM, seconds=60.0):
        return self.gate.perform(Proposal(action), seconds)

    def meanwhile(self, action=RM):
        """Acts in a thread of its own; the list holds the step when it is done."""
        done = []
        thread = threading.Thread(target=lambda: done.append(self.act(action)))
        thread.start()
        return thread, done

    def bodies(self):
        with LogReader.open(self.path) as reader:
            return [entry.body for entry in reader.entries("episode:e")][1:]

    def kinds(self):
        return [body.kind for body in self.bodies()]


@pytest.fixture
def asking(episode_log):
    return Asking(episode_log)


def yes(question):
    return True


def no(question):
    return False


def test_a_yes_lets_it_run_and_each_arrow_leaves_its_record(asking):
    step = asking.of(yes).act()
    assert asking.box.ran == ["rm a"]
    assert (step.decision.verdict, step.approval.verdict) == ("ask", "allow")
    assert step.approval.approver == "python:test"
    # It was waited for, so the policy was asked again.
    assert asking.kinds() == [
        *("proposed", "decided", "asked", "answered", "waited"),
        *("decided", "intended", "completed"),
    ]
    decided = [body for body in asking.bodies() if body.kind == "decided"]
    assert [body.again for body in decided] == [False, True]
    waited = next(body for body in asking.bodies() if body.kind == "waited")
    assert (waited.delay.cause, waited.delay.seconds > 0) == ("approval", True)
    intended = next(body for body in asking.bodies() if body.kind == "intended")
    assert intended.intervened == ("approver",)


def test_a_no_keeps_it_from_running_and_the_agent_is_told_why(asking):
    step = asking.of(lambda question: Approval(verdict="deny", approver="ann", reason="keep it"))
    step = asking.act()
    assert asking.box.ran == []
    assert (step.observation.kind, step.observation.rule_id) == ("denied", "careful")
    assert "ann said no (keep it)" in step.observation.reason


def test_what_the_policy_allows_or_denies_is_asked_of_nobody(asking):
    asked = []
    asking.of(asked.append)
    asking.act(RunCommand(command="ls"))
    asking.act(RunCommand(command="dd if=a"))
    assert (asked, asking.box.ran) == ([], ["ls"])


def test_an_approver_sees_the_action_and_why_it_is_asked(asking):
    seen = []
    asking.of(lambda question: seen.append(question) or False).act()
    assert (seen[0].id, seen[0].action, seen[0].decision.rule_id) == ("e/0", RM, "careful")
    assert 0 < seen[0].seconds_left <= 30


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (lambda question: 1 / 0, "the approver failed (ZeroDivisionError"),
        (lambda question: "yes", "neither an Approval nor a bool"),
        (lambda question: None, "neither an Approval nor a bool"),
    ],
)
def test_an_approver_that_fails_has_not_said_yes(asking, answers, told):
    step = asking.of(answers).act()
    assert asking.box.ran == []
    assert told in step.approval.reason


def test_an_approver_that_cannot_even_be_asked_has_not_said_yes(asking):
    class Broken:
        name = "broken"

        def ask(self, question):
            raise OSError("no line")

        def withdraw(self, question):
            pass

    assert asking.of(Broken()).act().approval.verdict == "deny"
    assert asking.box.ran == []


def test_after_the_deadline_the_answer_is_no_and_a_later_yes_changes_nothing(asking):
    let_go, questions = threading.Event(), []

    def late(question):
        questions.append(question)
        let_go.wait()
        return True

    step = asking.of(late, seconds=0.05).act()
    assert (step.approval.verdict, step.approval.approver) == ("deny", "deadline")
    assert "nobody answered within 0.05 seconds" in step.observation.reason
    assert not questions[0].answer(Approval(verdict="allow", approver="late"))
    let_go.set()
    assert asking.box.ran == []


def test_a_question_never_outlasts_the_episodes_own_time(asking):
    asking.of(lambda question: threading.Event().wait(), seconds=1000)
    step = asking.act(seconds=0.05)
    assert step.approval.approver == "deadline"


def test_the_question_is_durable_before_anyone_is_asked(asking):
    kinds = []
    asking.of(lambda question: kinds.extend(asking.kinds()) or True).act()
    assert kinds == ["proposed", "decided", "asked"]


def test_a_stop_ends_the_wait(asking):
    asking.of(lambda question: asking.stop.press("ann") or threading.Event().wait())
    began = time.monotonic()
    assert asking.act().approval.approver == "stop"
    assert time.monotonic() - began < 20


def test_a_yes_for_the_episode_holds_for_the_same_action_in_the_same_place_only(asking):
    asked = []

    def whole_episode(question):
        asked.append(question.action.command)
        return Approval(verdict="allow", approver="ann", scope="episode")

    asking.of(whole_episode)
    for command in ("rm a", "rm a", "rm b", "rm a"):
        assert asking.act(RunCommand(command=command)).observation.kind == "command"
    assert asked == ["rm a", "rm b"]
    assert asking.bodies()[-4].kind == "decided"
    assert asking.bodies()[-3].approval.approver == "ann"
    # `a` is another file elsewhere.
    asking.box.cwd = PurePosixPath("/workspace/deeper")
    asking.act()
    assert asked == ["rm a", "rm b", "rm a"]


def test_a_yes_for_once_is_asked_again(asking):
    asked = []
    asking.of(lambda question: asked.append(1) or True)
    asking.act()
    asking.act()
    assert len(asked) == 2


def changing(action):
    return lambda question: Approval(verdict="allow", approver="ann", changed=action)


def test_an_approver_may_change_the_action_and_all_three_are_on_record(asking):
    changed = RunCommand(command="trash a")
    step = asking.of(changing(changed)).act()
    assert asking.box.ran == ["trash a"]
    assert (step.action, step.approval.changed, step.executed) == (RM, changed, changed)


def test_a_changed_action_that_would_be_asked_needs_no_second_yes(asking):
    asking.of(changing(RunCommand(command="mv a b"))).act()
    assert asking.box.ran == ["mv a b"]


@pytest.mark.parametrize(
    "changed", [RunCommand(command="dd if=a"), WriteFile(path="/etc/passwd", data=b"")]
)
def test_a_changed_action_is_judged_and_what_the_policy_denies_stays_denied(asking, changed):
    step = asking.of(changing(changed)).act()
    assert (asking.box.ran, asking.box.files) == ([], {})
    assert step.observation.kind == "denied"
    assert step.decision.verdict == "deny"


def test_a_yes_does_not_hold_for_what_the_action_has_become_meanwhile(asking):
    def moves(question):
        asking.box.cwd = PurePosixPath("/workspace/elsewhere")
        return True

    step = asking.of(moves).act()
    assert asking.box.ran == []
    assert "changed while it waited" in step.observation.reason


# A queue, through the log's socket.


def pending(asking):
    while True:
        questions = ask(asking.path, {"op": "approvals"})["questions"]
        if questions:
            return questions
        time.sleep(0.01)


def approve(asking, **said):
    return ask(asking.path, {"op": "approve", "question": "e/0", "who": "ann", **said})


def test_another_program_reads_the_questions_and_answers_one(asking):
    asking.of(QueueApprover(asking.log))
    thread, done = asking.meanwhile()
    [question] = pending(asking)
    assert (question["question"], question["rule_id"]) == ("e/0", "careful")
    assert question["action"]["command"] == "rm a"
    approve(asking, verdict="allow", reason="looked at it")
    thread.join()
    assert done[0].approval.approver == "queue:ann"
    assert done[0].approval.reason == "looked at it"
    assert asking.box.ran == ["rm a"]
    assert ask(asking.path, {"op": "approvals"})["questions"] == []


def test_another_program_may_say_no(asking):
    asking.of(QueueApprover(asking.log))
    thread, done = asking.meanwhile()
    pending(asking)
    approve(asking, verdict="deny")
    thread.join()
    assert (done[0].observation.kind, asking.box.ran) == ("denied", [])


def test_another_program_may_change_the_action_bytes_and_all(asking):
    asking.of(QueueApprover(asking.log))
    thread, done = asking.meanwhile()
    pending(asking)
    changed = WriteFile(path="/workspace/a", data=b"\x00\xff")
    approve(asking, verdict="allow", changed=changed.model_dump(mode="json"))
    thread.join()
    assert done[0].executed == changed


def test_an_answer_that_comes_too_late_is_noted_and_changes_nothing(asking):
    asking.of(QueueApprover(asking.log), seconds=0.05).act()
    with pytest.raises(UsageError, match="settled already"):
        approve(asking, verdict="allow", reason="fine by me")
    assert asking.box.ran == []
    with LogReader.open(asking.path) as reader:
        noted = list(reader.entries("annotations"))[-1].body
    assert (noted.kind, noted.who, noted.episode) == ("noted", "queue:ann", "e")
    assert "fine by me" in noted.text


@pytest.mark.parametrize(
    "said", [{}, {"verdict": "maybe"}, {"verdict": "allow", "changed": {"kind": "fly"}}]
)
def test_an_answer_that_is_none_leaves_the_question_open(asking, said):
    asking.of(QueueApprover(asking.log))
    thread, done = asking.meanwhile()
    pending(asking)
    with pytest.raises(UsageError):
        approve(asking, **said)
    assert len(pending(asking)) == 1
    approve(asking, verdict="deny")
    thread.join()
    assert done[0].observation.kind == "denied"


def test_an_answer_to_no_question_names_those_there_are(asking):
    asking.of(QueueApprover(asking.log))
    with pytest.raises(UsageError, match="no question x/9; waiting for an answer: none"):
        approve(asking, question="x/9", verdict="allow")


# A terminal.


class Terminal:
    """Somebody at the other end of a pseudo-terminal, who answers when asked."""

    def __init__(self, *lines):
        self._far, near = pty.openpty()
        self._source = os.fdopen(near, "r")
        self._lines = list(lines)
        self.shown = io.StringIO()
        self.approver = TerminalApprover("ann", self._source, self)

    def write(self, text):
        self.shown.write(text)
        if text.endswith("> ") and self._lines:
            os.write(self._far, self._lines.pop(0).encode() + b"\n")

    def flush(self):
        pass

    def type(self, line):
        os.write(self._far, line.encode() + b"\n")

    def hang_up(self):
        os.close(self._far)
        self._far = None

    def close(self):
        if self._far is not None:
            self.hang_up()
        self._source.close()


@pytest.fixture
def terminals():
    made = []

    def make(*lines):
        made.append(Terminal(*lines))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


@pytest.mark.parametrize(
    ("line", "ran"),
    [
        ("yes", ["rm a"]),
        ("episode fine", ["rm a"]),
        ("no", []),
        ("run trash a", ["trash a"]),
        ("run dd if=a", []),
    ],
)
def test_a_person_at_the_terminal_answers_in_words(asking, terminals, line, ran):
    terminal = terminals(line)
    step = asking.of(terminal.approver).act()
    assert asking.box.ran == ran
    assert step.approval.approver == "terminal:ann"
    assert "asks (careful: " in terminal.shown.getvalue()


def test_a_key_that_is_held_down_approves_nothing(asking, terminals):
    terminal = terminals("yyyyyy", "", "y", "no")
    asking.of(terminal.approver).act()
    assert asking.box.ran == []
    assert terminal.shown.getvalue().count("not understood") == 3


def test_what_was_typed_before_the_question_was_seen_is_no_answer_to_it(asking, terminals):
    terminal = terminals()
    terminal.type("yes")
    step = asking.of(terminal.approver, seconds=0.3).act()
    assert step.approval.approver == "deadline"
    assert asking.box.ran == []


def test_a_terminal_that_is_gone_says_no(asking, terminals):
    terminal = terminals()
    terminal.hang_up()
    step = asking.of(terminal.approver).act()
    assert "the terminal is gone" in step.approval.reason


def test_an_action_cannot_steer_the_terminal_it_is_shown_on(asking, terminals):
    terminal = terminals("no")
    asking.of(terminal.approver).act(RunCommand(command="rm 'a\x1b[2J'"))
    assert "\x1b" not in terminal.shown.getvalue()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ask", "no such approver. Write deny"),
        ("python", "no such approver. Write deny"),
        ("queue:x", "no such approver"),
        ("python:json:nothing", "no attribute 'nothing'"),
        ("python:json:__name__", "not callable"),
        ("terminal", "there is no terminal here"),
    ],
)
def test_an_unknown_approver_is_refused_with_what_there_is(asking, name, told):
    with pytest.raises(UsageError) as refused:
        approver_named(name, asking.log)
    assert told in str(refused.value)


def test_an_approver_by_name_is_that_one(asking, tmp_path):
    (tmp_path / "mine.py").write_text("def answer(question):\n    return True\n")
    asking.of(approver_named(f"python:{tmp_path / 'mine.py'}:answer", asking.log)).act()
    assert asking.box.ran == ["rm a"]
    assert approver_named("deny", asking.log).name == "nobody"
    assert approver_named("queue", asking.log).name == "queue"


def test_from_python_a_function_is_asked(tmp_path):
    with Sandbox(
        POLICY,
        tmp_path / "x.db",
        backend=FakeBackend(),
        approver=lambda question: "b" not in question.action.command,
    ) as box:
        assert box.shell("rm a").observation.kind == "command"
        step = box.shell("rm b")
        assert (step.observation.kind, step.approval.approver) == ("denied", "python")
        box.finish()


def test_from_python_nobody_is_asked_where_nobody_is_named(tmp_path):
    with Sandbox(POLICY, tmp_path / "x.db", backend=FakeBackend()) as box:
        assert box.shell("rm a").approval.approver == "nobody"


def test_an_approver_may_end_the_episode_in_place_of_an_action(fleets):
    finish = Finish(answer="enough")
    oversight = Oversight(
        approver=CallableApprover(
            "ann",
            lambda question: Approval(verdict="allow", approver="ann", changed=finish),
        )
    )
    fleets.go(fleets.does("rm a", "ls"), policy=POLICY, oversight=oversight)
    ended = fleets.kept.trajectory().ended
    assert (ended.cause, ended.answer) == ("finished", "enough")


def test_finishing_is_never_held_up_by_a_question(asking):
    assert asking.of(no).act(Finish()).observation.kind == "finished"
