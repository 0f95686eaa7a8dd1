from pathlib import Path

import pytest

from episodes.errors import TaskInvalid
from sandbox.plan import draw_up
from sandbox.scaffold import init_task


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    init_task(tmp_path / "one")
    init_task(tmp_path / "two")
    return tmp_path


def test_a_folder_of_tasks_is_every_task_in_it(tasks: Path) -> None:
    plan = draw_up([tasks], agent="scripted:solve", policy=None, episodes=2, seed=1)
    assert [Path(slot.task).name for slot in plan.slots] == ["one", "two", "one", "two"]
    assert [slot.index for slot in plan.slots] == [0, 1, 2, 3]


def test_the_same_seed_draws_the_same_plan_and_another_seed_another(tasks: Path) -> None:
    def digest(seed: int) -> str:
        return draw_up([tasks], agent="a:b", policy=None, episodes=1, seed=seed).digest

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_a_suite_says_who_acts_and_the_run_goes_over_it(tasks: Path) -> None:
    suite = tasks / "suite.yaml"
    suite.write_text("version: 1\nepisodes:\n  - {task: one, agent: 'scripted:solve'}\n")
    own = draw_up([suite], agent=None, policy=None, episodes=1, seed=0)
    over = draw_up([suite], agent="scripted:guess", policy=None, episodes=1, seed=0)
    assert own.slots[0].agent == "scripted:solve"
    assert own.slots[0].task == str(tasks / "one")
    assert over.slots[0].agent == "scripted:guess"


def test_nobody_to_act_is_refused_with_what_to_write(tasks: Path) -> None:
    with pytest.raises(TaskInvalid, match="--agent scripted:solve"):
        draw_up([tasks], agent=None, policy=None, episodes=1, seed=0)


def test_a_place_without_tasks_is_refused_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(TaskInvalid, match="a task's folder, a folder of tasks, or a suite's"):
        draw_up([tmp_path / "gone"], agent="a:b", policy=None, episodes=1, seed=0)
