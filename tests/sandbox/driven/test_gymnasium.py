"""`longleash/Shell-v0`, with Gymnasium's own checks. In memory, but for the last."""

from __future__ import annotations

import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import longleash  # noqa: F401 - registers the environment
from episodes.actions import WriteFile
from episodes.errors import EpisodeOver, GuestGone
from episodes.forecasts import Forecast
from episodes.observations import CommandResult
from policies.loading import load_policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.fake_backend import FakeBackend

SHELL = "longleash/Shell-v0"


def echo(command, files):
    return CommandResult(exit_code=0, stdout=f"{command.command}\n", cwd="/workspace")


@pytest.fixture
def env(log_path):
    made = gymnasium.make(SHELL, log=log_path, backend=lambda run: FakeBackend(echo))
    yield made.unwrapped
    made.close()


def test_gymnasiums_own_checks_find_nothing(env):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)


def test_an_episode_is_five_tuples_to_its_end(env, written):
    seen, info = env.reset(seed=1)
    assert seen["instruction"] == "driven by whoever is at the other end"
    assert "[look] allow" in info["rules"]
    seen, reward, terminated, truncated, info = env.step("echo hé")
    assert (seen["stdout"], seen["exit_code"], seen["denied"]) == ("echo hé\n", 0, 0)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info["step"].decision.rule_id == "look"
    seen, *_ = env.step("curl x")
    assert (seen["denied"], seen["exit_code"]) == (1, -1)
    assert "[default]" in seen["stderr"]
    *_, terminated, truncated, info = env.step("finish it is done")
    assert (terminated, truncated, info["cause"]) == (True, False, "finished")
    (episode,) = written()
    assert episode.ended.answer == "it is done"
    assert episode.started.agent == "gymnasium"


def test_after_the_end_a_reset_is_wanted(env):
    env.reset()
    env.step("finish")
    with pytest.raises(EpisodeOver, match="call `reset`"):
        env.step("ls")


@pytest.mark.parametrize(("code", "reward"), [(0, 1.0), (1, 0.0)])
def test_the_tasks_check_gives_the_reward(log_path, tasks, code, reward):
    backend = FakeBackend(reward=code)
    with gymnasium.make(SHELL, task=tasks.make(), log=log_path, backend=lambda run: backend) as env:
        seen, _ = env.reset()
        assert seen["instruction"] == "do it"
        *_, got, terminated, _, info = env.step("finish")
    assert (got, terminated, info["success"]) == (reward, True, code == 0)


def test_a_reset_may_bring_another_task(env, tasks, written):
    env.reset()
    seen, _ = env.reset(options={"task": tasks.make("other")})
    assert seen["instruction"] == "do it"
    env.step("finish")
    assert [e.started.task for e in written()] == ["by-hand", "other"]


def test_a_limit_of_the_policy_truncates(log_path):
    policy = load_policy("offline-shell")
    policy = policy.model_copy(update={"limits": policy.limits.model_copy(update={"steps": 2})})
    with gymnasium.make(
        SHELL, policy=policy, log=log_path, backend=lambda run: FakeBackend()
    ) as env:
        env.reset()
        assert env.step("ls")[2:4] == (False, False)
        *_, terminated, truncated, info = env.step("ls")
    assert (terminated, truncated, info["cause"]) == (False, True, "steps")


def test_a_fault_is_told_apart_and_is_on_record(log_path, written):
    def die(command, files):
        raise GuestGone("its container ended")

    with gymnasium.make(SHELL, log=log_path, backend=lambda run: FakeBackend(die)) as env:
        env.reset()
        *_, terminated, truncated, info = env.step("ls")
        assert (terminated, truncated) == (False, True)
        assert "its container ended" in info["fault"]
        env.reset()
    assert [e.ended.status for e in written()] == ["faulted", "truncated"]


def test_a_proposal_may_be_any_action_and_carry_a_forecast(env, written):
    env.reset()
    said = Forecast(success_probability=0.5)
    env.step(Proposal(WriteFile(path="/workspace/a.txt", data=b"x"), said))
    assert written()[0].steps[0].forecast == said


def test_one_seed_draws_one_episode(env, written):
    for seed in (7, 7, 8):
        env.reset(seed=seed)
        env.step("finish")
    first, second, third = (e.started.provenance.seed for e in written())
    assert first == second != third


def test_several_are_stepped_together_over_one_log(log_path, tasks, written):
    folders = [tasks.make("one"), tasks.make("two", instruction="something else")]
    envs = gymnasium.make_vec(
        SHELL, num_envs=4, task=folders, log=log_path, backend=lambda run: FakeBackend(echo)
    )
    seen, _ = envs.reset(seed=3)
    assert seen["instruction"] == ("do it", "something else") * 2
    assert seen in envs.observation_space
    seen, reward, terminated, truncated, info = envs.step(["echo a", "finish", "echo c", "curl"])
    assert seen["stdout"][0] == "echo a\n"
    assert seen["denied"].tolist() == [0, 0, 0, 1]
    assert reward.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert terminated.tolist() == [False, True, False, False]
    assert not truncated.any()
    assert info["success"][1]
    seen, reward, terminated, *_ = envs.step(["echo a", "echo b", "echo c", "echo d"])
    # The second has begun anew, and its action was left out.
    assert seen["stdout"] == ("echo a\n", "", "echo c\n", "echo d\n")
    assert not terminated.any()
    envs.close()
    assert len(written()) == 5
    assert len({e.started.run for e in written()}) == 1


def test_gymnasiums_own_vectors_share_the_log_too(log_path, written):
    envs = gymnasium.make_vec(
        SHELL,
        num_envs=2,
        vectorization_mode="sync",
        log=log_path,
        backend=lambda run: FakeBackend(echo),
    )
    envs.reset()
    seen, *_ = envs.step(("echo a", "echo b"))
    assert seen["stdout"] == ("echo a\n", "echo b\n")
    envs.close()
    assert len(written()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("order", ["longleash, gymnasium", "gymnasium, longleash"])
def test_whichever_is_imported_first_the_environment_is_there(order):
    code = f"import {order}; assert {SHELL!r} in gymnasium.registry"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_longleash_alone_brings_no_gymnasium():
    code = "import longleash, sys; assert 'gymnasium' not in sys.modules, 'it did'"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.docker
def test_shells_in_containers_do_not_see_each_other(log_path, shell_image, written):
    envs = gymnasium.make_vec(SHELL, num_envs=3, log=log_path)
    envs.reset()
    envs.step([f"echo {name} > mine.txt" for name in "abc"])
    seen, *_ = envs.step(["cat *"] * 3)
    assert seen["stdout"] == ("a\n", "b\n", "c\n")
    assert np.all(seen["exit_code"] == 0)
    envs.close()
    assert {e.started.provenance.isolation.backend for e in written()} == {"docker"}
