"""The agents that the pages show."""

from __future__ import annotations

from pathlib import Path

import pytest

from episodes.reader import LogReader
from sandbox.boxes.docker_host import open_docker
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from sandbox.scaffold import init_task

ADDER = Path(__file__).parents[2] / "examples" / "agents" / "adder.py"


@pytest.mark.docker
def test_an_agent_in_python_solves_the_task_that_init_task_makes(tmp_path: Path) -> None:
    init_task(tmp_path / "sum-prices")
    plan = draw_up(
        [tmp_path / "sum-prices"],
        agent=f"python:{ADDER}:Adder",
        policy=None,
        episodes=1,
        seed=0,
    )
    log = tmp_path / "mine.db"
    run, _ = run_plan(plan, log, lambda name: open_docker(name, print), RunSettings())
    with LogReader.open(log) as reader:
        (row,) = reader.episodes(run=run)
        steps = reader.trajectory(row.episode).steps
    assert (row.status, row.reward) == ("terminated", 1.0)
    assert [step.action.kind for step in steps] == ["read_file", "write_file", "finish"]
    # What it said before it acted is on record with the step.
    assert steps[0].forecast is not None
    assert steps[0].forecast.premises[0].reference == "notes.txt"
