"""What the pages ask of a log, without a browser."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from episodes.facts import Facts
from episodes.search import Search
from taxonomy.curve import parts
from viewer import queries as module
from viewer.filter import Filter
from viewer.queries import Queries


@pytest.fixture
def asked(full, asking):
    return asking(full)


def names(asked, **wanted):
    return [row.episode for row in asked.page(Filter(**wanted)).rows]


def test_a_log_without_episodes_is_empty_and_one_with_some_is_not(full, asking):
    assert not asking(full).is_empty()


def test_an_empty_log_has_pages_matrices_and_trends_with_nothing_in_them(made, asking):
    asked = asking(made)
    assert asked.is_empty()
    assert asked.page(Filter()).rows == ()
    assert asked.matrix("agent", Filter()) == []
    assert asked.trend("agent", Filter()) == []
    assert asked.calibration(Filter()) == {}


def test_the_last_begun_comes_first_and_pages_follow_one_another_without_gap_or_repeat(asked):
    whole = names(asked)
    assert whole == sorted(whole, reverse=True)
    found, start = [], None
    while True:
        page = asked.page(Filter(), start, size=4)
        found += [row.episode for row in page.rows]
        if page.next is None:
            break
        start = page.next
    assert found == whole


def test_the_whole_list_is_sorted_and_not_the_page_alone(full, asking):
    full.episode(success=None)
    asked = asking(full)
    rewards = {None: -1.0}
    whole = [row.reward for row in asked.page(Filter(sort="reward")).rows]
    assert whole == sorted(whole, key=lambda one: rewards.get(one, one), reverse=True)
    found, start = [], None
    while True:
        page = asked.page(Filter(sort="reward"), start, size=2)
        found += [row.episode for row in page.rows]
        if page.next is None:
            break
        start = page.next
    assert found == names(asked, sort="reward")
    assert set(found) == set(names(asked))
    assert found != names(asked)
    for before, after in zip(found[1:], found, strict=False):
        assert asked.beside(before, Filter(sort="reward"))[1] == after
    assert names(asked, sort="no such thing") == names(asked)


def test_a_place_in_the_list_that_somebody_typed_is_the_first_page(asked):
    first = asked.page(Filter(), size=2)
    assert asked.page(Filter(), first.next, size=2).rows != first.rows
    for typed in ("x", "1|", "..|a|b", "|||", "-|2026|e0001"):
        assert asked.page(Filter(), typed, size=2).rows == first.rows


def test_each_filter_narrows_to_what_it_names(asked):
    assert names(asked, task="count") == ["e0005", "e0003", "e0001"]
    assert names(asked, agent="scripted:lazy", task="count") == ["e0005", "e0003"]
    assert names(asked, outcome="unsolved") == ["e0003", "e0000"]
    assert names(asked, fingerprint="fp1") == ["e0005", "e0004", "e0003"]
    assert names(asked, mode="hallucination") == names(asked)
    assert names(asked, mode="slip") == []
    assert names(asked, event="denials") == names(asked)
    assert names(asked, status="faulted") == []


def test_a_filter_that_is_sql_finds_nothing_and_breaks_nothing(asked):
    assert names(asked, task="' OR 1=1 --") == []
    assert len(names(asked)) == 6


def test_a_filter_goes_into_an_address_and_comes_back(asked):
    wanted = Filter(task="count", mode="slip", text="a b")
    assert Filter.from_query({**wanted.as_query(), "step": "4"}) == wanted


def test_words_find_the_episodes_whose_text_holds_them_all(full, asking):
    with Facts(full.path) as facts:
        search = Search(facts)
        while search.advance():
            pass
        asked = Queries(facts, search)
        assert names(asked, text="needle") == ["e0004"]
        assert names(asked, text="needle here") == ["e0004"]
        assert names(asked, text="needle absent") == []
        assert names(asked, text='"needle" OR') == []
        assert asked.count(Filter(text="total")) == 5


def test_a_count_stops_at_its_cap(asked, monkeypatch):
    assert asked.count(Filter()) == 6
    monkeypatch.setattr(module, "COUNT_CAP", 3)
    assert asked.count(Filter()) == 4


def test_a_matrix_counts_episodes_by_what_they_show(asked):
    solve, lazy = sorted(asked.matrix("agent", Filter()), key=lambda group: group.name)[::-1]
    assert (solve.name, solve.episodes, solve.solved, solve.steps) == ("scripted:solve", 3, 2, 15)
    assert solve.counts == {
        "denials": 3,
        "failures": 3,
        "faults": 0,
        "unexpected": 0,
        "task_failed": 0,
        "hallucination": 3,
        "policy_violation": 3,
    }
    assert lazy.episodes == 3
    assert [group.name for group in asked.matrix("fingerprint", Filter())] == ["fp0", "fp1"]
    assert [group.name for group in asked.matrix("model", Filter())] == ["small"]


def test_a_timeline_says_what_was_tagged_and_what_took_how_long(asked):
    marks = asked.timeline("e0000")
    assert [mark.event for mark in marks] == ["none", "denied", "none", "error", "none"]
    assert [mark.cause for mark in marks] == ["", "policy_violation", "", "hallucination", ""]
    assert marks[0].seconds == 0.3


def test_a_persons_tag_goes_before_a_machines(full, asking):
    from episodes.entries import Tagged
    from episodes.writer import LogWriter

    with LogWriter.open(full.path) as log:
        tag = full.tag(3, "error", "slip", "action").model_copy(
            update={"tagger": "person:a", "probability": 0.6}
        )
        log.append("annotations", Tagged(episode="e0000", head="sha256:" + "0" * 64, tags=(tag,)))
    assert asking(full).timeline("e0000")[3].cause == "slip"


def test_the_episodes_beside_one_are_those_of_the_filtered_list(asked):
    assert asked.beside("e0002", Filter()) == ("e0001", "e0003")
    assert asked.beside("e0002", Filter(task="clean")) == ("e0000", "e0004")
    assert asked.beside("e0000", Filter()) == (None, "e0001")


def test_what_was_said_of_the_chances_stands_beside_what_came(asked):
    lazy, solve = asked.calibration(Filter()).values()
    assert list(asked.calibration(Filter())) == ["scripted:lazy", "scripted:solve"]
    assert [(one.episodes, one.stated, one.solved) for one in lazy] == [(3, 0.9, 2)]
    assert solve[0].squares == pytest.approx(0.81 + 2 * 0.01)
    assert parts(solve).brier == pytest.approx(solve[0].squares / 3)


def test_episode_that_was_cut_short_is_counted_and_in_no_bin(made, asking):
    made.episode()
    before = asking(made)
    assert (before.censored(Filter()), len(before.calibration(Filter()))) == ({}, 1)
    made.episode(success=False, status="truncated")
    after = asking(made)
    assert after.calibration(Filter()) == before.calibration(Filter())
    assert list(after.censored(Filter()).values()) == [1]


def test_what_comes_later_is_counted_at_the_next_look(made, asking):
    made.episode()
    asked = asking(made)
    [before] = asked.matrix("agent", Filter())
    made.episode(success=False, model="small")
    [after] = asking(made).matrix("agent", Filter())
    assert (before.episodes, after.episodes, after.solved) == (1, 2, 1)
    assert [row.episode for row in asking(made).page(Filter(model="small")).rows] == ["e0001"]


def test_another_log_at_the_same_path_is_not_taken_for_the_first(full, asking):
    assert len(names(asking(full))) == 6
    # As `rm` leaves it: what lies beside the log stays.
    for suffix in ("", "-wal", "-shm"):
        full.path.with_name(full.path.name + suffix).unlink(missing_ok=True)
    other = type(full)(full.path)
    other.run()
    other.episode(task="other")
    assert [row.task for row in asking(other).page(Filter()).rows] == ["other"]


def test_what_lies_beside_the_log_and_is_broken_is_made_anew(full, asking):
    full.path.with_name(full.path.name + ".search").write_bytes(b"no database, but long" * 100)
    assert len(names(asking(full))) == 6


def test_many_may_open_it_at_once_where_it_is_not_there_yet(full):
    def look(_):
        with Facts(full.path) as facts:
            return len(Queries(facts).page(Filter()).rows)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(16))) == [6] * 16


def test_where_nothing_can_be_written_beside_the_log_it_lies_elsewhere(full, asking):
    beside = full.path.with_name(full.path.name + ".search")
    beside.mkdir()
    assert len(names(asking(full))) == 6
    assert list(beside.iterdir()) == []


def test_verdicts_are_counted_by_rule_with_a_place_to_see(asked):
    [policy] = asked.policies()
    rows = asked.verdicts(policy["policy"], policy["digest"])
    assert rows[0] == {
        "rule_id": "default",
        "verdict": "deny",
        "n": 6,
        "episode": "e0000",
        "step": 1,
    }


def test_what_was_found_at_one_state_of_a_log_is_not_told_at_the_next(full, asking):
    before = asking(full)
    assert sum(group.episodes for group in before.matrix("agent", Filter())) == before.count(
        Filter()
    )
    full.episode(task="count")
    after = asking(full)
    assert after.count(Filter()) == before.count(Filter()) + 1
    assert sum(group.episodes for group in after.matrix("agent", Filter())) == after.count(Filter())
    assert after.choices("task").count("count") == 1


def test_another_log_of_as_many_entries_at_the_same_path_is_asked_anew(made, asking):
    made.episode(task="first")
    assert asking(made).choices("task") == ["first"]
    for path in made.path.parent.glob("made.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    made.run()
    made.episode(task="other")
    assert asking(made).choices("task") == ["other"]
