"""The critical step that was said against the true one."""

from __future__ import annotations

import numpy as np
import pytest

from taxonomy.evaluation.baselines import critical_of
from taxonomy.evaluation.critical import critical_score, hits


def test_accuracy_and_distance_are_those_counted_by_hand(example, says):
    steps = ["none"] * 6
    truth = [example(steps, critical=one) for one in (2, 3, 5, None)]
    found = critical_score(truth, says(*[steps] * 4, critical=[2, 4, None, 1]))
    assert (found.episodes, found.said) == (3, 2)
    assert found.exact == pytest.approx(1 / 3)
    assert found.near == pytest.approx(2 / 3)
    assert found.distance == pytest.approx(0.5)


def test_an_episode_without_a_known_step_is_neither_hit_nor_miss(example, says):
    truth = [example(["none"], critical=None), example(["none"], critical=0)]
    found = hits(truth, says(["none"], ["none"], critical=[0, None]))
    assert np.isnan(found[0])
    assert found[1] == 0.0


def test_fixed_positions_are_what_they_are_called(example):
    truth = [example(["none"] * 4, critical=at) for at in (1, 1, 3)]
    tune = [example(["none"] * 4, critical=3)]
    found = {one.name: one.critical for one in critical_of(truth, tune)}
    assert found["first step"] == (0, 0, 0)
    assert found["last step"] == (3, 3, 3)
    assert found["best fixed position by their own labels (1)"] == (1, 1, 1)
    assert found["fixed position best on the tune half (3)"] == (3, 3, 3)


def test_answers_without_critical_steps_are_refused(example, says):
    with pytest.raises(ValueError, match="names no critical step"):
        critical_score([example(["none"])], says(["none"]))
