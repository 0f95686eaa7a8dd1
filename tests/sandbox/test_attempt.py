"""How an episode ends, and what is on record of it."""

from __future__ import annotations

import pytest

from episodes.actions import Finish, RunCommand
from episodes.forecasts import ExpectExit, Forecast
from episodes.observations import CommandResult
from policies.loading import load_policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import InjectedFault


def limited(**limits):
    policy = load_policy("offline-shell")
    return policy.model_copy(update={"limits": policy.limits.model_copy(update=limits)})


def ended(fleets):
    return fleets.kept.trajectory().ended


def test_an_episode_is_on_record_from_start_to_check(fleets):
    result = fleets.go(fleets.does("true"))
    assert (result.status, result.done) == ("done", 1)
    assert fleets.kept.kinds() == [
        "episode_started",
        *("proposed", "decided", "intended", "completed") * 2,
        "checked",
        "episode_ended",
    ]
    fleets.kept.verified()


def test_its_start_says_where_its_data_comes_from(fleets):
    fleets.go(fleets.does("true"))
    started = fleets.kept.trajectory().started
    assert (started.run, started.slot, started.attempt) == ("rtest", 0, 0)
    assert (started.task, started.policy) == ("small", "offline-shell")
    assert started.task_digest.startswith("sha256:")
    assert "look" in started.rules_shown
    provenance = started.provenance
    assert provenance.policy_digest == load_policy("offline-shell").digest
    assert provenance.isolation.backend == "fake"
    assert (provenance.seed, provenance.forecast_mode) == (0, "inline")


def test_what_ended_is_tagged_with_the_head_that_the_tags_speak_of(fleets):
    fleets.go(fleets.does("curl x"))
    tagged = fleets.kept.chain("annotations")[0].body
    trajectory = fleets.kept.trajectory()
    assert (tagged.episode, tagged.head) == (trajectory.episode, trajectory.head)
    assert {tag.event for tag in tagged.tags if tag.step == 0} == {"denied"}


@pytest.mark.parametrize(
    ("exit_code", "said", "reward", "success"),
    [
        (0, "", 1.0, True),
        (1, "", 0.0, False),
        (1, "reward: 0.25\n", 0.25, False),
        (0, "two of four\nreward: 0.5\n", 0.5, False),
        (0, "reward: 1\n", 1.0, True),
        (0, "reward: 0.5\nbut not on the last line\n", 1.0, True),
    ],
)
def test_the_reward_is_what_the_check_says(fleets, exit_code, said, reward, success):
    fleets.go(fleets.does("true"), backend=fleets.answering(exit_code, said))
    end = ended(fleets)
    assert (end.status, end.reward, end.success) == ("terminated", reward, success)


@pytest.mark.parametrize(
    ("exit_code", "said", "timed_out", "told"),
    [
        (2, "Traceback: boom\n", False, "its check ended with 2"),
        (None, "", True, "its check ran out of time"),
        (None, "", False, "its check ended with None"),
        (0, "reward: 7\n", False, "a reward is in [0, 1]"),
        (0, "reward: nan\n", False, "a reward is in [0, 1]"),
        (0, "reward: high\n", False, "a reward is in [0, 1]"),
    ],
)
def test_a_check_that_errs_is_the_tasks_fault_and_no_reward(
    fleets, exit_code, said, timed_out, told
):
    backend = fleets.answering(exit_code, said, timed_out=timed_out)
    result = fleets.go(fleets.does("true"), backend=backend, retries=0)
    assert (result.status, result.given_up) == ("faulted", 1)
    end = ended(fleets)
    assert (end.status, end.cause) == ("faulted", "TaskFault")
    assert (end.reward, end.success) == (None, None)
    assert told in end.detail
    assert fleets.kept.kinds()[-2:] == ["faulted", "episode_ended"]


def test_the_answer_is_on_record(fleets):
    fleets.go(fleets.does({"kind": "finish", "answer": "42"}))
    assert ended(fleets).answer == "42"


def test_too_many_steps_truncate_and_the_check_still_runs(fleets):
    fleets.go(lambda view: fleets.shell("true"), policy=limited(steps=3))
    end = ended(fleets)
    assert (end.status, end.cause, end.reward) == ("truncated", "steps", 1.0)
    assert len(fleets.kept.trajectory().steps) == 3


def test_a_tasks_own_limit_on_steps_holds_where_it_is_tighter(fleets):
    task = fleets.tasks.make(limits={"steps": 2})
    fleets.go(lambda view: fleets.shell("true"), task=task)
    assert len(fleets.kept.trajectory().steps) == 2


def test_a_tasks_limit_never_widens_the_policys(fleets):
    task = fleets.tasks.make(limits={"steps": 100})
    fleets.go(lambda view: fleets.shell("true"), task=task, policy=limited(steps=2))
    assert len(fleets.kept.trajectory().steps) == 2


def test_too_many_denials_truncate(fleets):
    fleets.go(lambda view: fleets.shell("curl x"), policy=limited(denials=3))
    end = ended(fleets)
    assert (end.status, end.cause) == ("truncated", "denials")
    assert fleets.kept.episodes()[0].denials == 3


def test_too_long_truncates(fleets):
    task = fleets.tasks.make(limits={"seconds": 0.2})
    fleets.go(lambda view: fleets.shell("true"), task=task, policy=limited(steps=100_000))
    assert (ended(fleets).status, ended(fleets).cause) == ("truncated", "time")


def test_an_agent_is_shown_the_task_the_rules_and_what_it_did(fleets):
    views = []

    def act(view):
        views.append(view)
        return fleets.shell("ls") if view.step == 0 else Finish()

    fleets.go(act, policy=limited(steps=5))
    first, second = views
    assert (first.instruction, first.step, first.steps_left) == ("do it", 0, 5)
    assert "[look] allow" in first.rules
    assert (second.step, second.steps_left) == (1, 4)
    assert second.history[0].action == RunCommand(command="ls")
    assert second.history[0].observation.exit_code == 0


def test_a_completion_is_durable_before_the_agent_sees_it(fleets):
    on_record = []

    def act(view):
        if view.step == 0:
            return fleets.shell("true")
        on_record.append(
            fleets.kept.trajectory().steps[0].observation == view.history[0].observation
        )
        return Finish()

    fleets.go(act)
    assert on_record == [True]


def test_a_denial_is_shown_to_the_agent_with_its_reason(fleets):
    seen = []

    def act(view):
        seen.extend(view.history)
        return fleets.shell("curl x") if view.step == 0 else Finish()

    fleets.go(act)
    assert seen[0].observation.kind == "denied"
    assert seen[0].observation.reason == fleets.kept.trajectory().steps[0].decision.reason


def test_an_agent_that_raises_ends_its_own_episode_and_nobody_elses(fleets):
    def broken(view):
        raise KeyError("no such tool")

    result = fleets.go([broken, fleets.does("true")], retries=0)
    assert (result.done, result.given_up) == (1, 1)
    broke, fine = fleets.kept.episodes()
    assert (broke.status, broke.cause) == ("faulted", "AgentBroke")
    assert (fine.status, fine.success) == ("terminated", True)
    told = fleets.kept.trajectory(0).ended.detail
    assert "raised KeyError at step 0" in told
    assert "no such tool" in told


def leaves(view):
    raise SystemExit(7)


class Stillborn:
    """An agent that cannot be made."""

    def __init__(self):
        raise OSError("no key for the model")

    def propose(self, view):
        """Never called."""


def foretells_nonsense(view):
    return Proposal(Finish(), {"purpose": "nonsense"})


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (leaves, "called sys.exit(7)"),
        (Stillborn, "no key for the model"),
        (foretells_nonsense, "'explore' or 'exploit'"),
    ],
)
def test_an_agent_that_breaks_in_another_way_ends_its_own_episode_too(fleets, agent, told):
    result = fleets.go([agent, fleets.does("true")], retries=0)
    assert (result.done, result.given_up) == (1, 1)
    assert [row.cause for row in fleets.kept.episodes()] == ["AgentBroke", "finished"]
    assert told in fleets.kept.trajectory(0).ended.detail


HALF = chr(0xD800)


@pytest.mark.parametrize(
    "answer", [{"kind": "shell", "command": HALF}, Proposal(RunCommand(command=HALF)), Proposal(7)]
)
def test_an_action_that_no_log_can_hold_is_none_and_the_run_goes_on(fleets, answer):
    fleets.go(lambda view: answer if view.step == 0 else Finish())
    assert fleets.kept.trajectory().steps[0].action.kind == "malformed"
    assert ended(fleets).cause == "finished"


@pytest.mark.parametrize("answer", [None, "ls", {"kind": "fly"}, {"command": "ls"}, 7])
def test_what_is_no_action_is_recorded_denied_and_told(fleets, answer):
    seen = []

    def act(view):
        seen.extend(view.history)
        return answer if view.step == 0 else Finish()

    fleets.go(act)
    step = fleets.kept.trajectory().steps[0]
    assert (step.action.kind, step.decision.verdict) == ("malformed", "deny")
    assert step.action.text == repr(answer)
    assert "this is no action" in seen[0].observation.reason


FORECAST = Forecast(expects=(ExpectExit(code=0, probability=0.9),), success_probability=0.5)
APART = FORECAST.model_copy(update={"mode": "shadow"})


class Foreteller:
    """Says the same whether asked inline or apart."""

    name, model = "foreteller", None

    def __init__(self):
        self.asked = 0

    def propose(self, view):
        said = FORECAST if view.forecast == "inline" else None
        return Proposal(RunCommand(command="true") if view.step == 0 else Finish(), said)

    def forecast(self, view, action):
        return APART


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        ("inline", FORECAST),
        ("shadow", FORECAST.model_copy(update={"mode": "shadow"})),
        ("off", None),
    ],
)
def test_a_forecast_is_kept_as_it_was_asked_for(fleets, mode, kept):
    fleets.go(fleets.does(), forecast=mode, forecaster=Foreteller)
    trajectory = fleets.kept.trajectory()
    assert trajectory.steps[0].forecast == kept
    assert trajectory.started.provenance.forecast_mode == mode


def test_a_forecast_is_on_record_before_the_action_runs(fleets):
    found = []

    def look(command, files):
        found.append(fleets.kept.trajectory().steps[0].forecast)
        return CommandResult(exit_code=0)

    fleets.go(fleets.does(), backend=FakeBackend(look), forecast="shadow", forecaster=Foreteller)
    assert found[0].success_probability == 0.5


def test_an_injected_fault_strikes_once_and_the_slot_is_tried_again(fleets):
    fault = InjectedFault(step=1)
    result = fleets.go(fleets.does("true", "true"), fault=fault)
    assert (result.status, result.done) == ("done", 1)
    first, second = fleets.kept.episodes()
    assert (first.status, first.cause, first.attempt) == ("faulted", "GuestGone", 0)
    assert (second.status, second.attempt) == ("terminated", 1)
    assert fleets.kept.trajectory(0).steps[1].fault.error == "GuestGone"
    fleets.kept.verified()


def test_a_fault_is_recorded_once(fleets):
    fleets.go(fleets.does("true"), fault=InjectedFault(step=0), retries=0)
    assert fleets.kept.kinds().count("faulted") == 1
