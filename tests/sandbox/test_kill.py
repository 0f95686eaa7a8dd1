"""`kill -9` at fifty moments of a run: between intent and execution, between execution and
completion, and inside a commit. Nothing that was acknowledged is lost, and what was in flight is
named."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from episodes.actions import RunCommand
from episodes.entries import Completed, Intended
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.boxes.orphans_host import LABEL_OWNER, sweep
from sandbox.runner import RunSettings, run_plan

pytestmark = pytest.mark.docker

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def interposer(client, shell_image, tmp_path_factory):
    """killing.c, compiled in a container of ours: the host may have no compiler."""
    container = client.containers.create(
        shell_image,
        ["sh", "-c", "gcc -shared -fPIC -O1 -Wall -Werror -o /k.so /killing.c"],
        network_mode="none",
        labels={"longleash.test": "killing"},
    )
    try:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(HERE / "killing.c", "killing.c")
        container.put_archive("/", packed.getvalue())
        container.start()
        assert container.wait()["StatusCode"] == 0, container.logs()
        chunks, _ = container.get_archive("/k.so")
        target = tmp_path_factory.mktemp("interposer")
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            archive.extractall(target, filter="data")
    finally:
        container.remove(force=True, v=True)
    return target / "k.so"


class Runs:
    """Starts runs that die."""

    def __init__(self, folder, task, environment):
        self.folder, self.task, self.number = folder, task, 0
        self.process = subprocess.Popen(
            [sys.executable, HERE / "killed_runs.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def die(self, **case):
        """Where the log is, and what was told."""
        self.number += 1
        log = self.folder / f"{self.number}.db"
        given = {"log": str(log), "task": str(self.task), "parallel": 2, "episodes": 3} | case
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.last = answer["pid"]
        assert answer["signal"] == signal.SIGKILL, answer
        return log, [line.rpartition(" echo ")[::2] for line in answer["told"]]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture(scope="module")
def runs(interposer, tmp_path_factory, make_tasks):
    folder = tmp_path_factory.mktemp("killed")
    made = Runs(folder, make_tasks(folder).make(), os.environ | {"LD_PRELOAD": str(interposer)})
    yield made
    made.close()


def look(open_kept, log, told):
    """The log after a kill: it opens and verifies, with everything that was promised in it."""
    kept = open_kept(log)
    verification = kept.verified()
    intended, completed = set(), set()
    for row in kept.episodes():
        for entry in kept.chain(f"episode:{row.episode}"):
            if isinstance(entry.body, Intended) and isinstance(entry.body.action, RunCommand):
                command = entry.body.action.command.removeprefix("echo ")
                intended.add(command)
                running = command
            elif isinstance(entry.body, Completed):
                completed.add(running)
    said = {what: {text for kind, text in told if kind == what} for what, _ in told}
    assert said.get("acknowledged", set()) <= completed
    assert said.get("executing", set()) <= intended
    in_flight = {
        flight.action.command.removeprefix("echo ")
        for flight in verification.in_flight
        if isinstance(flight.action, RunCommand)
    }
    assert in_flight == intended - completed
    return said, in_flight


def finishes(log, open_kept):
    """Resumed, every slot ends on its own, and none did so twice."""
    _, result = run_plan(None, log, lambda _: FakeBackend(), RunSettings(resume=True, parallel=2))
    assert result.status == "done"
    kept = open_kept(log)
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == [0, 1, 2]
    kept.verified()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 11))
def test_killed_around_an_execution_in_a_container_it_is_named_as_in_flight(
    runs, open_kept, when, at
):
    log, told = runs.die(docker=True, at=at, when=when)
    said, in_flight = look(open_kept, log, told)
    assert said["dies at"] <= in_flight


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 11))
def test_killed_as_a_commit_is_made_durable_the_log_verifies_and_the_run_goes_on(
    runs, open_kept, when, at
):
    environment = {"KILL_CALL": "sync", "KILL_AT": str(6 + 2 * at), "KILL_WHEN": when}
    log, told = runs.die(docker=False, environment=environment)
    look(open_kept, log, told)
    finishes(log, open_kept)


@pytest.mark.parametrize("at", range(60, 260, 20))
def test_killed_between_the_pages_of_a_commit_the_log_verifies_and_the_run_goes_on(
    runs, open_kept, at
):
    environment = {"KILL_CALL": "write", "KILL_AT": str(at), "KILL_WHEN": "before"}
    log, told = runs.die(docker=False, environment=environment)
    look(open_kept, log, told)
    finishes(log, open_kept)


@pytest.mark.parametrize("at", range(1, 7))
def test_killed_as_the_log_is_made_the_next_run_makes_it(runs, open_kept, at):
    environment = {"KILL_CALL": "sync", "KILL_AT": str(at), "KILL_WHEN": "before"}
    log, told = runs.die(docker=False, environment=environment)
    assert told == []
    runs.die(docker=False, log=str(log), at=1, when="before")
    open_kept(log).verified()


def test_a_sweep_leaves_nothing_of_one_that_was_killed(runs, client):
    runs.die(docker=True, at=5, when="before")
    ours = f"|{runs.last}|"
    # The engine goes on with what it was asked for before: wait until nothing more appears.
    for _ in range(3):
        time.sleep(0.5)
        sweep(client)
    left = client.api.containers(all=True, filters={"label": LABEL_OWNER})
    assert not [found for found in left if ours in found["Labels"][LABEL_OWNER]]
