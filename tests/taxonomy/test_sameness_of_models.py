"""Whether two sets of answers come from one model."""

from __future__ import annotations

import random

import pytest

from taxonomy.sameness_of_models import same


def answers(
    seed: int, weights: list[float], questions: int = 16, draws: int = 10
) -> list[list[str]]:
    luck = random.Random(seed)
    names = [f"answer {at}" for at in range(len(weights))]
    return [luck.choices(names, weights, k=draws) for _ in range(questions)]


ONE = [8, 4, 2, 1, 1]
OTHER = [2, 4, 8, 1, 1]


def test_answers_of_another_model_are_told_from_those_of_the_same():
    assert same(answers(1, ONE), answers(2, OTHER)) <= 0.001
    assert same(answers(1, ONE), answers(2, ONE)) > 0.01


@pytest.mark.parametrize(("one", "other"), [([1, 0], [3, 1]), ([3, 1], [1, 0])])
def test_one_that_has_become_surer_or_less_sure_is_told_apart(one, other):
    assert same(answers(1, one), answers(2, other)) <= 0.001


def test_the_same_answers_give_the_same_p():
    first, second = answers(1, ONE), answers(2, ONE)
    assert same(first, second) == same(first, second)


def test_questions_that_cannot_tell_count_for_nothing():
    certain = [["391"] * 10]
    assert same(certain, certain) == 1.0
    assert same([[], []], [["a"], ["b"]]) == 1.0
    both = same(answers(1, ONE) + certain, answers(2, OTHER) + certain)
    assert both == same(answers(1, ONE), answers(2, OTHER))


def test_one_answer_that_is_always_given_and_another_that_is_are_told_apart():
    assert same([["a"] * 10] * 2, [["b"] * 10] * 2) <= 0.001


@pytest.mark.slow
def test_under_no_change_p_is_seldom_small():
    found = [same(answers(2 * at, ONE), answers(2 * at + 1, ONE), 199) for at in range(300)]
    share = sum(p <= 0.05 for p in found) / len(found)
    # Four standard errors of a share of 5 in 100.
    assert share <= 0.1
