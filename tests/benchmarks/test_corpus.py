"""The labelled corpus: what is stored is what was frozen, and can be made again from its seed."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from benchmarks.corpus import families
from benchmarks.corpus.build import SEED, part
from benchmarks.corpus.compose import compose
from benchmarks.corpus.deal import Half, deal
from benchmarks.corpus.loader import EpisodeLabels, Example, digest, load, manifest
from benchmarks.corpus.mechanisms import ALL
from benchmarks.corpus.play import play
from benchmarks.corpus.truth import labels, problems
from episodes.tags import CAUSES

HALVES: tuple[Half, ...] = ("tune", "test")


@cache
def _half(half: Half) -> tuple[tuple[Example, EpisodeLabels], ...]:
    return tuple(load(half))


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("folder", ["data", "labels"])
def test_stored_rows_are_those_of_the_manifest(folder, half):
    assert digest(folder, half) == manifest()["digests"][f"{folder}/{half}.jsonl"]


@pytest.mark.slow
def test_there_are_episodes_and_families_enough():
    names = {row.family for half in HALVES for _, row in _half(half)}
    assert sum(len(_half(half)) for half in HALVES) >= 400
    assert len(names) >= 20


def test_no_family_is_in_both_halves():
    tune, test = ({row.family for _, row in _half(half)} for half in HALVES)
    assert not tune & test


def test_four_families_are_blind_and_all_of_them_in_the_test_half():
    assert len({row.family for _, row in _half("test") if row.blind}) == 4
    assert not any(row.blind for _, row in _half("tune"))


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_sixty_positives_in_the_test_half(cause):
    assert sum(s.primary == cause for _, row in _half("test") for s in row.steps) >= 60


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_near_misses_in_both_halves(cause):
    for half in HALVES:
        assert sum(s.near_miss_of == cause for _, row in _half(half) for s in row.steps) >= 10


@pytest.mark.parametrize("cause", CAUSES)
def test_a_mechanism_of_each_cause_occurs_in_the_test_half_only(cause):
    used = {
        half: {s.mechanism for _, row in _half(half) for s in row.steps if s.primary == cause}
        for half in HALVES
    }
    assert used["test"] - used["tune"]


def test_held_out_mechanisms_are_never_in_the_tune_half():
    held = {m.name for m in ALL if m.held}
    assert held
    assert not held & {name for _, row in _half("tune") for name in row.mechanisms}


@pytest.mark.parametrize("half", HALVES)
def test_a_fifth_of_the_forecasts_is_false_and_a_fifth_is_absent(half):
    kinds = Counter(row.forecasts for _, row in _half(half))
    total = sum(kinds.values())
    assert 0.16 < kinds["false"] / total < 0.25
    assert 0.16 < kinds["absent"] / total < 0.25


@pytest.mark.parametrize("half", HALVES)
def test_nothing_that_a_tagger_reads_names_a_cause_or_a_mechanism(half):
    # Some mechanisms are named with a word that commands hold too.
    names = {"hallucination", "wrong_", "policy_violation", "environment_fault", "near_miss"}
    names |= {m.name for m in ALL if "-" in m.name}
    for example, _ in _half(half):
        read = example.model_dump_json()
        assert not [name for name in names if name in read], example.id
        assert not any(step.tags for step in example.trajectory.steps)


@pytest.mark.parametrize("half", HALVES)
def test_each_step_has_its_label_in_its_place(half):
    for example, row in _half(half):
        assert [s.index for s in row.steps] == [s.index for s in example.trajectory.steps]
        assert set(example.draws) <= set(range(len(row.steps)))
        assert set(example.continuations) <= set(range(len(row.steps)))


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_the_same_seed_gives_the_plans_that_were_played(half):
    plans = {one.id: one for one in deal(half, SEED)}
    for example, row in _half(half):
        one = plans[example.id]
        assert [a.action for a in one.acts] == [s.action for s in example.trajectory.steps]
        assert row.steps == EpisodeLabels.model_validate(labels(one, example.trajectory)).steps
        assert not problems(one, example.trajectory)


def test_one_seed_gives_one_plan_and_another_seed_another():
    def plan(seed: str) -> list[object]:
        composed = compose("one", families.TUNE[0], "given", (), False, seed)
        assert composed is not None
        return [act.action for act in composed.acts]

    assert plan("a") == plan("a") != plan("b")


def test_families_of_the_code_are_those_of_the_manifest():
    halves = manifest()["halves"]
    assert len(halves["tune"]["families"]) == len(families.TUNE)
    assert len(halves["test"]["families"]) == len(families.TEST) + len(families.BLIND)


@pytest.mark.docker
def test_episodes_played_again_are_what_their_labels_say():
    some = deal("tune", SEED)[:4]
    for one, trajectory in zip(some, play([part(one) for one in some], 2), strict=True):
        assert not problems(one, trajectory)
