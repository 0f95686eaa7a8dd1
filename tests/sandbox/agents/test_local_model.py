"""A model that is loaded here, as an agent: its episodes, and what is kept of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from episodes.reader import LogReader
from episodes.verify import verify
from sandbox.agents.models.drawing import Drawing
from sandbox.agents.names import agent_maker
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from sandbox.task import Task
from taxonomy.dossier import Dossier

pytestmark = pytest.mark.slow

MODEL = Path(__file__).parents[3] / "examples/model_organism/model"


def test_episodes_share_a_model_and_keep_its_choices_and_draws(tasks, tmp_path):
    log = tmp_path / "log.db"
    plan = draw_up(
        [tasks.make(limits={"steps": 3})],
        agent=f"transformers:{MODEL}",
        policy=None,
        episodes=4,
        seed=0,
    )
    settings = RunSettings(parallel=4, forecast="off", drawing=Drawing(temperature=1.2, resample=2))
    run_plan(plan, log, lambda _: FakeBackend(), settings)
    with LogReader.open(log) as reader:
        rows = reader.episodes()
        trajectories = [reader.trajectory(row.episode) for row in rows]
    assert len(rows) == 4
    for trajectory in trajectories:
        assert trajectory.ended.status in ("terminated", "truncated")
        assert trajectory.started.provenance.model.sampling["temperature"] == 1.2
        kept = [step.provenance for step in trajectory.steps]
        assert all(len(one.draws) == 2 and one.choices for one in kept)
        assert all(one.log_probability <= 0 <= one.entropy for one in kept)
        # The tagger of slips reads them from there.
        assert Dossier(trajectory).draws.keys() == {step.index for step in trajectory.steps}
    assert verify(log).ok


def test_what_a_kind_of_model_does_not_take_is_said(tasks):
    from episodes.errors import AgentUnknown

    with pytest.raises(AgentUnknown, match="takes no --draft-model"):
        agent_maker("openai:small", Task(tasks.make()), 0, Drawing(draft_model="./small"))
