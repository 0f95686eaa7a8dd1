"""One episode is held against itself as the whole log is: whatever changed in it is named."""

from __future__ import annotations

import pytest

from episodes.chain import entry_hash
from episodes.chaincheck import first_wrong
from episodes.reader import LogReader

EPISODE = "chain = 'episode:aa1'"


@pytest.fixture
def said(filled):
    """What is said of an episode of the log."""

    def ask(episode="aa1"):
        with LogReader.open(filled) as reader:
            return first_wrong(reader, episode)

    return ask


def last(tamper):
    ((found,),) = tamper.connection.execute(f"SELECT max(sequence) FROM entries WHERE {EPISODE}")
    return found


def test_episodes_that_were_left_alone_are_as_they_were_written(said):
    assert [said(episode) for episode in ("aa1", "ab2", "ac3")] == [None, None, None]


@pytest.mark.parametrize(
    ("change", "sequence", "what"),
    [
        ("UPDATE entries SET body = replace(body, 'ls -la', 'rm -rf') WHERE id = 3", 1, "edited"),
        (f"DELETE FROM entries WHERE {EPISODE} AND sequence = 0", 0, "missing"),
        (f"DELETE FROM entries WHERE {EPISODE} AND sequence = 2", 2, "missing"),
        (f"DELETE FROM entries WHERE {EPISODE}", 0, "missing"),
    ],
)
def test_the_first_entry_that_changed_is_named(said, tamper, change, sequence, what):
    tamper.do(change)
    assert said().startswith(f"episode:aa1 entry {sequence} ")
    assert what in said()
    assert said("ab2") is None


def test_a_chain_that_ends_too_early_is_named(said, tamper):
    end = last(tamper)
    tamper.do(f"DELETE FROM entries WHERE {EPISODE} AND sequence = ?", end)
    assert said() == f"episode:aa1 entry {end} is missing: the log had {end + 1} entries of it"


@pytest.mark.parametrize(("is_last", "what"), [(False, "moved"), (True, "made anew")])
def test_an_entry_with_hashes_made_anew_is_named(said, tamper, is_last, what):
    at = last(tamper) if is_last else 1
    ((body, when, before),) = tamper.connection.execute(
        f"SELECT body, at, previous FROM entries WHERE {EPISODE} AND sequence = ?", (at,)
    )
    text = body.decode() + " "
    made = entry_hash("episode:aa1", at, when.decode(), before.decode(), text)
    change = f"UPDATE entries SET body = ?, hash = ? WHERE {EPISODE} AND sequence = ?"
    tamper.do(change, text, made, at)
    assert said().startswith(f"episode:aa1 entry {at if is_last else at + 1} ")
    assert what in said()
