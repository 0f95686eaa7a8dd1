"""Which pair to ask for, what votes rank, and whether a judge is consistent."""

from __future__ import annotations

from collections import Counter

import pytest

from episodes.entries import Voted
from viewer.agreement import agreement, by_mode
from viewer.judging import consistency, next_pair, rank

NAMES = ["a", "b", "c", "d"]


def vote(left, right, better, judge="ada"):
    return Voted(left=left, right=right, better=better, judge=judge)


def test_before_any_vote_all_are_alike_and_nothing_is_settled():
    ranking = rank(NAMES, [])
    assert {one.strength for one in ranking.ranked} == {0.0}
    assert not ranking.settled


def test_who_wins_always_comes_first_and_is_settled_in_the_end():
    votes = [vote("a", other, "left") for other in "bcd" for _ in range(12)]
    ranking = rank(NAMES, votes)
    assert ranking.ranked[0].episode == "a"
    assert ranking.settled
    assert ranking.ranked[0].low > ranking.ranked[1].low


def test_ties_alone_settle_nothing():
    ranking = rank(["a", "b"], [vote("a", "b", "tie") for _ in range(20)])
    assert abs(ranking.ranked[0].strength - ranking.ranked[1].strength) < 1e-6
    assert not ranking.settled


def test_votes_on_other_episodes_count_for_nothing():
    assert rank(["a", "b"], [vote("x", "y", "left")]) == rank(["a", "b"], [])


@pytest.mark.slow
def test_simulated_judges_find_the_true_order():
    votes = []
    for _ in range(24):
        left, right = next_pair(NAMES, votes, "ada")
        votes.append(vote(left, right, "left" if left < right else "right"))
    assert [one.episode for one in rank(NAMES, votes).ranked] == NAMES


@pytest.mark.slow
def test_left_and_right_are_balanced_and_some_pairs_come_again():
    votes = []
    for _ in range(32):
        left, right = next_pair(NAMES, votes, "ada")
        votes.append(vote(left, right, "left" if left < right else "right"))
    sides = Counter(one.left < one.right for one in votes)
    assert min(sides.values()) > 32 * 0.3
    alike, again = consistency(votes, "ada")
    assert again >= 4
    assert alike == again


def test_a_judge_who_goes_by_the_side_is_inconsistent():
    votes = [vote("a", "b", "left"), vote("b", "a", "left")]
    assert consistency(votes, "ada") == (0, 1)
    assert consistency(votes, "bob") == (0, 0)


def test_agreement_is_told_over_all_causes_and_for_each():
    pairs = [("slip", "slip")] * 4 + [("slip", "hallucination")] * 2 + [("none", "none")] * 4
    found = agreement(pairs)
    assert 0.6 < found.alpha < 0.8
    assert 0.6 < found.kappa < 0.8
    none, slip, guess = sorted(by_mode(pairs), key=lambda one: -one.both)
    assert {none.mode, slip.mode} == {"none", "slip"}
    by_name = {one.mode: one for one in (none, slip, guess)}
    assert by_name["none"].kappa == 1.0
    assert (by_name["slip"].ours, by_name["slip"].theirs, by_name["slip"].both) == (6, 4, 4)
    assert by_name["hallucination"].kappa == 0.0


def test_where_both_name_one_cause_throughout_there_is_nothing_to_agree_on():
    pairs = [("none", "none")] * 5
    assert agreement(pairs) is None
    assert [one.kappa for one in by_mode(pairs)] == [None]
