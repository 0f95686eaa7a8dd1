"""What cannot be used is told with what to do, exits 2, and nothing is lost."""

from __future__ import annotations

import sqlite3

import pytest

from episodes.writer import LogWriter

# Each is the command in a process of its own, which takes seconds to come up.
pytestmark = pytest.mark.slow

NO_LOGS = [b"not a log at all\n" * 100, b"SQLite format 3\0" + b"x" * 500]


@pytest.fixture
def refused(longleash, log_path):
    """The message of a command that must exit with 2, on one line."""

    def run(*words, code=2, **environment):
        answer = longleash(*words, "--log", log_path, **environment)
        assert answer.code == code, answer
        assert "Traceback" not in answer.err
        return " ".join(answer.err.split())

    return run


@pytest.fixture
def whole_log(tasks, log_path, fleets):
    """A log with an episode in it, and its bytes."""
    fleets.go(fleets.does("true"))
    return log_path.read_bytes()


def test_a_policy_with_a_misspelled_key_names_file_line_and_key(refused, tasks, tmp_path):
    policy = tmp_path / "night.yaml"
    policy.write_text("version: 1\nname: night\ntools: [shell]\nshel: {}\n")
    told = refused("run", tasks.make(), "--agent", "scripted:run", "--policy", policy)
    assert f"{policy}:4:" in told
    assert "did you mean 'shell'?" in told


def test_a_task_with_no_check_names_file_and_what_is_missing(refused, tasks):
    task = tasks.make()
    document = task / "task.yaml"
    lines = document.read_text().splitlines(keepends=True)
    document.write_text("".join(line for line in lines if not line.startswith("check:")))
    told = refused("run", task, "--agent", "scripted:run")
    assert f"{document}:1:" in told
    assert "check: missing; write `check: check.py`" in told


def test_a_task_whose_check_is_not_there_names_the_file(refused, tasks):
    task = tasks.make()
    (task / "check.sh").unlink()
    told = refused("run", task, "--agent", "scripted:run")
    assert "check: no file 'check.sh' in the task's folder; make it" in told


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("scripted:solv", "task 'small' has run"),
        ("robot", "scripted:NAME"),
        ("python:gone.py:act", "gone.py"),
    ],
)
def test_an_unknown_agent_is_told_what_there_is(refused, tasks, agent, told):
    assert told in refused("run", tasks.make(), "--agent", agent)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--episodes", 10**20), ("--budget-seconds", "nan"), ("--budget-cost", -1)],
)
def test_a_number_that_bounds_nothing_is_refused(refused, tasks, log_path, option, value):
    assert option in refused("run", tasks.make(), "--agent", "scripted:run", option, value)
    assert not log_path.exists()


def test_a_run_without_tasks_is_told_what_to_name(refused):
    assert "no tasks are given; name a suite" in refused("run", "--agent", "scripted:run")


def test_what_cannot_be_used_leaves_no_log(refused, tasks, log_path):
    refused("run", tasks.make(), "--agent", "robot")
    assert not log_path.exists()


def test_a_log_from_a_newer_format_is_left_as_it_is(refused, tasks, whole_log, log_path):
    database = sqlite3.connect(log_path)
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    database.commit()
    database.close()
    before = log_path.read_bytes()
    for words in (("run", tasks.make("other"), "--agent", "scripted:run"), ("episodes",)):
        told = refused(*words)
        assert str(log_path) in told
        assert "newer" in told
    assert log_path.read_bytes() == before


@pytest.mark.parametrize("content", NO_LOGS)
def test_a_log_that_is_not_a_log_is_left_as_it_is(refused, tasks, log_path, content):
    log_path.write_bytes(content)
    told = refused("run", tasks.make(), "--agent", "scripted:run")
    assert str(log_path) in told
    assert log_path.read_bytes() == content


def test_a_log_in_a_folder_that_is_not_there_says_so(longleash, tasks, tmp_path):
    log = tmp_path / "gone" / "x.db"
    answer = longleash("run", tasks.make(), "--agent", "scripted:run", "--log", log)
    assert (answer.code, "make it first" in answer.err) == (2, True)


def test_a_log_with_no_run_cannot_be_resumed(refused, log_path):
    LogWriter.open(log_path).close()
    assert "leave --resume out" in refused("run", "--resume")


def test_an_unknown_episode_is_told_what_there_is(refused, whole_log, log_path):
    told = refused("show", "rtest-0000-1")
    assert "no episode 'rtest-0000-1'" in told
    assert "did you mean rtest-0000-0?" in told


def test_an_unknown_step_is_told_what_there_is(refused, whole_log):
    assert "step 7" in refused("show", "rtest-0000-0", "--step", 7)


def test_stopping_where_nothing_runs_says_so(longleash, whole_log, log_path):
    answer = longleash("stop", log_path)
    assert answer.code == 2
    assert "no run is writing to it" in answer.err


def test_without_an_engine_and_none_allowed_two_lines_say_what_to_do(longleash, tasks, tmp_path):
    answer = longleash(
        *("run", tasks.make(), "--agent", "scripted:run"),
        ENGINE="none",
        DOCKER_HOST=f"unix://{tmp_path}/none.sock",
    )
    assert answer.code == 3
    assert len(answer.err.strip().splitlines()) == 2
    assert "does not answer" in answer.err
