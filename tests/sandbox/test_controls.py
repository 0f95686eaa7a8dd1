"""Ending and holding what is under way, from another process or the same one, by the log's name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from episodes.entries import Noted, StopAsked
from episodes.errors import LongleashError, UsageError
from episodes.reader import LogReader
from sandbox import control_commands, controls
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan


class Run:
    """A run of two episodes, in a thread; each looks around until somebody ends it."""

    def __init__(self, log: Path, task: Path, code: Path) -> None:
        self.log = log
        code.write_text(
            "import time\n"
            "def act(view):\n"
            "    time.sleep(0.01)\n"
            "    return {'kind': 'shell', 'command': 'true'}\n"
        )
        plan = draw_up([task], agent=f"python:{code}:act", policy=None, episodes=2, seed=0)
        settings = RunSettings(parallel=2)
        self.thread = threading.Thread(
            target=run_plan, args=(plan, log, lambda _: FakeBackend(), settings), daemon=True
        )
        self.thread.start()

    def names(self) -> list[str]:
        with LogReader.open(self.log) as reader:
            return [row.episode for row in reader.episodes()]

    def steps(self) -> int:
        with LogReader.open(self.log) as reader:
            return sum(row.steps for row in reader.episodes())

    def until(self, happened: Callable[[], Any]) -> None:
        for _ in range(2_000):
            try:
                if happened():
                    return
            except LongleashError:
                pass
            time.sleep(0.01)
        raise AssertionError("it did not happen")


@pytest.fixture
def run(log_path: Path, tasks: Any, tmp_path: Path) -> Iterator[Run]:
    policy = tmp_path / "long.yaml"
    policy.write_text(
        "version: 1\nname: long\ntools: [shell, finish]\n"
        "shell: {rules: [{effect: allow, programs: ['true']}]}\n"
        "limits: {steps: 100000, episode_seconds: 600}\n"
    )
    made = Run(log_path, tasks.make(policy="./../../long.yaml"), tmp_path / "looks.py")
    made.until(lambda: made.steps() > 4)
    yield made
    if made.thread.is_alive():
        controls.stop(log_path)
    made.thread.join(30)


def ended(run: Run) -> dict[str, str | None]:
    with LogReader.open(run.log) as reader:
        return {row.episode: row.cause for row in reader.episodes()}


def said(run: Run) -> list[tuple[str, str, str | None]]:
    """Who asked for what, and why, in the log's chains."""
    with LogReader.open(run.log) as reader:
        [row] = reader.runs()
        bodies = [entry.body for entry in reader.entries(f"run:{row.run}")]
        bodies += [entry.body for entry in reader.annotations()]
    stops = [(one.who, one.why, one.episode) for one in bodies if isinstance(one, StopAsked)]
    return stops + [(one.who, one.text, one.episode) for one in bodies if isinstance(one, Noted)]


def test_a_run_that_is_held_does_nothing_until_it_is_let_go_on(run: Run) -> None:
    controls.pause(run.log, why="lunch", who="ann")
    # What was under way as it was held may still end.
    time.sleep(0.3)
    held = run.steps()
    time.sleep(0.3)
    assert run.steps() <= held + 2
    before = run.steps()
    controls.go_on(run.log, who="ann")
    run.until(lambda: run.steps() > before + 4)
    texts = [text for who, text, _ in said(run) if who == "ann"]
    assert [text.partition(" the run")[0] for text in texts] == ["paused", "let go on"]
    assert texts[0].endswith(": lunch")


def test_one_episode_is_ended_alone_and_the_record_says_by_whom_and_why(run: Run) -> None:
    first, second = sorted(run.names())
    controls.stop(run.log, first, why="it loops", who="ann")
    run.until(lambda: ended(run)[first])
    assert ended(run) == {first: "called_off", second: None}
    assert ("ann", "it loops", first) in said(run)
    with LogReader.open(run.log) as reader:
        end = reader.trajectory(first).ended
    assert end is not None
    assert end.detail == "ann: it loops"


def test_a_run_is_ended_while_it_is_held(run: Run) -> None:
    controls.pause(run.log)
    controls.stop(run.log, why="enough")
    run.thread.join(30)
    assert not run.thread.is_alive()
    assert set(ended(run).values()) == {"stopped"}


def test_the_terminal_does_the_same(run: Run) -> None:
    app = typer.Typer()
    control_commands.register(app)

    def typed(*words: str) -> str:
        answer = CliRunner().invoke(app, [words[0], str(run.log), *words[1:]])
        assert answer.exit_code == 0, answer.output
        return answer.output

    first, second = sorted(run.names())
    assert "waits" in typed("pause", "--episode", first, "--why", "look")
    assert "goes on" in typed("go-on", "--episode", first)
    assert "is ending" in typed("stop", "--episode", first)
    run.until(lambda: ended(run)[first])
    assert ended(run)[second] is None
    assert "run r" in typed("stop")
    run.thread.join(30)
    assert set(ended(run).values()) == {"called_off", "stopped"}


def test_where_nothing_runs_and_where_no_such_episode_is_it_says_so(
    run: Run, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no episode nobody is under way"):
        controls.stop(run.log, "nobody")
    controls.stop(run.log)
    run.thread.join(30)
    with pytest.raises(UsageError, match="no run is writing"):
        controls.pause(run.log)
