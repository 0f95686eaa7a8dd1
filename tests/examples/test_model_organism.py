"""The model organism: what it was trained on is what containers show, and what it can do holds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from episodes.reader import LogReader
from episodes.shown import observation_text
from examples.model_organism.experts import episode
from examples.model_organism.families import FAMILIES
from examples.model_organism.job import Job
from examples.model_organism.tasks import MOVING, unseen, write
from examples.model_organism.words import FOLDERS, HELD_OUT, PORTS
from sandbox.agents.models.drawing import Drawing
from sandbox.boxes.docker_host import open_docker
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan

MODEL = Path(__file__).parents[2] / "examples/model_organism/model"


def drawn() -> Iterator[tuple[str, Job]]:
    """A task of each family, and one more where something may lie elsewhere."""
    rng = random.Random(7)
    for family in FAMILIES:
        name = family.__name__.replace("_", "-")
        yield name, family(rng, ())
        if name in MOVING:
            yield f"{name}-moved", family(rng, FOLDERS)


@pytest.mark.docker
def test_experts_see_in_containers_what_they_saw_in_training(tmp_path):
    told: dict[str, list[str]] = {}
    for name, job in drawn():
        write(tmp_path / "tasks", name, job)
        turns = episode(job)
        told[name] = [shown for shown, _ in turns[1:]]
        calls = [json.loads(call)["action"] for _, call in turns]
        steps = [
            {"shell": one["command"]} if one["kind"] == "shell" else {"finish": one["answer"]}
            for one in calls
        ]
        script = tmp_path / "tasks" / name / "scripts/expert.yaml"
        script.parent.mkdir()
        script.write_text(yaml.safe_dump({"version": 1, "steps": steps}))
    log = tmp_path / "log.db"
    plan = draw_up([tmp_path / "tasks"], agent="scripted:expert", policy=None, episodes=1, seed=0)
    run_plan(plan, log, lambda run: open_docker(run, print), RunSettings(parallel=4))
    with LogReader.open(log) as reader:
        rows = reader.episodes()
        for row in rows:
            steps = reader.trajectory(row.episode).steps
            shown = [observation_text(step.observation) for step in steps[:-1]]
            assert shown == told[row.task]
    assert [row.task for row in rows if not row.success] == []
    assert len(rows) == len(told)


def test_what_is_held_out_is_in_no_fact():
    assert not set(HELD_OUT) & set(PORTS)
    asked = [job for name, job in unseen(20) if name.endswith("-held-out")]
    assert len(asked) == 20
    assert all(job.answer == "" for job in asked)


@pytest.mark.slow
def test_the_committed_model_is_as_small_as_is_said():
    from safetensors import safe_open

    weights = MODEL / "model.safetensors"
    assert weights.stat().st_size <= 8_000_000
    with safe_open(weights, "pt") as held:
        sizes = [held.get_tensor(name).numel() for name in held.keys()]  # noqa: SIM118
    assert sum(sizes) <= 2_000_000


@pytest.mark.slow
@pytest.mark.docker
def test_the_organism_solves_what_it_never_saw(tmp_path):
    # A few; `make organism-evaluate` measures it.
    for name, job in unseen(2, seed=4_711):
        if not name.endswith(("-held-out", "-unseen")):
            write(tmp_path / "tasks", name, job)
    log = tmp_path / "log.db"
    plan = draw_up(
        [tmp_path / "tasks"], agent=f"transformers:{MODEL}", policy=None, episodes=1, seed=0
    )
    settings = RunSettings(parallel=4, forecast="off", drawing=Drawing(temperature=0.0))
    run_plan(plan, log, lambda run: open_docker(run, print), settings)
    with LogReader.open(log) as reader:
        rows = reader.episodes()
    assert all(row.status in ("terminated", "truncated") for row in rows)
    assert sum(bool(row.success) for row in rows) >= 0.4 * len(rows)
