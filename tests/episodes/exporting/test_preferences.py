"""What people chose, as a trainer reads it."""

from __future__ import annotations

import json

import pytest

from episodes.actions import Finish
from episodes.entries import Proposed, Voted
from episodes.exporting.preferences import preferences
from episodes.reader import LogReader
from episodes.writer import LogWriter


@pytest.fixture
def voted(tmp_path, began):
    """Three episodes of one task, whose answers are their names, and votes on them."""
    path = tmp_path / "votes.db"
    with LogWriter.open(path) as log:
        for name in ("a", "b", "c"):
            started = began(agent="x", instruction="Say a letter.")
            log.append(f"episode:{name}", started, Proposed(step=0, action=Finish(answer=name)))
        for left, right, better in (("a", "b", "left"), ("a", "c", "right"), ("b", "c", "tie")):
            log.append("annotations", Voted(left=left, right=right, better=better, judge="ada"))
    with LogReader.open(path) as reader:
        yield reader


def test_each_vote_is_a_line_with_the_better_one_first_and_ties_are_left_out(voted):
    lines = [json.loads(line) for line in preferences(voted, ["a", "b", "c"])]
    assert [(one["chosen_episode"], one["rejected_episode"]) for one in lines] == [
        ("a", "b"),
        ("c", "a"),
    ]
    assert {one["judge"] for one in lines} == {"ada"}


def test_both_sides_go_on_from_one_prompt(voted):
    first = json.loads(next(preferences(voted, ["a", "b", "c"])))
    assert first["prompt"] == [{"role": "user", "content": "Say a letter."}]
    assert '"a"' in json.dumps(first["chosen"]).replace("\\", "")
    assert '"b"' in json.dumps(first["rejected"]).replace("\\", "")


def test_a_vote_on_an_episode_that_is_not_asked_for_is_left_out(voted):
    assert [json.loads(line)["chosen_episode"] for line in preferences(voted, ["a", "c"])] == ["c"]
