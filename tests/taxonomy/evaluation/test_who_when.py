"""Who&When: halves, evidence, looks at the half that no rule may be made with, and the page."""

from __future__ import annotations

import json

import pytest

from episodes.errors import UsageError
from taxonomy.critical import critical_step
from taxonomy.evaluation.kept import kept
from taxonomy.evaluation.looks import (
    WHO_WHEN_LOOKS,
    Shares,
    note_who_when_look,
    who_when_looks,
)
from taxonomy.evaluation.natural import NATURAL
from taxonomy.evaluation.who_when import read_who_when, was_run
from taxonomy.evaluation.who_when_judged import Judgement, consult, digest, read_judged
from taxonomy.evaluation.who_when_page import who_when
from taxonomy.evaluation.who_when_reasons import REASONS, Reason, read_reasons
from taxonomy.evaluation.who_when_score import score_who_when
from taxonomy.refiners.critical_rubric import critical_rubric, critical_rubric_version
from taxonomy.refiners.excerpt import fenced_whole
from taxonomy.tagging import tag_trajectory

HISTORY = [
    {"role": "assistant", "name": "Planner", "content": "Let us count the cats of this street."},
    {"role": "assistant", "name": "Coder", "content": "```python\nprint(3)\n```"},
    {"role": "user", "name": "Computer_terminal", "content": "exitcode: 0\n3"},
    {"role": "assistant", "name": "Planner", "content": "It is 4."},
]


@pytest.fixture
def logs(tmp_path):
    """Writes logs that differ in their label, each fourth of them without a terminal."""
    for at in range(12):
        history = HISTORY if at % 4 else [HISTORY[0], HISTORY[3]]
        label = str(1 + at % 3 if at % 4 else 1)
        log = {"question": f"How many, cat {at}?", "history": history, "mistake_step": label}
        (tmp_path / f"{at}.json").write_text(json.dumps(log))
    return tmp_path


@pytest.fixture
def halves(logs):
    return tuple(read_who_when(logs, half) for half in ("tune", "test"))


@pytest.mark.parametrize(
    ("name", "run"), [("9.json", True), ("1.json", True), ("2.json", False), ("4.json", False)]
)
def test_a_label_on_words_alone_points_at_nothing_that_was_run(logs, name, run):
    (example,) = (one for one in read_who_when(logs) if one.id == name)
    assert was_run(example) == run


def test_the_best_fixed_position_is_there_by_both_labels_and_is_the_bar(halves):
    found = score_who_when(*halves)
    assert found is not None
    for part in found.parts[:3]:
        names = [one.name.split(" (")[0] for one in part.baselines]
        assert "best fixed position by their own labels" in names
        assert "fixed position best on the tune half" in names
        assert 0 <= part.enough.differing <= part.score.episodes


def test_the_tune_half_is_told_apart_by_where_the_evidence_is(halves):
    reasons = [Reason(id=one.id, evidence="shown", note="it fails") for one in halves[0]]
    strange = Reason(id="none.json", evidence="outside", note="")
    found = score_who_when(*halves, [*reasons, strange])
    assert found is not None
    assert [(one.evidence, one.logs) for one in found.evidence] == [("shown", len(halves[0]))]


def test_the_same_version_is_looked_at_once(tmp_path):
    assert who_when_looks(tmp_path) == ()
    note_who_when_look(tmp_path, "1", Shares(0.5, 0.4, 0.3), 0.2)
    note_who_when_look(tmp_path, "1", Shares(0.5, 0.4, 0.3), 0.2)
    seen = note_who_when_look(tmp_path, "2", Shares(0.5, 0.5, 0.3), None)
    assert [one.version for one in seen] == ["1", "2"]
    assert who_when_looks(tmp_path) == seen


def test_looks_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / WHO_WHEN_LOOKS).write_text("{}\n")
    with pytest.raises(UsageError, match=r"who_when_looks\.jsonl"):
        who_when_looks(tmp_path)


def test_reasons_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / REASONS).write_text('{"id": "1.json", "evidence": "somewhere", "note": ""}\n')
    with pytest.raises(UsageError, match=r"who_when_reasons\.jsonl"):
        read_reasons(tmp_path)


def test_each_log_was_judged_once():
    names = [one.id for one in read_reasons(NATURAL)]
    assert len(names) == len(set(names)) == 39


def test_the_page_tells_looks_baselines_and_what_would_be_enough(tmp_path, halves):
    reasons = [Reason(id=one.id, evidence="outside", note="") for one in halves[0]]
    found = score_who_when(*halves, reasons)
    assert found is not None
    looks = note_who_when_look(tmp_path, found.version, Shares(0.6, 0.5, 0.4), 0.3)
    figures = {
        "measured": "now",
        "versions": {},
        "looks": [one.model_dump(mode="json") for one in looks],
        **json.loads(json.dumps(found.to_json())),
    }
    text = "\n".join(who_when(figures))
    assert "looked at once" in text
    assert "What these logs can tell" in text
    assert "| outside |" in text


def test_the_page_in_the_documentation_tells_every_look():
    docs = NATURAL.parents[1] / "docs"
    told = kept(docs / "evaluation.json")["who-when"]["looks"]
    assert [one["version"] for one in told] == [one.version for one in who_when_looks(NATURAL)]


@pytest.fixture
def answered(halves):
    """A judge's answers to every log: its last step; what one in three quotes was never said."""
    return [
        Judgement(
            id=one.id,
            model="somebody",
            question=digest(critical_rubric(), fenced_whole(one.trajectory)),
            answer=json.dumps(
                {
                    "critical": len(one.trajectory.steps) - 1,
                    "probability": 0.9,
                    "quote": "It is 4." if int(one.id[:-5]) % 3 else "nobody said this",
                }
            ),
        )
        for half in halves
        for one in half
    ]


def test_a_judges_kept_answers_go_through_the_judges_own_checks(halves, answered):
    every = [*halves[0], *halves[1]]
    came = consult(every, answered)
    useless = [one.id for one in every if not int(one.id[:-5]) % 3]
    assert came.unused == len(useless)
    for one, alone, refined in zip(every, came.alone.critical, came.refined.critical, strict=True):
        if one.id in useless:
            rules = critical_step(
                one.trajectory,
                [tag for tag in tag_trajectory(one.trajectory) if tag.marks == "with"],
            )
            assert (alone, refined) == (None, rules and rules.step), "the rules' word stays"
        else:
            assert alone == len(one.trajectory.steps) - 1
            assert refined is not None


def test_answers_to_another_question_are_an_error_that_says_which(halves, answered):
    other = [one.model_copy(update={"question": "0" * 64}) for one in answered]
    with pytest.raises(UsageError, match=r"who_when_judged.jsonl: \d+.json: .*another question"):
        consult(halves[0], other)


def test_the_page_has_the_judge_alone_and_weighed_beside_every_baseline(halves, answered):
    found = score_who_when(*halves, (), answered)
    assert found is not None
    assert found.judge is not None
    assert [part.name for part in found.judge.refined] == ["all logs", "tune half", "test half"]
    told = "\n".join(who_when({"measured": "now", "versions": {}, "looks": [], **found.to_json()}))
    assert "somebody was asked" in told
    for name in ("all logs, the judge alone", "test half, weighed"):
        assert f"Beside baselines, {name}" in told


def test_the_answers_that_ship_are_to_the_rubric_that_ships():
    # A rubric that was changed would be another judge: its answers are to be given anew.
    assert critical_rubric_version() == "0a1dfd06"
    kept_answers = read_judged(NATURAL)
    assert len({one.id for one in kept_answers}) == len(kept_answers) == 81
