"""A run's questions are read and answered from another process."""

from __future__ import annotations

import json
import threading

import pytest

from episodes.actions import RunCommand
from episodes.decisions import Approval, Decision
from episodes.errors import UsageError
from episodes.writer import LogWriter
from policies.policy import Policy
from sandbox.oversight.approver import Question, put
from sandbox.oversight.approvers import approver
from sandbox.oversight.queue_approver import QueueApprover
from sandbox.stop_switch import StopSwitch

ASKING = Policy.model_validate(
    {
        "version": 1,
        "name": "p",
        "tools": ["shell", "finish"],
        "shell": {"rules": [{"effect": "ask", "programs": ["rm"]}]},
        "files": {"read": ["/usr/lib", "/lib", "/lib64", "/etc"], "write": ["/workspace"]},
    }
)


@pytest.fixture
def log(log_path):
    with LogWriter.open(log_path) as opened:
        yield opened


@pytest.fixture
def waiting(log):
    """A question that waits for an answer, and what becomes of it."""
    queue = QueueApprover(log)
    decision = Decision(
        verdict="ask",
        rule_id="careful",
        reason="an approver has to allow rm",
        policy_digest="sha256:" + "0" * 64,
    )
    question = Question(
        episode="e",
        step=3,
        action=RunCommand(command="rm '\x1b[2Ja'"),
        decision=decision,
        review=None,
        seconds=60,
    )
    answers = []
    stop = StopSwitch()
    asking = threading.Event()

    class Noticing:
        name = queue.name
        withdraw = staticmethod(queue.withdraw)

        def ask(self, question):
            queue.ask(question)
            asking.set()

    thread = threading.Thread(target=lambda: answers.append(put(question, Noticing(), stop)))
    thread.start()
    asking.wait()

    def settled():
        thread.join()
        return answers[0]

    yield settled
    stop.press("the test is over")
    thread.join()


def test_questions_are_listed_with_nothing_that_steers_a_terminal(command, log, waiting):
    listed = command("approvals", log.path).output
    assert "e/3  (careful; " in listed
    assert "rm" in listed
    assert "\x1b" not in listed


def test_questions_are_listed_as_json(command, log, waiting):
    [question] = json.loads(command("approvals", log.path, "--json").output)
    assert question["action"]["command"] == "rm '\x1b[2Ja'"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], {"verdict": "allow"}),
        (["--episode"], {"verdict": "allow", "scope": "episode"}),
        (["--deny", "--reason", "keep it"], {"verdict": "deny", "reason": "keep it"}),
        (["--run", "ls"], {"verdict": "allow", "changed": {"kind": "shell", "command": "ls"}}),
        (
            ["--action", '{"kind": "finish"}'],
            {"verdict": "allow", "changed": {"kind": "finish"}},
        ),
    ],
)
def test_a_question_is_answered(command, log, waiting, words, answer):
    answered = command("approve", log.path, "e/3", *words)
    assert answered.exit_code == 0, answered
    approval = waiting()
    assert approval == Approval.model_validate({"approver": approval.approver, **answer})
    assert approval.approver.startswith("queue:")
    assert "nothing waits" in command("approvals", log.path).output


@pytest.mark.parametrize(
    "words",
    [["--deny", "--run", "ls"], ["--deny", "--episode"], ["--action", "{"], ["--action", "{}"]],
)
def test_an_answer_that_is_none_is_refused_and_the_question_stays(command, log, waiting, words):
    assert isinstance(command("approve", log.path, "e/3", *words).exception, UsageError)
    assert "e/3" in command("approvals", log.path).output


def test_with_no_run_there_is_nothing_to_answer(command, log_path):
    LogWriter.open(log_path).close()
    assert "no run is writing" in str(command("approvals", log_path).exception)


def test_who_looks_for_questions_that_are_asked_elsewhere_is_told_so(command, log):
    approver("deny", log)
    assert "--approver queue" in str(command("approvals", log.path).exception)


def test_what_nobody_answered_is_counted(fleets):
    result = fleets.go(fleets.does("rm a", "rm b"), policy=ASKING)
    assert (result.status, result.unanswered) == ("done", 2)


@pytest.mark.docker
@pytest.mark.parametrize(
    ("words", "environment", "code"),
    [((), {"CI": "true"}, 4), ((), {"CI": ""}, 0), (("--no-fail-on-ask",), {"CI": "true"}, 0)],
)
def test_in_ci_an_ask_is_a_failure_with_its_own_exit_code(
    longleash, tasks, tmp_path, words, environment, code
):
    policy = tmp_path / "asking.yaml"
    policy.write_text(ASKING.model_dump_json())
    task = tasks.make(steps=["rm a"])
    answer = longleash(
        "run", task, "--agent", "scripted:run", "--policy", policy, *words, **environment
    )
    assert answer.code == code, answer
    assert "1 action needed somebody's approval" in answer.out


@pytest.mark.docker
def test_a_run_in_containers_is_answered_from_another_process(
    start_longleash, longleash, tasks, kept, tmp_path
):
    policy = tmp_path / "asking.yaml"
    policy.write_text(ASKING.model_dump_json())
    steps = ["rm -f a", "rm -f b"]
    log = kept.path
    run = start_longleash(
        *("run", tasks.make(steps=steps), "--agent", "scripted:run", "--policy", policy),
        *("--approver", "queue", "--log", log),
    )
    for words in ((), ("--deny", "--reason", "keep it")):
        question = None
        while question is None:
            assert run.poll() is None
            listed = longleash("approvals", log, "--json")
            waiting = json.loads(listed.out) if listed.code == 0 else []
            question = waiting[0]["question"] if waiting else None
        assert longleash("approve", log, question, *words).code == 0
    assert run.wait(120) == 0
    first, second = kept.trajectory().steps[:2]
    assert (first.approval.verdict, first.observation.exit_code) == ("allow", 0)
    assert (second.approval.reason, second.observation.kind) == ("keep it", "denied")
    kept.verified()


@pytest.mark.docker
def test_a_run_that_waits_for_an_answer_can_be_stopped(
    start_longleash, longleash, tasks, kept, tmp_path
):
    policy = tmp_path / "asking.yaml"
    policy.write_text(ASKING.model_dump_json())
    log = kept.path
    run = start_longleash(
        *("run", tasks.make(steps=["rm a"]), "--agent", "scripted:run", "--policy", policy),
        *("--approver", "queue", "--log", log),
    )
    while "rm a" not in longleash("approvals", log).out:
        assert run.poll() is None
    assert longleash("stop", log).code == 0
    assert run.wait(60) == 1
    assert kept.trajectory().steps[0].approval.approver == "stop"
    assert kept.episodes()[0].cause == "stopped"
    kept.verified()
