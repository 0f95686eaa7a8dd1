"""`longleash evaluate` on a small corpus."""

from __future__ import annotations

import json

import pytest

from taxonomy.evaluation.looks import looks


@pytest.fixture
def run(monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *words: command("evaluate", *words)


def test_a_folder_is_measured_and_printed_as_json(run, small):
    done = run("--data", str(small), "--json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)
    assert found["episodes"] == 2
    assert {one["name"] for one in found["baselines"]} >= {"always none", "forecast only"}
    assert found["loose"] == []


def test_the_table_names_each_cause(run, small):
    done = run("--data", str(small))
    assert "policy_violation" in done.stdout
    assert "macro F1" in done.stdout


def test_looking_at_the_test_half_is_written_down(run, small):
    assert looks(small) == ()
    run("--data", str(small), "--half", "test")
    run("--data", str(small), "--half", "test")
    assert len(looks(small)) == 2


def test_looking_at_the_tune_half_is_not(run, small):
    run("--data", str(small), "--half", "tune")
    assert looks(small) == ()


def test_a_half_that_was_changed_is_refused_and_not_looked_at(run, small):
    (small / "labels" / "test.jsonl.gz").write_bytes(
        (small / "data" / "test.jsonl.gz").read_bytes()
    )
    done = run("--data", str(small), "--half", "test")
    assert "may not change" in str(done.exception)
    assert looks(small) == ()


def test_another_half_is_refused(run, small):
    assert "tune and test" in str(run("--half", "third").exception)
