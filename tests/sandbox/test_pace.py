"""The gate's waits and budgets: on record, judged again, and an end with a cause."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import pytest

from episodes.actions import Finish, RunCommand
from episodes.forecasts import Forecast
from episodes.observations import CommandResult
from episodes.provenance import StepProvenance
from episodes.reader import LogReader
from policies.pace import Budgets
from policies.policy import Policy
from policies.state import State
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.gate import Gate
from sandbox.ledger import Ledger
from sandbox.oversight.overseers import Oversight
from sandbox.throttle import Buckets

EXPLORING = Forecast(
    purpose="explore",
    question={
        "text": "is it there?",
        "answers": [
            {"text": "yes", "probability": 0.5, "then": "read it"},
            {"text": "no", "probability": 0.5, "then": "make it"},
        ],
    },
)
LS = RunCommand(command="ls")
RM = RunCommand(command="rm a")


class Ticking:
    """A clock on which every wait is over at once; something may happen meanwhile."""

    def __init__(self):
        self.time = 0.0
        self.meanwhile = lambda: None

    def now(self):
        return self.time

    def wait(self, changed, seconds):
        self.time += seconds
        self.meanwhile()


def policy(**fields):
    rules = [
        {"id": "fine", "effect": "allow", "programs": ["ls", "rm"]},
        {"id": "gone", "effect": "deny", "programs": ["dd"]},
    ]
    document = {
        "version": 1,
        "name": "p",
        "tools": ["shell", "files", "finish"],
        "shell": {"rules": rules},
        "files": {"read": ["/workspace"], "write": ["/workspace"]},
    }
    return Policy.model_validate(document | fields)


class Box:
    def __init__(self, given):
        self.ran = []
        self._box = FakeBackend(self._answer).start(BoxSpec("image", given))
        self.cwd = PurePosixPath("/workspace")

    def _answer(self, command, files):
        self.ran.append(command.command)
        return CommandResult(exit_code=0)

    def state(self, paths):
        return State(cwd=self.cwd, resolved={path: self.cwd / path for path in paths})

    def __getattr__(self, name):
        return getattr(self._box, name)


class Paced:
    """A gate on a clock that ticks by itself."""

    def __init__(self, log, **fields):
        self.clock = Ticking()
        self.path, self.log = log.path, log
        given = policy(**fields)
        self.box = Box(given)
        self.gate = Gate(
            policy=given,
            box=self.box,
            log=self.log,
            episode="e",
            oversight=Oversight(buckets=Buckets(self.clock)),
            seed=0,
        )

    def act(self, action=LS, *, seconds=1e6, **said):
        return self.gate.perform(Proposal(action, **said), seconds)

    def kinds(self):
        with LogReader.open(self.path) as reader:
            return [entry.body.kind for entry in reader.entries("episode:e")][1:]

    def step(self, index):
        with LogReader.open(self.path) as reader:
            return reader.trajectory("e").steps[index]


@pytest.fixture
def paced(episode_log):
    return partial(Paced, episode_log)


def test_a_wait_is_on_record_with_its_cause_and_length_and_the_policy_is_asked_again(paced):
    gate = paced(rates=[{"tools": ["shell"], "per_second": 0.5, "id": "slow"}])
    gate.act()
    assert gate.kinds() == ["proposed", "decided", "intended", "completed"]
    step = gate.act()
    assert gate.kinds()[4:] == [
        *("proposed", "decided", "waited", "decided", "intended", "completed")
    ]
    assert [(d.cause, d.rule_id, round(d.seconds, 6)) for d in step.delays] == [
        ("rate", "slow", 2.0)
    ]
    assert gate.step(1).delays == step.delays


def test_what_waits_is_durable_before_it_waits(paced):
    gate = paced(lag=[{"kinds": ["shell"], "seconds": 1}])
    seen = []
    gate.clock.meanwhile = lambda: seen.append(gate.kinds())
    gate.act()
    assert seen == [["proposed", "decided"]]


def test_what_the_policy_denies_after_the_wait_does_not_run(paced):
    gate = paced(lag=[{"kinds": ["shell"], "seconds": 1}])

    def moves():
        gate.box.cwd = PurePosixPath("/etc")

    gate.clock.meanwhile = moves
    step = gate.act(RunCommand(command="ls > out"))
    assert gate.box.ran == []
    assert (step.decision.verdict, step.observation.kind) == ("deny", "denied")


def test_what_is_denied_waits_for_no_lag_and_takes_no_token(paced):
    gate = paced(
        lag=[{"kinds": ["shell"], "seconds": 100}],
        rates=[{"tools": ["shell"], "per_second": 0.001}],
    )
    assert gate.act(RunCommand(command="dd")).delays == ()
    assert gate.act().observation.kind == "command"


def test_denials_are_held_back_by_their_own_rate_and_told_after_it(paced):
    gate = paced(rates=[{"denials": True, "per_second": 0.1, "id": "in-vain"}])
    dd = RunCommand(command="dd")
    assert gate.act(dd).delays == ()
    step = gate.act(dd)
    assert [delay.rule_id for delay in step.delays] == ["in-vain"]
    assert step.observation.rule_id == "gone"
    assert gate.kinds()[3:] == ["proposed", "decided", "waited", "completed"]
    assert gate.act().delays == ()


def test_a_wait_that_cannot_end_in_time_is_a_denial_by_its_rule(paced):
    gate = paced(rates=[{"tools": ["shell"], "per_second": 0.001, "id": "slow"}])
    gate.act()
    step = gate.act(seconds=5)
    assert (step.observation.kind, step.observation.rule_id) == ("denied", "slow")
    assert gate.box.ran == ["ls"]


# Budgets.


def test_a_budget_of_actions_ends_with_the_last_that_ran_and_denials_are_free(paced):
    gate = paced(budgets={"actions": 2})
    gate.act(RunCommand(command="dd"))
    gate.act()
    assert gate.gate.out_of is None
    gate.act()
    assert gate.gate.out_of == "budgets.actions"


def test_a_budget_of_nothing_is_spent_at_once(paced):
    assert paced(budgets={"actions": 0}).gate.out_of == "budgets.actions"


def test_what_cannot_be_undone_is_counted_and_one_too_many_is_denied_and_the_end(paced):
    gate = paced(budgets={"irreversible": 1})
    gate.act(RM)
    gate.act(LS)
    assert gate.gate.out_of is None
    step = gate.act(RunCommand(command="rm b"))
    assert gate.box.ran == ["rm a", "ls"]
    assert (step.observation.kind, step.observation.rule_id) == ("denied", "budgets.irreversible")
    assert gate.gate.out_of == "budgets.irreversible"


def test_exploring_what_cannot_be_undone_has_a_budget_of_its_own(paced):
    gate = paced(budgets={"irreversible_explorations": 0})
    gate.act(RM, forecast=Forecast(purpose="exploit"))
    gate.act(RM)
    gate.act(LS, forecast=EXPLORING)
    assert gate.gate.out_of is None
    gate.act(RM, forecast=EXPLORING)
    assert gate.gate.out_of == "budgets.irreversible_explorations"
    assert gate.box.ran == ["rm a", "rm a", "ls"]


@pytest.mark.parametrize(
    ("budgets", "said", "name"),
    [
        ({"money": 1.0}, StepProvenance(cost=0.6), "money"),
        ({"tokens": 100}, StepProvenance(input_tokens=50, output_tokens=10), "tokens"),
    ],
)
def test_what_models_cost_is_counted_and_an_action_that_overran_it_does_not_run(
    paced, budgets, said, name
):
    gate = paced(budgets=budgets)
    gate.act(provenance=said)
    assert gate.gate.out_of is None
    step = gate.act(provenance=said)
    assert step.observation.rule_id == f"budgets.{name}"
    assert (gate.gate.out_of, gate.box.ran) == (f"budgets.{name}", ["ls"])


def test_a_budget_of_seconds_counts_waits_and_bounds_them(paced):
    gate = paced(budgets={"seconds": 3}, lag=[{"kinds": ["shell"], "seconds": 2}])
    gate.act()
    assert gate.gate.out_of is None
    assert gate.act().observation.rule_id == "lag[0]"
    gate.clock.time += 1
    assert gate.gate.out_of == "budgets.seconds"


def test_bytes_of_requests_are_counted_each_way():
    ledger = Ledger(Budgets(bytes_out=100, bytes_in=1000), Ticking())
    assert ledger.moved(bytes_out=99, bytes_in=999) is None
    assert ledger.empty is None
    assert ledger.moved(bytes_out=0, bytes_in=1) == "budgets.bytes_in"
    assert ledger.empty == "budgets.bytes_in"


def test_without_budgets_nothing_runs_out(paced):
    gate = paced()
    for _ in range(20):
        gate.act(RM, provenance=StepProvenance(cost=1e6))
    assert gate.gate.out_of is None


def test_an_episode_whose_budget_runs_out_is_truncated_with_the_cause(fleets):
    fleets.go(lambda view: fleets.shell("ls"), policy=policy(budgets={"actions": 3}))
    trajectory = fleets.kept.trajectory()
    assert len(trajectory.steps) == 3
    assert (trajectory.ended.status, trajectory.ended.cause) == ("truncated", "budgets.actions")
    assert trajectory.check is not None


def test_an_episode_that_asks_for_one_too_many_is_truncated_after_the_denial(fleets):
    fleets.go(fleets.does("rm a", "rm b", "ls"), policy=policy(budgets={"irreversible": 1}))
    trajectory = fleets.kept.trajectory()
    assert [step.observation.kind for step in trajectory.steps] == ["command", "denied"]
    assert trajectory.ended.cause == "budgets.irreversible"


def test_an_episode_that_finishes_in_its_budget_is_not_cut_short(fleets):
    fleets.go(fleets.does("ls", Finish()), policy=policy(budgets={"actions": 2}))
    assert fleets.kept.trajectory().ended.cause == "finished"


def test_episodes_that_share_a_bucket_all_get_on(fleets):
    rate = {"tools": ["shell"], "per_second": 200.0, "share": "run"}
    fleets.go(fleets.does(*["ls"] * 5), slots=4, parallel=4, policy=policy(rates=[rate]))
    rows = fleets.kept.episodes()
    assert [row.cause for row in rows] == ["finished"] * 4
    waits = [len(step.delays) for at in range(4) for step in fleets.kept.trajectory(at).steps]
    assert sum(waits) > 0
