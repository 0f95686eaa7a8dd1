from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from episodes import commands
from episodes.actions import RunCommand
from episodes.entries import Proposed, Tagged
from episodes.errors import EpisodeUnknown, NotALog
from episodes.observations import CommandResult
from episodes.processes import Process, Processes
from episodes.tags import Evidence, Tag
from episodes.verify import verify
from episodes.writer import LogWriter

HOSTILE = "\x1b[2J\x1b]52;c;aGk=\x07\r\u202e\x9b[bold red]x[/]\u2028\x00"


@pytest.fixture
def run():
    app = typer.Typer()
    commands.register(app)

    def invoke(*arguments: object, **environment: str):
        return CliRunner().invoke(
            app, [str(argument) for argument in arguments], env={"COLUMNS": "200", **environment}
        )

    return invoke


def test_verify_says_ok_and_what_is_in_flight(run, filled):
    done = run("verify", filled)
    assert done.exit_code == 0
    assert "28 entries in 5 chains: ok" in done.output
    assert "in flight: episode ac3, step 0" in done.output


def test_verify_names_the_first_wrong_record_and_exits_1(run, filled, tamper):
    tamper.do("DELETE FROM entries WHERE id = 5")
    done = run("verify", filled)
    assert done.exit_code == 1
    assert done.output.startswith("entry 5 of the log is missing")
    told = json.loads(run("verify", filled, "--json").output)
    assert told["ok"] is False
    assert told["problems"][0]["number"] == 5


def test_heads_are_what_verify_takes(run, filled, tmp_path):
    heads = tmp_path / "heads"
    heads.write_text(run("heads", filled).output)
    done = run("verify", filled, "--heads", heads)
    assert done.exit_code == 0
    assert "Up to the 5 heads" in done.output


def test_episodes_are_listed(run, filled):
    output = run("episodes", "--log", filled).output
    assert "aa1" in output
    assert "solved" in output
    assert "loop, policy_violation" in output
    assert "aa1" not in run("episodes", "--log", filled, "--not-solved").output
    rows = [
        json.loads(line)
        for line in run("episodes", "--log", filled, "--json").output.split("\n")
        if line
    ]
    assert [row["episode"] for row in rows] == ["aa1", "ab2", "ac3"]


def test_log_is_taken_from_the_environment(run, filled):
    assert "aa1" in run("episodes", LONGLEASH_LOG=str(filled)).output


def test_show_replays_every_part_of_a_step(run, filled):
    output = run("show", "ab", "--log", filled).output
    for part in (
        "action  shell ls -la",
        "deny by shell",
        "denied",
        "policy_violation",
        "GuestGone",
    ):
        assert part in output
    output = run("show", "aa1", "--log", filled).output
    for part in ("success 0.70", "a file (guessed", "allow by shell", "exit 0", "solved"):
        assert part in output
    assert "line of output" in output
    assert "976 lines" in output
    whole = run("show", "aa1", "--step", 0, "--log", filled).output
    assert whole.count("line of output") == 1000
    assert "was about to run" in run("show", "ac3", "--log", filled).output


def test_show_tells_what_a_step_started(run, log, bodies):
    argv = ("sh", "-c", "evil\n9 rm\x1b[2J")
    child = Process(pid=9, parent=8, argv=argv, started=0.1, ended=0.2, end="exited", exit_code=3)
    shell = Process(pid=8, parent=1, argv=("bash",), started=0, end="replaced", ended=0.3)
    with LogWriter.open(log) as writer:
        done = bodies.completed(0).model_copy(
            update={"processes": Processes(programs=(shell, child))}
        )
        writer.append("episode:e", bodies.started(), bodies.proposed(), done)
    output = run("show", "e", "--log", log).output
    assert "8 bash (became the next, 300 ms)" in output
    assert "  9 sh -c 'evil\\n9 rm\\x1b[2J' (exit 3, 100 ms)" in output


def test_show_tells_a_second_tag_only_where_it_says_another_thing(run, log, bodies):
    with LogWriter.open(log) as writer:
        writer.append("episode:e", bodies.started(), *bodies.step(0), *bodies.step(1))
        head = writer.append("episode:e", bodies.ended())[0].hash
        same = Tag(step=0, tagger="rules", version="1", event="none", primary="none", probability=1)
        other = same.model_copy(update={"step": 1, "primary": "hallucination"})
        unmarked = {"marks": "without"}
        tags = (
            same,
            same.model_copy(update=unmarked),
            other,
            other.model_copy(update={**unmarked, "primary": "undetermined"}),
        )
        writer.append("annotations", Tagged(episode="e", head=head, tags=tags))
    first = run("show", "e", "--step", 0, "--log", log).output
    assert first.count("tag  none") == 1
    second = run("show", "e", "--step", 1, "--log", log).output
    assert "tag  hallucination" in second
    assert "tag  without the agent's marks: undetermined" in second


def test_show_says_what_there_is_where_a_step_is_not(run, filled):
    done = run("show", "aa1", "--step", 7, "--log", filled)
    assert isinstance(done.exception, EpisodeUnknown)
    assert "it has 2" in str(done.exception)


def test_file_that_is_no_log_is_an_error_of_ours(run, tmp_path):
    (tmp_path / "x").write_text("hello")
    for arguments in (("verify", tmp_path / "x"), ("episodes", "--log", tmp_path / "x")):
        assert isinstance(run(*arguments).exception, NotALog)


def test_text_of_an_agent_never_steers_the_terminal(run, log, bodies):
    with LogWriter.open(log) as writer:
        started = bodies.started(task=HOSTILE, agent=HOSTILE, policy=HOSTILE, instruction=HOSTILE)
        head = writer.append("episode:e", started)[0].hash
        action = RunCommand(command=HOSTILE)
        writer.append(
            "episode:e", Proposed(step=0, action=action), bodies.intended(0, HOSTILE + "x")
        )
        seen = CommandResult(exit_code=1, stdout=HOSTILE, stderr=HOSTILE, note=HOSTILE)
        writer.append("episode:e", bodies.completed(0).model_copy(update={"observation": seen}))
        writer.append("episode:e", bodies.ended(cause=HOSTILE, answer=HOSTILE, detail=HOSTILE))
        evidence = Evidence(step=0, where="action", note=HOSTILE)
        tag = Tag(
            step=0,
            tagger=HOSTILE,
            version=HOSTILE,
            event="error",
            primary="slip",
            probability=0.5,
            evidence=(evidence,),
        )
        writer.append("annotations", Tagged(episode="e", head=head, tags=(tag,)))
    assert verify(log).ok
    for arguments in (
        ("show", "e", "--log", log),
        ("show", "e", "--step", 0, "--log", log),
        ("show", "e", "--json", "--log", log),
        ("episodes", "--log", log),
        ("episodes", "--json", "--log", log),
    ):
        done = run(*arguments)
        assert done.exit_code == 0, done.exception
        categories = {
            unicodedata.category(character) for character in done.output if character != "\n"
        }
        assert categories.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"}), arguments
    assert "[bold red]x[/]" in run("show", "e", "--log", log).output


def test_commands_are_light_to_import():
    code = "import sys, episodes.commands; print(*sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert {b"scipy", b"docker", b"sqlite_utils"}.isdisjoint(done.stdout.split())


def test_answered_question_is_no_failure_mode_and_the_log_stays_as_it_was(run, log, bodies):
    with LogWriter.open(log) as writer:
        writer.append("episode:e", bodies.started(), *bodies.step(0), *bodies.step(1))
        head = writer.append("episode:e", bodies.ended())[0].hash
        one = Tag(
            step=0, tagger="rules", version="1", event="none", primary="exploration", probability=1
        )
        other = one.model_copy(update={"step": 1})
        writer.append("annotations", Tagged(episode="e", head=head, tags=(one, other)))
    assert "exploration" not in run("episodes", "--log", log).output
    assert run("episodes", "--mode", "exploration", "--json", "--log", log).output == ""
    with LogWriter.open(log) as writer:
        failed = other.model_copy(update={"event": "error", "version": "2"})
        writer.append("annotations", Tagged(episode="e", head=head, tags=(failed,)))
    line = run("episodes", "--log", log).output
    assert "exploration" in line
    assert "exploration 2" not in line
    assert run("verify", log).exit_code == 0
