"""Buckets, lag and turns: what waits, for how long, and who goes first."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.actions import (
    Click,
    Finish,
    Goto,
    Press,
    ReadFile,
    RunCommand,
    Scroll,
    StartProcess,
)
from policies.engine import reading_of
from policies.policy import Policy
from sandbox.bucket import Bucket
from sandbox.clock import MonotonicClock
from sandbox.stop_switch import StopSwitch
from sandbox.throttle import Buckets, Throttle
from tests.tries import tries

LS = RunCommand(command="ls")


class Ticking:
    """A clock on which every wait is over at once, and time has passed."""

    def __init__(self):
        self.time = 1000.0
        self.waits = []

    def now(self):
        return self.time

    def wait(self, changed, seconds):
        self.waits.append(seconds)
        self.time += seconds


class ByHand:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.time = 0.0
        self._sleeping = set()

    def now(self):
        return self.time

    def wait(self, changed, seconds):
        self._sleeping.add(changed)
        changed.wait()

    def move(self, seconds):
        self.time += seconds
        for changed in list(self._sleeping):
            with changed:
                changed.notify_all()


def until(holds):
    while not holds():
        time.sleep(0.001)


def policy(**fields):
    document = {"version": 1, "name": "p", "tools": ["shell", "files", "processes", "finish"]}
    return Policy.model_validate(document | fields)


class Held:
    """One episode's throttle on a clock that ticks by itself."""

    def __init__(self, given, clock=None, seed=0, buckets=None, episode="e", stop=None):
        self.clock = clock or Ticking()
        self.stop = stop or StopSwitch()
        self.waiting = 0
        self.throttle = Throttle(given, episode, buckets or Buckets(self.clock), self.stop, seed)

    def _waits(self):
        self.waiting += 1

    def act(self, action=LS, seconds=1e6):
        def programs():
            reading = reading_of(action)
            return [program.name for program in reading.programs] if reading else []

        return self.throttle.hold_action(action, programs, seconds, self._waits)

    def deny(self, seconds=1e6):
        return self.throttle.hold_denial(seconds, self._waits)


def seconds(held):
    return [round(delay.seconds, 6) for delay in held.delays]


# One bucket.


def test_a_bucket_gives_its_burst_at_once_and_then_keeps_its_pace():
    clock = Ticking()
    bucket = Bucket(2.0, 3, clock)
    waits = [bucket.take("e", 1e6, StopSwitch()) for _ in range(6)]
    assert [round(wait, 6) for wait in waits] == [0, 0, 0, 0.5, 0.5, 0.5]


def test_tokens_come_back_up_to_the_burst_and_no_further():
    clock = Ticking()
    bucket = Bucket(1.0, 2, clock)
    for _ in range(2):
        assert bucket.take_now("e")
    clock.time += 1000
    assert [bucket.take_now("e") for _ in range(3)] == [True, True, False]


@tries()
@given(
    st.floats(0.01, 1000),
    st.integers(1, 20),
    st.lists(st.floats(0, 10), min_size=1, max_size=40),
)
def test_no_more_than_burst_and_rate_is_ever_given(per_second, burst, pauses):
    clock = Ticking()
    bucket = Bucket(per_second, burst, clock)
    began = clock.now()
    for taken, pause in enumerate(pauses, start=1):
        assert bucket.take("e", 1e9, StopSwitch()) is not None
        assert taken <= burst + (clock.now() - began) * per_second + 1e-4
        clock.time += pause


def test_a_clock_that_steps_back_takes_no_token_away():
    clock = Ticking()
    bucket = Bucket(1.0, 1, clock)
    assert bucket.take_now("e")
    clock.time += 0.5
    assert not bucket.take_now("e")
    clock.time -= 3600
    assert round(bucket.take("e", 1e6, StopSwitch()), 6) == 0.5


def test_the_clock_of_waits_is_not_the_one_that_people_set(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    clock = MonotonicClock()
    bucket = Bucket(1000.0, 1, clock)
    assert bucket.take_now("e")
    before = clock.now()
    assert bucket.take("e", 10, StopSwitch()) is not None
    assert clock.now() >= before


def test_a_token_that_cannot_come_in_time_is_not_waited_for():
    clock = Ticking()
    bucket = Bucket(0.1, 1, clock)
    assert bucket.take_now("e")
    assert bucket.take("e", 5, StopSwitch()) is None
    assert clock.waits == []
    assert bucket.waiting == 0


class Waiters:
    """Threads that wait for a bucket's tokens."""

    def __init__(self, bucket, stop=None):
        self.bucket, self.stop = bucket, stop or StopSwitch()
        self.served = []
        self.threads = []

    def wait(self, who):
        def take():
            if self.bucket.take(who, 1e9, self.stop) is not None:
                self.served.append(who)

        before = self.bucket.waiting
        thread = threading.Thread(target=take)
        thread.start()
        self.threads.append(thread)
        until(lambda: self.bucket.waiting == before + 1)

    def join(self):
        for thread in self.threads:
            thread.join()


def test_turns_go_round_so_that_one_who_asks_often_keeps_nobody_waiting():
    clock = ByHand()
    bucket = Bucket(1.0, 1, clock)
    assert bucket.take_now("greedy")
    waiters = Waiters(bucket)
    for who in ("greedy", "greedy", "greedy", "modest", "late", "greedy"):
        waiters.wait(who)
    for served in range(1, 7):
        clock.move(1.0)
        until(lambda: len(waiters.served) == served)  # noqa: B023 - it is called here.
    waiters.join()
    # By the second token everyone has had one, whoever came first.
    assert set(waiters.served[:3]) == {"greedy", "modest", "late"}
    assert waiters.served[3:] == ["greedy"] * 3


def test_who_comes_late_is_owed_nothing_for_the_time_before():
    clock = Ticking()
    bucket = Bucket(1.0, 1, clock)
    for _ in range(50):
        bucket.take("early", 1e6, StopSwitch())
    by_hand = ByHand()
    bucket._clock = by_hand
    by_hand.time = clock.time
    waiters = Waiters(bucket)
    for who in ("early", "late", "early", "late"):
        waiters.wait(who)
    for served in range(1, 5):
        by_hand.move(1.0)
        until(lambda: len(waiters.served) == served)  # noqa: B023 - it is called here.
    waiters.join()
    assert sorted(waiters.served[:2]) == ["early", "late"]


def test_a_stop_ends_every_wait_and_leaves_the_bucket_whole():
    clock = ByHand()
    bucket = Bucket(1.0, 1, clock)
    assert bucket.take_now("e")
    waiters = Waiters(bucket)
    for who in ("a", "b", "c"):
        waiters.wait(who)
    waiters.stop.press("ann")
    waiters.join()
    assert (waiters.served, bucket.waiting) == ([], 0)
    clock.move(1.0)
    assert bucket.take_now("d")


# A policy's rates.


def test_without_rates_nothing_waits():
    held = Held(policy())
    assert held.act().delays == ()
    assert held.waiting == 0


def test_a_rate_for_a_tool_holds_back_its_actions_and_no_others():
    held = Held(policy(rates=[{"tools": ["shell"], "per_second": 1.0, "id": "slow"}]))
    assert seconds(held.act()) == []
    [delay] = held.act().delays
    assert (delay.cause, round(delay.seconds, 6), delay.rule_id) == ("rate", 1.0, "slow")
    assert seconds(held.act(ReadFile(path="/workspace/a"))) == []
    assert seconds(held.act(Finish())) == []


@pytest.mark.parametrize(
    ("command", "waits"),
    [("git log", True), ("ls && git log", True), ("ls", False), ("echo git", False)],
)
def test_a_rate_for_a_program_holds_back_the_commands_that_start_it(command, waits):
    held = Held(policy(rates=[{"programs": ["git"], "per_second": 1.0}]))
    held.act(RunCommand(command="git status"))
    assert bool(held.act(RunCommand(command=command)).delays) == waits


def test_a_rate_for_a_program_holds_back_started_processes_too():
    held = Held(policy(rates=[{"programs": ["git"], "per_second": 1.0}]))
    held.act(RunCommand(command="git status"))
    assert held.act(StartProcess(name="g", command="git daemon")).delays


def test_a_rate_without_a_name_is_called_by_its_place():
    held = Held(policy(rates=[{"tools": ["shell"], "per_second": 1.0}]))
    held.act()
    assert held.act().delays[0].rule_id == "rates[0]"


def test_several_rates_are_all_waited_for():
    rates = [
        {"tools": ["shell"], "per_second": 1.0},
        {"programs": ["git"], "per_second": 0.25},
    ]
    held = Held(policy(rates=rates))
    git = RunCommand(command="git log")
    held.act(git)
    assert seconds(held.act(git)) == [1.0, 3.0]


def test_requests_wait_by_host_and_the_browsers_actions_do_not():
    given = policy(
        tools=["browser"], rates=[{"hosts": ["*.example.com"], "per_second": 1.0, "id": "polite"}]
    )
    held = Held(given)
    held.throttle.hold_request("a.example.com", 1e6)
    assert [d.rule_id for d in held.throttle.hold_request("b.example.com", 1e6).delays] == [
        "polite"
    ]
    assert held.throttle.hold_request("example.org", 1e6).delays == ()
    assert held.act(Goto(url="https://a.example.com")).delays == ()


def test_denials_have_a_pace_of_their_own():
    held = Held(policy(rates=[{"denials": True, "per_second": 0.5, "id": "in-vain"}]))
    assert held.act().delays == ()
    assert held.deny().delays == ()
    assert held.act().delays == ()
    assert [(d.rule_id, round(d.seconds, 6)) for d in held.deny().delays] == [("in-vain", 2.0)]


@pytest.mark.parametrize(("share", "waits"), [("run", True), ("episode", False)])
def test_a_bucket_is_the_runs_or_the_episodes_own(share, waits):
    given = policy(rates=[{"tools": ["shell"], "per_second": 1.0, "share": share}])
    clock = Ticking()
    buckets = Buckets(clock)
    Held(given, clock, buckets=buckets, episode="a").act()
    assert bool(Held(given, clock, buckets=buckets, episode="b").act().delays) == waits


def test_two_policies_with_the_same_rate_share_its_bucket():
    rate = {"tools": ["shell"], "per_second": 1.0, "share": "run"}
    clock = Ticking()
    buckets = Buckets(clock)
    Held(policy(rates=[rate]), clock, buckets=buckets).act()
    other = policy(name="other", rates=[rate | {"per_second": 2.0}])
    assert not Held(other, clock, buckets=buckets).act().delays
    assert Held(policy(name="third", rates=[rate]), clock, buckets=buckets).act().delays


def test_a_wait_that_cannot_end_in_time_refuses_by_the_rates_name():
    held = Held(policy(rates=[{"tools": ["shell"], "per_second": 0.01, "id": "slow"}]))
    held.act()
    assert held.act(seconds=5).refused_by == "slow"


def test_a_caller_is_told_before_the_first_wait_and_only_then():
    held = Held(policy(rates=[{"tools": ["shell"], "per_second": 1.0}]))
    held.act()
    assert held.waiting == 0
    held.act()
    assert held.waiting == 1


def test_keys_and_gestures_have_a_pace_each_stroke_by_itself():
    held = Held(policy(tools=["browser"], keys={"per_second": 2.0}))
    assert held.act(Press(keys="Enter")).delays == ()
    assert held.act(Goto(url="https://example.com")).delays == ()
    [delay] = held.act(Scroll(dy=10)).delays
    assert (delay.cause, round(delay.seconds, 6), delay.rule_id) == (
        "rate",
        0.5,
        "keys.per_second",
    )
    assert seconds(held.act(Click(target={"ref": "e1"}, count=3))) == [0.5, 0.5, 0.5]


# Lag.


def test_lag_comes_before_actions_of_its_kinds():
    held = Held(policy(lag=[{"kinds": ["shell"], "seconds": 0.5, "id": "unhurried"}]))
    [delay] = held.act().delays
    assert (delay.cause, round(delay.seconds, 6), delay.rule_id) == ("lag", 0.5, "unhurried")
    assert held.act(ReadFile(path="a")).delays == ()


def test_of_several_lags_the_longest_counts():
    lags = [{"kinds": ["shell"], "seconds": 0.5}, {"kinds": ["shell"], "seconds": 2.0}]
    assert seconds(Held(policy(lag=lags)).act()) == [2.0]


def test_a_lag_that_is_drawn_lies_in_its_bounds_and_comes_again_with_its_seed():
    given = policy(lag=[{"kinds": ["shell"], "seconds": 0.5, "to_seconds": 1.5}])

    def drawn(seed):
        held = Held(given, seed=seed)
        return [seconds(held.act())[0] for _ in range(20)]

    assert all(0.5 <= one <= 1.5 for one in drawn(1))
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_lag_that_is_longer_than_the_time_left_is_not_begun():
    held = Held(policy(lag=[{"kinds": ["shell"], "seconds": 60}]))
    assert held.act(seconds=5).refused_by == "lag[0]"
    assert held.clock.waits == []


def test_a_stop_ends_a_lag():
    stop = StopSwitch()
    stop.press("ann")
    held = Held(policy(lag=[{"kinds": ["shell"], "seconds": 3600}]), clock=ByHand(), stop=stop)
    assert seconds(held.act()) == [0.0]
