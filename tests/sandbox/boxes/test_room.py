"""How many boxes a machine has room for, and what one may take of its processors."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from policies.loading import load_policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend, FakeBox
from sandbox.boxes.room import room
from sandbox.boxes.share import processor_share
from sandbox.runner import RunSettings, run_plan

GIB = 1 << 30


@pytest.fixture
def spec():
    def make(memory: int = GIB, tools: tuple[str, ...] = ("shell", "finish")) -> BoxSpec:
        policy = load_policy("offline-shell")
        limits = policy.limits.model_copy(update={"memory_bytes": memory})
        return BoxSpec("image", policy.model_copy(update={"limits": limits, "tools": tools}))

    return make


def test_boxes_that_all_take_what_they_may_fit_into_the_memory(spec):
    assert room(10 * GIB, [spec()]) == 9


def test_the_largest_kind_counts(spec):
    assert room(10 * GIB, [spec(), spec(3 * GIB), spec()]) == 3


def test_a_browser_s_container_counts_besides_the_shell_s(spec):
    assert room(10 * GIB, [spec(tools=("shell", "browser", "finish"))]) == 4


def test_there_is_always_room_for_one(spec):
    assert room(GIB, [spec(8 * GIB)]) == 1


def test_a_container_yields_to_other_work_and_takes_no_more_than_its_processors():
    policy = load_policy("offline-shell")
    limits = policy.limits.model_copy(update={"cpus": 3})
    share = processor_share(policy.model_copy(update={"limits": limits}))
    assert share["cpu_shares"] < 1024
    assert share["cpu_quota"] == 3 * share["cpu_period"]


class SmallMachine(FakeBackend):
    """Has room for so many, and counts how many were there at once."""

    def __init__(self, fits: int) -> None:
        super().__init__()
        self.fits, self.at_once = fits, 0

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        return self.fits

    def start(self, spec: BoxSpec) -> FakeBox:
        box = super().start(spec)
        self.at_once = max(self.at_once, len(self.open_boxes))
        return box


@pytest.mark.parametrize(("fits", "says"), [(2, True), (4, False)])
def test_a_run_starts_no_more_at_once_than_have_room_and_says_so(tasks, log_path, fits, says):
    said = io.StringIO()
    machine = SmallMachine(fits)
    plan = tasks.plan(tasks.make(), episodes=6)
    settings = RunSettings(parallel=4)
    _, result = run_plan(plan, log_path, lambda _: machine, settings, Console(file=said))
    assert result.done == 6
    assert ("2 episodes at once and not 4" in said.getvalue()) is says
    # Those of the coming episodes are made ready meanwhile: as many again, at most.
    assert machine.at_once <= 2 * fits
