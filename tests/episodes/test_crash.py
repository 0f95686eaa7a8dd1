"""A writer killed with `kill -9`: all that it acknowledged is there, and the log verifies."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from episodes.appender import appender, ask
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.writer import LogWriter

# Says on its standard output what was acknowledged, four threads at once, until it is killed.
_CHILD = """
import sys, threading
sys.path.insert(0, {root!r})
from episodes.actions import RunCommand
from episodes.entries import Completed, EpisodeStarted, Intended, Proposed
from episodes.observations import CommandResult
from episodes.provenance import Provenance
from episodes.writer import LogWriter

writer = LogWriter.open(sys.argv[1])
began = EpisodeStarted(run="r", slot=0, attempt=0, task="t", agent="a", policy="p",
                       instruction="i", provenance=Provenance(engine_version="0"))

def act(name):
    chain = "episode:" + name
    say(writer.append(chain, began))
    step = 0
    while True:
        action = RunCommand(command=f"echo {{step}}")
        say(writer.append(chain, Proposed(step=step, action=action)))
        say(writer.append(chain, Intended(step=step, action=action)))
        text = f"{{name}} {{step}} " + "x" * (20_000 * (step % 5 == 0))
        seen = CommandResult(exit_code=0, stdout=text)
        say(writer.append(chain, Completed(step=step, observation=seen, seconds=0.0)))
        step += 1

def say(entries):
    for entry in entries:
        sys.stdout.write(f"{{entry.chain}} {{entry.sequence}} {{entry.hash}}\\n")
    sys.stdout.flush()

for number in range(4):
    threading.Thread(target=act, args=(f"{{sys.argv[2]}}-{{number}}",)).start()
"""


def killed_writer(log: Path, name: str, seconds: float) -> list[tuple[str, int, str]]:
    """Starts a writer, kills it after a while, and returns what it acknowledged."""
    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD.format(root=root), str(log), name], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.stdout.close()
    child.wait()
    lines = [line.split() for line in (first + rest).decode().splitlines(keepends=True)]
    # The last line may have been cut by the kill.
    return [
        (line[0], int(line[1]), line[2]) for line in lines if len(line) == 3 and len(line[2]) == 71
    ]


@pytest.mark.parametrize(
    "moments", [range(2, 3), pytest.param(range(25), marks=pytest.mark.slow)], ids=["one", "many"]
)
def test_killed_writer_loses_nothing_that_it_acknowledged(log, moments):
    acknowledged = []
    for number in moments:
        acknowledged += killed_writer(log, f"w{number}", 0.013 * (number % 9))
        found = verify(log)
        assert found.ok, found.problems
    with LogReader.open(log) as reader:
        for chain in {chain for chain, _, _ in acknowledged}:
            stored = {(entry.sequence, entry.hash) for entry in reader.entries(chain)}
            assert {(at, hashed) for name, at, hashed in acknowledged if name == chain} <= stored
        for flying in reader.in_flight():
            step = reader.trajectory(flying.episode).steps[-1:]
            assert flying.step == (step[0].index if step and step[0].in_flight else None)


@pytest.mark.slow
def test_log_of_a_killed_writer_is_free_and_its_socket_is_replaced(log, bodies):
    killed_writer(log, "w", 0.0)
    assert log.with_name("x.db.sock").exists()
    assert ask(log, {"op": "status"}) is None
    with LogWriter.open(log) as writer:
        writer.append("annotations", bodies.note())
        assert ask(log, {"op": "status"})["ok"]
    assert verify(log).ok


@pytest.mark.slow
def test_command_becomes_the_writer_after_a_killed_one(log, bodies):
    killed_writer(log, "w", 0.0)
    with appender(log) as opened:
        assert opened.append("annotations", bodies.note())[0].sequence == 0


@pytest.mark.slow
def test_episode_that_a_kill_cut_short_can_be_ended_later(log, bodies):
    killed_writer(log, "w", 0.0)
    with LogReader.open(log) as reader:
        left = [flying.episode for flying in reader.in_flight()]
    assert left
    with LogWriter.open(log) as writer:
        for episode in left:
            ended = bodies.ended(status="faulted", cause="interrupted", success=None, reward=None)
            writer.append(f"episode:{episode}", ended)
    found = verify(log)
    assert found.ok
    assert found.in_flight == ()
