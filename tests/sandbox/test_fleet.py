"""Slots, retries, budgets, stopping, and what is left to do after a crash."""

from __future__ import annotations

import threading
import time

import pytest

from episodes.actions import Finish, RunCommand
from episodes.entries import EpisodeEnded, Intended, Proposed
from episodes.errors import EngineUnavailable, GuestGone, LogFull, TaskInvalid
from episodes.observations import CommandResult
from episodes.provenance import StepProvenance
from episodes.writer import LogWriter
from sandbox.agents.agent import Proposal
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.fleet import Budgets
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from sandbox.stop_switch import StopSwitch


class FailingBackend(FakeBackend):
    """Raises in place of so many starts, from the start numbered `after` on."""

    def __init__(self, error, times, after=0):
        super().__init__()
        self.error, self.times, self.after = error, times, after
        self._counting = threading.Lock()
        self.starts = 0

    def start(self, spec):
        with self._counting:
            number = self.starts
            self.starts += 1
        if self.after <= number < self.after + self.times:
            raise self.error
        return super().start(spec)


def causes(fleets):
    return [(row.slot, row.attempt, row.status, row.cause) for row in fleets.kept.episodes()]


def test_every_slot_is_filled_once(fleets):
    result = fleets.go(fleets.does("true"), slots=20, parallel=4)
    assert (result.status, result.done, result.given_up) == ("done", 20, 0)
    rows = fleets.kept.episodes()
    assert sorted(row.slot for row in rows) == list(range(20))
    assert fleets.kept.chain("run:rtest")[-1].body.status == "done"
    fleets.kept.verified()


def test_no_more_run_at_once_than_were_asked_for(fleets):
    lock, running, most = threading.Lock(), [0], [0]

    def act(command, files):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return CommandResult(exit_code=0)

    fleets.go(fleets.does("true"), slots=8, parallel=3, backend=FakeBackend(act))
    assert 1 < most[0] <= 3


def test_every_box_is_closed(fleets):
    backend = FakeBackend()
    fleets.go(fleets.does("true"), slots=7, parallel=3, backend=backend)
    assert backend.open_boxes == set()


def test_a_slot_is_tried_again_after_a_fault_with_both_on_record(fleets):
    backend = FailingBackend(GuestGone("it did not come up"), times=1)
    result = fleets.go(fleets.does("true"), backend=backend)
    assert result.done == 1
    assert causes(fleets) == [(0, 0, "faulted", "GuestGone"), (0, 1, "terminated", "finished")]
    assert fleets.kept.trajectory(0).faults[0].message == "it did not come up"


def test_a_slot_that_faults_every_time_is_given_up_after_its_retries(fleets):
    backend = FailingBackend(GuestGone("never comes up"), times=99)
    result = fleets.go(fleets.does("true"), backend=backend, retries=2)
    assert (result.status, result.done, result.given_up) == ("faulted", 0, 1)
    assert [row.attempt for row in fleets.kept.episodes()] == [0, 1, 2]


def test_with_no_retries_a_fault_is_the_end_of_its_slot_alone(fleets):
    backend = FailingBackend(GuestGone("once"), times=1)
    result = fleets.go(fleets.does("true"), slots=3, backend=backend, retries=0)
    assert (result.done, result.given_up) == (2, 1)


def test_an_engine_that_goes_away_ends_the_run_and_every_episode_says_so(fleets):
    backend = FailingBackend(EngineUnavailable("the engine does not answer"), times=99, after=3)
    with pytest.raises(EngineUnavailable):
        fleets.go(fleets.does("true"), slots=12, parallel=3, backend=backend)
    rows = fleets.kept.episodes()
    assert all(row.status is not None for row in rows)
    assert any(row.cause == "EngineUnavailable" for row in rows)
    # Nobody went on trying: without an engine each try would only be one more fault on record.
    assert len(rows) <= 3 + 3
    fleets.kept.verified()


def test_a_log_that_is_full_ends_the_run_and_loses_nothing(fleets, no_room):
    ran = []

    def act(command, files):
        ran.append(command.command)
        if len(ran) == 5:
            no_room(4096)
        return CommandResult(exit_code=0)

    with pytest.raises(LogFull):
        fleets.go(lambda view: fleets.shell("true"), slots=4, parallel=2, backend=FakeBackend(act))
    no_room(1 << 40)
    fleets.kept.verified()
    # What ran is on record as intended, whether or not its end is.
    intended = sum(
        entry.body.kind == "intended"
        for row in fleets.kept.episodes()
        for entry in fleets.kept.chain(f"episode:{row.episode}")
    )
    assert intended == len(ran)


def test_the_budget_of_actions_ends_the_run(fleets):
    result = fleets.go(
        lambda view: fleets.shell("true"), slots=5, parallel=2, budgets=Budgets(actions=7)
    )
    assert result.status == "budget"
    assert "7 actions" in result.detail
    rows = fleets.kept.episodes()
    # Those that were under way may each have had one more in hand.
    assert 7 <= sum(row.steps for row in rows) <= 8
    assert {(row.status, row.cause) for row in rows} == {("truncated", "budget")}
    assert fleets.kept.chain("run:rtest")[-1].body.status == "budget"


def test_the_budget_of_money_ends_the_run(fleets):
    def act(view):
        return Proposal(RunCommand(command="true"), provenance=StepProvenance(cost=0.3))

    result = fleets.go(act, slots=2, budgets=Budgets(cost=1.0))
    assert result.status == "budget"
    assert "$1.00" in result.detail
    assert sum(row.steps for row in fleets.kept.episodes()) == 4


def test_the_budget_of_tokens_ends_the_run(fleets):
    def act(view):
        spent = StepProvenance(input_tokens=20, output_tokens=5)
        return Proposal(RunCommand(command="true"), provenance=spent)

    result = fleets.go(act, slots=2, budgets=Budgets(tokens=100))
    assert result.status == "budget"
    assert "100 tokens" in result.detail
    assert sum(row.steps for row in fleets.kept.episodes()) == 4


def test_the_budget_of_time_ends_the_run(fleets):
    result = fleets.go(lambda view: fleets.shell("true"), slots=2, budgets=Budgets(seconds=0.3))
    assert result.status == "budget"
    assert "0.3 seconds" in result.detail


def test_a_budget_that_is_just_enough_changes_nothing(fleets):
    result = fleets.go(fleets.does("true"), slots=3, budgets=Budgets(actions=6, cost=1, seconds=60))
    assert (result.status, result.done) == ("done", 3)


def test_a_stop_ends_what_runs_and_starts_nothing_more(fleets):
    stop = StopSwitch()

    def act(view):
        if view.step == 2:
            stop.press("ann: enough")
        return fleets.shell("true")

    result = fleets.go(act, slots=5, stop=stop)
    assert (result.status, result.done, result.detail) == ("stopped", 0, "ann: enough")
    assert causes(fleets) == [(0, 0, "truncated", "stopped")]
    assert fleets.kept.trajectory().ended.detail == "ann: enough"
    # An episode that was stopped has not ended on its own: nothing is said of its success.
    assert fleets.kept.episodes()[0].success is None


def test_an_agent_that_thinks_for_ever_does_not_keep_a_stopped_run(fleets):
    stop, thinking, release = StopSwitch(), threading.Event(), threading.Event()

    def act(view):
        thinking.set()
        release.wait(60)
        return Finish()

    def press():
        thinking.wait(60)
        stop.press("ann")

    presser = threading.Thread(target=press)
    presser.start()
    try:
        result = fleets.go(act, stop=stop)
    finally:
        release.set()
        presser.join()
    assert result.status == "stopped"
    [row] = fleets.kept.episodes()
    assert (row.status, row.cause) == ("truncated", "stopped")
    fleets.kept.verified()


def run(tasks, log_path, *, resume=False, backend=None, episodes=3, **settings):
    plan = None if resume else tasks.plan(tasks.folder / "small", episodes=episodes)
    return run_plan(
        plan,
        log_path,
        lambda name: backend or FakeBackend(),
        RunSettings(resume=resume, **settings),
    )


def test_a_run_that_was_stopped_goes_on_where_it_was(tasks, log_path, kept):
    tasks.make()
    _, stopped = run(tasks, log_path, budgets=Budgets(actions=4))
    assert stopped.status == "budget"
    _, result = run(tasks, log_path, resume=True)
    assert result.status == "done"
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == [0, 1, 2]
    resumed = [entry.body for entry in kept.chain(f"run:{kept.episodes()[0].run}")]
    assert [body.kind for body in resumed] == [
        "run_started",
        "run_ended",
        "run_resumed",
        "run_ended",
    ]
    assert resumed[2].done == stopped.done
    kept.verified()


def test_a_run_that_is_done_has_nothing_left_when_resumed(tasks, log_path, kept):
    tasks.make()
    run(tasks, log_path)
    before = kept.episodes()
    _, result = run(tasks, log_path, resume=True)
    assert (result.status, result.done) == ("done", 0)
    assert kept.episodes() == before


def test_a_run_that_lost_its_engine_finishes_every_slot_when_resumed(tasks, log_path, kept):
    tasks.make()
    gone = FailingBackend(EngineUnavailable("gone"), times=99, after=2)
    with pytest.raises(EngineUnavailable):
        run(tasks, log_path, backend=gone, episodes=6, parallel=2)
    _, result = run(tasks, log_path, resume=True, parallel=2)
    assert result.status == "done"
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == list(range(6))


def test_slots_given_up_are_tried_once_more_when_resumed(tasks, log_path, kept):
    tasks.make()
    _, result = run(
        tasks, log_path, backend=FailingBackend(GuestGone("no"), times=99), episodes=1, retries=1
    )
    assert result.status == "faulted"
    _, result = run(tasks, log_path, resume=True, retries=1)
    assert result.status == "done"
    assert [row.attempt for row in kept.episodes()] == [0, 1, 2]


def test_what_a_crash_left_open_is_closed_named_and_done_again(tasks, log_path, kept, began):
    tasks.make()
    name, _ = run(tasks, log_path, budgets=Budgets(actions=3), episodes=2)
    with LogWriter.open(log_path) as log:
        log.append(
            f"episode:{name}-0001-7",
            began(run=name, slot=1, attempt=7, task="small", agent="scripted:run"),
            Proposed(step=0, action=RunCommand(command="true")),
            Intended(step=0, action=RunCommand(command="true")),
        )
    _, result = run(tasks, log_path, resume=True)
    assert result.status == "done"
    crashed = kept.chain(f"episode:{name}-0001-7")
    assert (crashed[-2].body.step, crashed[-2].body.error) == (0, "Interrupted")
    assert isinstance(crashed[-1].body, EpisodeEnded)
    assert kept.chain(f"run:{name}")[2].body.interrupted == (f"{name}-0001-7",)
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == [0, 1]
    kept.verified()


def test_a_log_with_no_run_cannot_be_resumed(tasks, log_path):
    LogWriter.open(log_path).close()
    with pytest.raises(TaskInvalid, match="no run there to resume; leave --resume out"):
        run(tasks, log_path, resume=True)


def test_another_plan_is_refused_on_resume_and_the_same_is_taken(tasks, log_path, kept):
    small, other = tasks.make(), tasks.make("other")
    run(tasks, log_path)
    before = kept.verified().entries

    def resume(plan):
        return run_plan(plan, log_path, lambda _: FakeBackend(), RunSettings(resume=True))

    with pytest.raises(TaskInvalid, match="had another plan; resume it with the same tasks"):
        resume(tasks.plan(other, episodes=3))
    assert kept.verified().entries == before
    assert resume(tasks.plan(small, episodes=3))[1].status == "done"


def test_a_task_that_does_not_validate_is_found_before_anything_is_on_record(tasks, log_path, kept):
    small, wrong = tasks.make(), tasks.make("wrong", policy="no-such-policy")
    plan = draw_up([small, wrong], agent="scripted:run", policy=None, episodes=1, seed=0)
    with pytest.raises(Exception, match="no-such-policy"):
        run_plan(plan, log_path, lambda _: FakeBackend(), RunSettings())
    assert not log_path.exists()
