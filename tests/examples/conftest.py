from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from episodes.reader import LogReader
from episodes.rows import EpisodeRow
from episodes.trajectory import Trajectory
from sandbox.boxes.docker_host import open_docker
from sandbox.plan import Plan, Slot, draw_up
from sandbox.runner import RunSettings, run_plan

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Demo:
    """The demo suite after it ran, with an idle agent let loose on each task as well."""

    rows: tuple[EpisodeRow, ...]
    trajectories: dict[str, Trajectory]

    def attempts(self, task: str, agent: str) -> list[EpisodeRow]:
        """The episodes of a task by an agent that ended on their own."""
        return [
            row
            for row in self.rows
            if (row.task, row.agent) == (task, f"scripted:{agent}") and row.status != "faulted"
        ]


@pytest.fixture(scope="session")
def tasks() -> list[Path]:
    return sorted(path.parent for path in EXAMPLES.glob("tasks/*/task.yaml"))


@pytest.fixture(scope="session")
def suite() -> Path:
    return EXAMPLES / "demo.yaml"


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an agent that does nothing."""
    script = tmp_path_factory.mktemp("idle") / "idle.yaml"
    script.write_text('version: 1\nsteps: [{finish: ""}]\n')
    return str(script)


@pytest.fixture(scope="session")
def demo(
    suite: Path, tasks: list[Path], idle: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """One run for all that is asked of it: each container is started once."""
    log = tmp_path_factory.mktemp("demo") / "demo.db"
    slots = list(draw_up([suite], agent=None, policy=None, episodes=1, seed=0).slots)
    for task in tasks:
        slots.append(
            Slot(index=len(slots), task=str(task), agent=f"scripted:{idle}", policy=None, seed=0)
        )
    plan = Plan(slots=tuple(slots))
    run, _ = run_plan(plan, log, lambda name: open_docker(name, print), RunSettings(parallel=4))
    with LogReader.open(log) as reader:
        rows = tuple(reader.episodes(run=run))
        yield Demo(rows, {row.episode: reader.trajectory(row.episode) for row in rows})
