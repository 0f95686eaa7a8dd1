"""What the organism's failures are by construction, and how the page shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.model_organism.job import Job
from examples.model_organism.labels import failures, label_of
from examples.model_organism.tasks import write
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from taxonomy.evaluation.page import page

EVALUATION = Path(__file__).parents[2] / "docs/evaluation"


@pytest.mark.parametrize(
    ("task", "label"),
    [
        ("last-line-01", "slip"),
        ("last-line-01-moved", "slip"),
        ("last-line-02", "no label"),
        ("last-line-03-unseen", "exploration"),
        ("by-heart-03-held-out", "hallucination"),
    ],
)
def test_a_failure_is_what_its_task_makes_it(task: str, label: str) -> None:
    solved = {"last-line-01": True, "last-line-01-moved": True, "last-line-02": False}
    assert label_of(task, solved) == label


@pytest.fixture
def played(tmp_path: Path) -> Callable[[str, dict[str, bool]], Path]:
    """Plays tasks by their names, each passed or not."""

    def go(name: str, passed: dict[str, bool]) -> Path:
        log = tmp_path / f"{name}.db"
        for task, good in passed.items():
            write(tmp_path / "tasks", task, Job("last-line", "Finish .", {}, iter, ""))
            script = tmp_path / "tasks" / task / "scripts/run.yaml"
            script.parent.mkdir()
            script.write_text('version: 1\nsteps: [{shell: ls}, {finish: ""}]\n')
            folder = tmp_path / "tasks" / task
            plan = draw_up([folder], agent="scripted:run", policy=None, episodes=1, seed=0)
            backend = FakeBackend(reward=0 if good else 1)
            run_plan(plan, log, lambda _, held=backend: held, RunSettings())
        return log

    return go


def test_only_failures_count_and_each_by_its_label(
    played: Callable[[str, dict[str, bool]], Path],
) -> None:
    greedy = played("greedy", {"last-line-00": True, "last-line-01": False, "last-line-02": True})
    warm = played("warm", {"last-line-00": False, "last-line-01": False, "last-line-02": True})
    found = failures(greedy, warm)
    assert {one["label"]: one["episodes"] for one in found["labels"]} == {"slip": 1, "no label": 1}
    assert found["tagger"].startswith("rules ")
    assert all(sum(one["critical"].values()) == one["episodes"] for one in found["labels"])
    assert all(sum(one["steps"].values()) == 2 for one in found["labels"])


def test_the_page_holds_what_was_measured_of_it() -> None:
    every = json.loads(EVALUATION.with_suffix(".json").read_text())
    measured = EVALUATION.parents[1] / "examples/model_organism/measured.json"
    assert json.loads(measured.read_text()).items() <= every["organism"].items()
    assert page(every, "evaluation.svg") == EVALUATION.with_suffix(".md").read_text()
