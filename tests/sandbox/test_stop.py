"""Ending a run from elsewhere, by a signal, and not by what another run does."""

from __future__ import annotations

import signal
import time
from datetime import timedelta

import pytest

from episodes.errors import NotALog
from episodes.reader import LogReader
from sandbox.boxes.orphans_host import LABEL_OWNER, LABEL_RUN

pytestmark = pytest.mark.docker

PATIENCE = 5.0
"""Within this many seconds a run ends that is told to, its containers and its process too."""
TWO_SECONDS = timedelta(seconds=2)
"""Within this the record has the ends of all its episodes and its own."""


@pytest.fixture
def start_run(start_longleash, tasks):
    """A run of a task whose steps take so long that only a stop ends them."""
    sleeper = tasks.make("sleeper", steps=["sleep 60"] * 3)

    def start(log, *more, episodes=4, task=None, agent="scripted:run"):
        return start_longleash(
            *("run", task or sleeper, "--agent", agent, "--episodes", episodes),
            *("--parallel", 2, "--log", log, *more),
        )

    return start


def in_flight(log):
    try:
        with LogReader.open(log) as reader:
            return [flight for flight in reader.in_flight() if flight.action]
    except NotALog:
        return []


def until(process, log, count=2):
    """Waits until so many actions are under way."""
    while len(in_flight(log)) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def containers_of(client, kept):
    [run] = {row.run for row in kept.episodes()}
    return client.api.containers(all=True, filters={"label": f"{LABEL_RUN}={run}"})


def ends_after(kept):
    """How long after a stop was asked for the ends of each episode and of the run are on record."""
    [run] = {row.run for row in kept.episodes()}
    entries = kept.chain(f"run:{run}")
    [asked] = [entry.at for entry in entries if entry.body.kind == "stop_asked"]
    ends = [row.finished for row in kept.episodes()]
    return [at - asked for at in (*ends, entries[-1].at)]


def test_a_stop_from_elsewhere_ends_a_run_within_five_seconds(
    start_run, longleash, log_path, kept, client, tasks
):
    process = start_run(log_path)
    until(process, log_path)
    answer = longleash("stop", log_path, "--why", "enough for tonight")
    stopped = time.monotonic()
    out, err = process.communicate(timeout=60)
    seconds = time.monotonic() - stopped
    print(f"ended {seconds:.2f} s after `longleash stop` returned")
    assert answer.code == 0
    assert seconds < PATIENCE
    assert process.returncode == 1, out + err
    assert "enough for tonight" in out
    [run] = {row.run for row in kept.episodes()}
    bodies = [entry.body for entry in kept.chain(f"run:{run}")]
    [asked] = [body for body in bodies if body.kind == "stop_asked"]
    assert asked.who
    assert asked.why == "enough for tonight"
    assert bodies[-1].status == "stopped"
    assert {(row.status, row.cause) for row in kept.episodes()} == {("truncated", "stopped")}
    assert max(ends_after(kept)) <= TWO_SECONDS
    assert containers_of(client, kept) == []
    assert kept.verified().in_flight == ()
    # What was stopped can go on: made short, every slot of it ends on its own.
    script = tasks.folder / "sleeper" / "scripts" / "run.yaml"
    script.write_text(script.read_text().replace("sleep 60", "ls"))
    answer = longleash("run", "--resume", "--parallel", 2, "--log", log_path)
    assert answer.code == 0, answer
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == [0, 1, 2, 3]


def test_an_agent_that_thinks_for_ever_does_not_keep_a_run_that_is_stopped(
    start_run, longleash, log_path, kept, tmp_path, tasks, client
):
    agent = tmp_path / "slow.py"
    agent.write_text(
        "import pathlib, time\n"
        "def act(view):\n"
        f"    pathlib.Path({str(tmp_path)!r}, 'thinking').touch()\n"
        "    time.sleep(600)\n"
    )
    process = start_run(log_path, agent=f"python:{agent}:act")
    while not (tmp_path / "thinking").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    longleash("stop", log_path)
    stopped = time.monotonic()
    out, err = process.communicate(timeout=60)
    seconds = time.monotonic() - stopped
    print(f"ended {seconds:.2f} s after `longleash stop` returned")
    assert seconds < PATIENCE
    assert process.returncode == 1, out + err
    assert {(row.status, row.cause) for row in kept.episodes()} == {("truncated", "stopped")}
    assert max(ends_after(kept)) <= TWO_SECONDS
    assert containers_of(client, kept) == []
    kept.verified()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_cleanly_with_all_on_record(start_run, log_path, kept, client, number):
    process = start_run(log_path)
    until(process, log_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err
    assert "Traceback" not in err
    assert "ending cleanly; once more ends at once" in out
    [run] = {row.run for row in kept.episodes()}
    bodies = [entry.body for entry in kept.chain(f"run:{run}")]
    assert number.name in [body.who for body in bodies if body.kind == "stop_asked"]
    assert bodies[-1].status == "stopped"
    assert {(row.status, row.cause) for row in kept.episodes()} == {("truncated", "stopped")}
    assert containers_of(client, kept) == []
    assert kept.verified().in_flight == ()


def test_a_second_signal_ends_a_run_at_once_and_the_log_still_verifies(
    start_run, log_path, kept, tmp_path
):
    agent = tmp_path / "slow.py"
    agent.write_text(
        "import time\n"
        "def act(view):\n"
        "    if view.step:\n"
        "        time.sleep(600)\n"
        "    return {'kind': 'shell', 'command': 'true'}\n"
    )
    process = start_run(log_path, agent=f"python:{agent}:act")
    while True:
        assert process.poll() is None, process.communicate()
        try:
            if sum(row.steps for row in kept.episodes()) >= 2:
                break
        except NotALog:
            pass
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    for line in process.stdout:
        if "ending cleanly" in line:
            break
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    print(f"ended {time.monotonic() - pressed:.2f} s after the second signal")
    assert process.returncode == 130
    kept.verified()
    assert all(step.observation for at in (0, 1) for step in kept.trajectory(at).steps)


def test_a_second_run_on_the_same_log_is_refused_and_the_first_goes_on(
    start_run, longleash, log_path, tasks, kept
):
    process = start_run(log_path)
    until(process, log_path)
    before = kept.verified().entries
    answer = longleash("run", tasks.make("other"), "--agent", "scripted:run", "--log", log_path)
    assert answer.code == 2
    assert "is writing to this log; wait until it is done, or name another log" in answer.err
    assert process.poll() is None
    assert kept.verified().entries == before


def test_two_runs_at_once_and_a_clean_between_them_do_not_meet(
    start_run, longleash, tasks, tmp_path, open_kept, client
):
    task = tasks.make("short", steps=["sleep 1", "sleep 1"])
    logs = [tmp_path / "a.db", tmp_path / "b.db"]
    runs = [start_run(log, task=task, episodes=3) for log in logs]
    for process, log in zip(runs, logs, strict=True):
        until(process, log)
    held = client.api.containers(all=True, filters={"label": LABEL_OWNER})
    assert len(held) >= 4
    cleaned = longleash("clean")
    assert cleaned.code == 0, cleaned
    for process, log in zip(runs, logs, strict=True):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        kept = open_kept(log)
        assert [row.attempt for row in kept.episodes()] == [0, 0, 0]
        assert {row.status for row in kept.episodes()} == {"terminated"}
        assert containers_of(client, kept) == []
        kept.verified()
