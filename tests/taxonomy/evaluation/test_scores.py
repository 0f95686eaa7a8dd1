"""Figures on small made examples whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from episodes.tags import CAUSES
from taxonomy.evaluation.answers import Answers, Said
from taxonomy.evaluation.scores import (
    CLASSES,
    answered,
    by_group,
    counts,
    gained,
    macro_f1,
    near_misses,
    occurring,
    overlays,
    score,
)
from tests.tries import tries

PRIMARIES = st.sampled_from(CLASSES)
STEPS = st.lists(st.tuples(PRIMARIES, PRIMARIES), min_size=1, max_size=8)
# `make` only builds values; sharing it between examples loses nothing.
SHARED = tries(25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _one(table, name):
    return next(one for one in score(table).each if one.name == name)


def test_precision_and_recall_are_those_that_were_counted_by_hand(example, says):
    truth = [example(["slip", "slip", "slip", "none"])]
    said = says(["slip", "none", "slip", "slip"])
    found = _one(counts(truth, said).sum(axis=0), "slip")
    assert (found.positives, found.precision, found.recall) == (3, 2 / 3, 2 / 3)
    assert found.f1 == pytest.approx(2 / 3)


def test_a_step_of_which_nothing_is_known_counts_in_no_figure(example, says):
    table = counts([example([None, "none"])], says(["slip", "none"])).sum(axis=0)
    assert score(table).steps == 1
    assert score(table).accuracy == 1.0


def test_what_the_labels_allow_as_well_is_right(example, says):
    truth = [example(["hallucination"], also=("none",))]
    assert score(counts(truth, says(["none"])).sum(axis=0)).accuracy == 1.0
    assert score(counts(truth, says(["slip"])).sum(axis=0)).accuracy == 0.0


def test_no_answer_is_a_wrong_one_and_costs_coverage(example, says):
    table = counts([example(["slip", "slip"])], says(["slip", "undetermined"])).sum(axis=0)
    found = score(table)
    assert found.coverage == 0.5
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert found.macro_f1_answered == 1.0


def test_undetermined_is_right_where_it_is_true_and_costs_no_coverage(example, says):
    table = counts([example(["undetermined", "slip"])], says(["undetermined", "slip"]))
    found = score(table.sum(axis=0))
    assert (found.accuracy, found.coverage) == (1.0, 1.0)


def test_a_near_miss_is_right_only_with_its_own_primary(example, says):
    truth = [example(["none", "none"], near_miss_of="slip")]
    found = near_misses(truth, says(["none", "undetermined"]))["slip"]
    assert (found.right, found.of) == (1, 2)


def test_overlays_and_gain_are_counted_where_they_are_known(example):
    truth = [
        example(["none", "none"], overlays=("loop",), gained=True),
        example(["none"], name="f", overlays=None),
    ]
    said = Answers(
        "somebody",
        ((Said("none", overlays=("loop",), gained=False), Said("none")), (Said("none"),)),
        None,
    )
    found = overlays(truth, said)["loop"]
    assert (found.positives, found.precision, found.recall) == (2, 1.0, 0.5)
    assert (gained(truth, said).right, gained(truth, said).of) == (0, 1)


def test_groups_are_told_apart(example, says):
    truth = [example(["slip"], name="a"), example(["slip"], name="b")]
    table = counts(truth, says(["slip"], ["none"]))
    assert by_group(truth, table, lambda one: one.group == "a").accuracy == 1.0
    assert by_group(truth, table, lambda one: one.group == "b").accuracy == 0.0


@SHARED
@given(st.lists(st.lists(PRIMARIES, min_size=1, max_size=6), min_size=1, max_size=5))
def test_perfect_answers_score_one(example, says, primaries):
    table = counts([example(some) for some in primaries], says(*primaries)).sum(axis=0)
    found = score(table)
    assert found.accuracy == 1.0
    assert found.coverage in (1.0, None)
    assert found.macro_f1 in (1.0, None)


@SHARED
@given(st.lists(STEPS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_episodes_changes_no_figure(example, says, pairs, chance):
    def figures(some):
        truth = [example([true for true, _ in steps]) for steps in some]
        table = counts(truth, says(*[[said for _, said in steps] for steps in some]))
        return score(table.sum(axis=0))

    mixed = list(pairs)
    chance.shuffle(mixed)
    assert figures(mixed) == figures(pairs)


@pytest.mark.slow
@SHARED
@given(STEPS)
def test_figures_are_those_of_scikit_learn(example, says, pairs):
    true, said = [one for one, _ in pairs], [one for _, one in pairs]
    found = score(counts([example(true)], says(said)).sum(axis=0))
    for one in found.each:
        args = {"labels": [one.name], "average": "macro", "zero_division": 0.0}
        assert (one.precision or 0.0) == pytest.approx(precision_score(true, said, **args))
        assert (one.recall or 0.0) == pytest.approx(recall_score(true, said, **args))
    there = [cause for cause in CAUSES if cause in true]
    if there:
        expected = f1_score(true, said, labels=there, average="macro", zero_division=0.0)
        assert found.macro_f1 == pytest.approx(expected)


def test_figures_of_many_tables_at_once_are_those_of_each(example, says):
    one = counts([example(["slip", "none"])], says(["slip", "slip"]))
    other = counts([example(["slip", "none"])], says(["none", "none"]))
    among = occurring(one.sum(axis=0))
    both = macro_f1(np.concatenate([one, other]), among)
    assert both == pytest.approx([2 / 3, 0.0])
    assert answered(one).sum() == 2
