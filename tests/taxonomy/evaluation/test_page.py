"""The page holds what was measured, and says what does not hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from episodes.errors import UsageError
from taxonomy.evaluation.corpus import CORPUS
from taxonomy.evaluation.evaluation import evaluate
from taxonomy.evaluation.kept import keep, kept
from taxonomy.evaluation.looks import looks
from taxonomy.evaluation.page import page
from taxonomy.evaluation.publish import publish


@pytest.fixture
def figures(small_corpus):
    found = evaluate("tune half", small_corpus, small_corpus)
    return json.loads(json.dumps(found.to_json() | {"digests": {"data/tune.jsonl": "ab" * 32}}))


def test_parts_that_are_not_measured_anew_stay_as_they_were(tmp_path):
    path = tmp_path / "evaluation.json"
    keep(path, "mirage", {"tagger": "rules 1"})
    keep(path, "who-when", {"tagger": "rules 2"})
    assert {name: one["tagger"] for name, one in kept(path).items()} == {
        "mirage": "rules 1",
        "who-when": "rules 2",
    }


def test_a_damaged_file_of_figures_is_named(tmp_path):
    path = tmp_path / "evaluation.json"
    path.write_text("{")
    with pytest.raises(UsageError, match=r"evaluation\.json"):
        kept(path)


@pytest.mark.slow
def test_page_picture_and_figures_lie_beside_one_another(tmp_path, figures):
    publish(tmp_path / "e.md", "corpus", figures)
    text = (tmp_path / "e.md").read_text()
    assert "](e.svg)" in text
    assert (tmp_path / "e.svg").read_text().startswith("<?xml")
    assert text == page(kept(tmp_path / "e.json"), "e.svg")


@pytest.mark.slow
def test_the_same_figures_make_the_same_picture(tmp_path, figures):
    publish(tmp_path / "a.md", "corpus", figures)
    publish(tmp_path / "b.md", "corpus", figures)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_what_does_not_hold_is_said(tmp_path, figures):
    every = keep(tmp_path / "e.json", "corpus", figures | {"loose": [{"episode": "a"}]})
    (row,) = (line for line in page(every, None).splitlines() if "points nowhere" in line)
    assert "**does not hold**" in row


def test_looks_at_the_test_half_are_counted_on_the_page(tmp_path, figures):
    every = keep(tmp_path / "e.json", "corpus", figures | {"looks": 1})
    assert "looked at once" in page(every, None)


def test_the_page_in_the_documentation_is_what_its_figures_make():
    docs = Path(__file__).resolve().parents[3] / "docs"
    assert (docs / "evaluation.md").read_text() == page(
        kept(docs / "evaluation.json"), "evaluation.svg"
    )


def test_the_page_tells_as_many_looks_as_are_written_down():
    docs = Path(__file__).resolve().parents[3] / "docs"
    assert kept(docs / "evaluation.json")["corpus"]["looks"] == len(looks(CORPUS))
