"""How large a lead must be to be told from chance."""

from __future__ import annotations

import numpy as np
import pytest

from taxonomy.evaluation.enough import LEVEL, enough
from taxonomy.evaluation.evaluation import mean, of_one
from taxonomy.evaluation.intervals import paired


def test_the_share_that_is_enough_is_the_sign_tests():
    # Of 10 that differ, 9 must go one way: 2 * 11 / 1024 is under 0.05, 2 * 56 / 1024 is not.
    assert enough(40, 16, 10).share == pytest.approx((16 + 9 - 1) / 40)


def test_where_too_few_differ_no_share_is_enough():
    found = enough(40, 16, 5)
    assert (found.share, found.true_share) == (None, None)


def test_a_true_lead_that_is_mostly_found_is_larger_than_one_that_is_just_seen():
    found = enough(81, 26, 24)
    assert found.share is not None
    assert found.true_share is not None
    assert found.true_share > found.share


def test_the_paired_test_that_is_used_agrees():
    mine, theirs = np.zeros(40), np.zeros(40)
    mine[:9], theirs[9] = 1.0, 1.0
    p = paired(of_one(mine), of_one(theirs), mean).p
    assert p is not None
    assert p < LEVEL
    mine[8], theirs[8] = 0.0, 1.0
    p = paired(of_one(mine), of_one(theirs), mean).p
    assert p is not None
    assert p > LEVEL
