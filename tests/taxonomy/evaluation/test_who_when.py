"""Who&When: halves, evidence, looks at the half that no rule may be made with, and the page."""

from __future__ import annotations

import json

import pytest

from episodes.errors import UsageError
from taxonomy.evaluation.kept import kept
from taxonomy.evaluation.looks import (
    WHO_WHEN_LOOKS,
    Shares,
    note_who_when_look,
    who_when_looks,
)
from taxonomy.evaluation.natural import NATURAL
from taxonomy.evaluation.who_when import read_who_when, was_run
from taxonomy.evaluation.who_when_page import who_when
from taxonomy.evaluation.who_when_reasons import REASONS, Reason, read_reasons
from taxonomy.evaluation.who_when_score import score_who_when

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
        log = {"question": "How many?", "history": history, "mistake_step": label}
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
