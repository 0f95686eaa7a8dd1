from __future__ import annotations

import shutil
import sqlite3
import zlib

import pytest

from episodes.blobs import blobs_of
from episodes.chain import NOTHING, entry_hash, link
from episodes.errors import NotALog, UsageError
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.writer import LogWriter


def first(log, heads=None):
    found = verify(log, heads)
    assert not found.ok
    return found.problems[0]


def entries(tamper, columns="*", where="1"):
    return tamper.connection.execute(f"SELECT {columns} FROM entries WHERE {where}").fetchall()


def test_log_that_was_left_alone_verifies_and_says_what_that_proves(filled):
    found = verify(filled)
    assert found.ok, found.problems
    assert (found.entries, found.chains) == (28, 5)
    assert "heads kept elsewhere" in found.proves
    assert found.writer is None


def test_what_was_in_flight_is_named(filled):
    (flying,) = verify(filled).in_flight
    assert (flying.episode, flying.step, flying.action.command) == ("ac3", 0, "ls -la")


def test_log_in_use_verifies_and_names_its_writer(writer, bodies, log):
    writer.append("episode:e", bodies.started())
    found = verify(log)
    assert found.ok
    assert "process" in (found.writer or "")


def test_edited_entry_is_named(filled, tamper):
    tamper.do("UPDATE entries SET body = replace(body, 'ls -la', 'rm -rf') WHERE id = 3")
    problem = first(filled)
    assert (problem.what, problem.chain, problem.sequence) == ("edited", "episode:aa1", 1)


def test_missing_entry_is_named_by_its_place_in_the_chain(filled, tamper):
    tamper.do("DELETE FROM entries WHERE chain = 'episode:aa1' AND sequence = 2")
    problems = verify(filled).problems
    assert problems[0].what == "missing"
    assert ("episode:aa1", 2) in {(problem.chain, problem.sequence) for problem in problems}


def test_missing_entry_is_named_though_the_others_were_numbered_anew(filled, tamper):
    tamper.do("DELETE FROM entries WHERE id = 5")
    tamper.do("UPDATE entries SET id = id - 1 WHERE id > 5")
    assert first(filled).what == "moved"


def test_cut_tail_of_a_chain_is_named_by_the_logs_own_heads(filled, tamper):
    tamper.do("DELETE FROM entries WHERE chain = 'annotations' AND sequence = 1")
    problem = first(filled)
    assert (problem.what, problem.chain, problem.sequence) == ("missing", "annotations", 1)


def test_entries_that_changed_places_are_named(filled, tamper):
    # Of different chains, so that each chain by itself is whole.
    assert entries(tamper, "chain", "id IN (3, 4)") == [(b"episode:aa1",), (b"episode:ab2",)]
    tamper.do("UPDATE entries SET id = -3 WHERE id = 3")
    tamper.do("UPDATE entries SET id = 3 WHERE id = 4")
    tamper.do("UPDATE entries SET id = 4 WHERE id = -3")
    problem = first(filled)
    assert (problem.what, problem.chain, problem.sequence) == ("moved", "episode:ab2", 0)


def test_entry_with_hashes_made_anew_is_named_where_the_next_one_refers_to_it(filled, tamper):
    ((chain, sequence, at, previous, body),) = entries(
        tamper, "chain, sequence, at, previous, body", "id = 3"
    )
    body = body.replace(b"ls -la", b"rm -rf")
    hashed = entry_hash(chain.decode(), sequence, at.decode(), previous.decode(), body.decode())
    tamper.do("UPDATE entries SET body = ?, hash = ? WHERE id = 3", body.decode(), hashed)
    assert first(filled).what == "moved"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE episodes SET success = 1 WHERE episode = 'ab2'", "table episodes, row ab2"),
        ("DELETE FROM steps WHERE episode = 'ab2' AND step = 0", "table steps, row ab2 0"),
        ("UPDATE tags SET primary_cause = 'none'", "table tags, row 27 0"),
        ("UPDATE heads SET closed = 0 WHERE chain = 'episode:aa1'", "table heads, row episode:aa1"),
        ("INSERT INTO heads VALUES ('run:x', 0, '', 0)", "table heads, row run:x"),
        ("UPDATE meta SET value = '2020-01-01' WHERE key = 'created'", "table meta"),
    ],
)
def test_edit_of_a_table_that_follows_from_the_entries_is_named(filled, tamper, change, where):
    tamper.do(change)
    assert first(filled).where == where


def test_trigger_that_is_gone_is_named(filled, tamper):
    tamper.drop_triggers()
    assert first(filled).where == "trigger entries_no_delete"


def test_trigger_that_does_nothing_is_named(filled, tamper):
    tamper.drop_triggers()
    for action in ("update", "delete"):
        tamper.connection.execute(
            f"CREATE TRIGGER entries_no_{action} BEFORE {action} ON entries BEGIN SELECT 1; END"
        )
    assert "no longer keeps" in first(filled).detail


def test_trigger_that_was_added_is_named(filled, tamper):
    tamper.connection.execute(
        "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM tags; END"
    )
    assert first(filled).what == "extra"


def test_missing_and_changed_blobs_are_named_by_the_entry_that_needs_them(filled):
    (blob,) = blobs_of(filled).glob("[0-9a-f][0-9a-f]/*")
    whole = blob.read_bytes()
    blob.write_bytes(zlib.compress(b"something else"))
    problem = first(filled)
    assert (problem.what, problem.chain, problem.sequence) == ("edited", "episode:aa1", 4)
    blob.unlink()
    assert first(filled).what == "missing"
    blob.write_bytes(whole)
    assert verify(filled).ok


def test_file_that_was_cut_short_is_torn(filled):
    size = filled.stat().st_size
    with filled.open("r+b") as file:
        file.truncate(size // 2 // 4096 * 4096)
    assert "torn" in {problem.what for problem in verify(filled).problems}


def test_file_with_its_header_overwritten_is_no_log(filled):
    with filled.open("r+b") as file:
        file.write(b"\0" * 100)
    with pytest.raises(NotALog):
        verify(filled)


def make_anew(log, where):
    """What someone does who can write the file and knows the format: cut, and mend every hash."""
    db = sqlite3.connect(log)
    db.row_factory = sqlite3.Row
    triggers = [row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type='trigger'")]
    db.executescript("DROP TRIGGER entries_no_update; DROP TRIGGER entries_no_delete")
    for table in ("entries", "heads", "episodes", "steps", "tags"):
        column = "episode" if table in ("episodes", "steps", "tags") else "chain"
        name = where if column == "chain" else where.removeprefix("episode:")
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", [name])
    linked = NOTHING
    for number, row in enumerate(db.execute("SELECT * FROM entries ORDER BY id").fetchall(), 1):
        linked = link(linked, row["hash"])
        db.execute("UPDATE entries SET id = ?, link = ? WHERE id = ?", [-number, linked, row["id"]])
        db.execute("UPDATE tags SET entry = ? WHERE entry = ?", [number, row["id"]])
    db.execute("UPDATE entries SET id = -id")
    for sql in triggers:
        db.execute(sql)
    db.commit()
    db.close()


def test_episode_cut_out_with_all_hashes_mended_is_named_by_outside_heads(
    log, bodies, fill_log, tmp_path
):
    heads = tmp_path / "heads"
    fill_log(log, bodies, heads_file=heads)
    found = verify(log, heads)
    assert found.ok
    assert found.heads_checked == 5
    assert "kept elsewhere" in found.proves
    make_anew(log, "episode:ac3")
    # Nothing in the file can tell, and the answer says so.
    found = verify(log)
    assert found.ok, found.problems
    assert "only heads kept elsewhere" in found.proves
    problem = first(log, heads)
    assert (problem.what, problem.chain, problem.sequence) == ("missing", "episode:ac3", 0)


def test_older_copy_of_a_log_is_named_by_outside_heads(log, bodies, tmp_path):
    with LogWriter.open(log) as writer:
        writer.append("episode:e", bodies.started(), bodies.proposed())
    shutil.copy(log, tmp_path / "older.db")
    with LogWriter.open(log) as writer:
        writer.append("episode:e", bodies.ended())
    heads = tmp_path / "heads"
    with LogReader.open(log) as reader:
        heads.write_text("".join(f"{head.line}\n" for head in reader.heads()))
    assert verify(log, heads).ok
    assert verify(tmp_path / "older.db").ok
    problem = first(tmp_path / "older.db", heads)
    assert (problem.what, problem.chain, problem.sequence) == ("missing", "episode:e", 2)


def test_chain_made_anew_is_named_by_outside_heads(log, bodies, tmp_path):
    heads = tmp_path / "heads"
    for text in ("as it was", "made anew"):
        log.unlink(missing_ok=True)
        with LogWriter.open(log, heads_file=None if heads.exists() else heads) as writer:
            writer.append("episode:e", bodies.started(instruction=text), bodies.ended())
    assert verify(log).ok
    problem = first(log, heads)
    assert (problem.what, problem.chain) == ("edited", "episode:e")


@pytest.mark.parametrize("line", ["episode:e 1", "episode:e x sha256:" + "0" * 64, "a b c d"])
def test_line_that_is_no_head_is_refused_with_its_number(filled, tmp_path, line):
    heads = tmp_path / "heads"
    heads.write_text(f"\n{line}\n")
    with pytest.raises(UsageError, match="heads:2"):
        verify(filled, heads)


def test_file_of_heads_that_is_not_there_is_refused(filled, tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        verify(filled, tmp_path / "no")
