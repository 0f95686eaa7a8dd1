from __future__ import annotations

import pytest

from sandbox.stop_switch import StopSwitch


class Cancellable:
    def __init__(self):
        self.cancelled = 0

    def cancel(self):
        self.cancelled += 1


@pytest.fixture
def box():
    return Cancellable()


def test_pressing_cancels_what_runs_in_the_boxes_that_are_held(box):
    stop = StopSwitch()
    with stop.holding(box):
        stop.press("ann: enough")
        assert box.cancelled == 1
    assert stop.pressed


def test_a_box_that_is_no_longer_held_is_left_alone(box):
    stop = StopSwitch()
    with stop.holding(box):
        pass
    stop.press("ann")
    assert box.cancelled == 0


def test_a_box_that_comes_after_the_press_is_cancelled_at_once(box):
    stop = StopSwitch()
    stop.press("ann")
    with stop.holding(box):
        assert box.cancelled == 1


def test_the_first_word_is_kept(box):
    stop = StopSwitch()
    with stop.holding(box):
        stop.press("ann: enough")
        stop.press("the run's budget is spent", "budget")
        assert box.cancelled == 1
    assert (stop.why, stop.cause) == ("ann: enough", "stopped")


def test_a_switch_that_nobody_pressed_says_nothing(box):
    stop = StopSwitch()
    assert (stop.pressed, stop.why) == (False, "")
