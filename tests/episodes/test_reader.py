from __future__ import annotations

import shutil
import sqlite3
import subprocess

import pytest

from episodes.blobs import blobs_of
from episodes.errors import EpisodeUnknown, LogDamaged, LogError, NotALog, UsageError
from episodes.reader import LogReader
from episodes.tables import TRIGGERS
from episodes.verify import verify
from episodes.writer import LogWriter


@pytest.fixture
def reader(filled):
    with LogReader.open(filled) as opened:
        yield opened


def test_episodes_are_counted_as_their_entries_say(reader):
    solved, faulted, open_one = reader.episodes()
    assert (solved.episode, faulted.episode, open_one.episode) == ("aa1", "ab2", "ac3")
    assert (solved.status, solved.success, solved.reward, solved.steps) == (
        "terminated",
        True,
        1.0,
        2,
    )
    assert (solved.input_tokens, solved.output_tokens, solved.cost) == (10, 5, 0.125)
    assert (faulted.denials, faulted.faults, faulted.success) == (1, 1, None)
    assert faulted.modes == {"policy_violation": 1, "loop": 1}
    assert open_one.finished is None
    assert solved.finished > solved.began


def test_episodes_can_be_picked(reader):
    def picked(**wanted):
        return [row.episode for row in reader.episodes(**wanted)]

    assert picked(run="r1") == ["aa1", "ab2", "ac3"]
    assert picked(run="r2") == []
    assert picked(status="open") == ["ac3"]
    assert picked(status="faulted") == ["ab2"]
    assert picked(success=True) == ["aa1"]
    assert picked(mode="loop") == ["ab2"]
    assert picked(task="' OR 1 --") == []


def test_trajectory_holds_every_part_of_every_step(reader):
    solved = reader.trajectory("aa1")
    first, second = solved.steps
    assert first.forecast.success_probability == 0.7
    assert first.provenance.cost == 0.125
    assert first.decision.verdict == "allow"
    assert first.executed == first.action
    assert first.observation.stdout == "line of output\n" * 1000
    assert (second.index, second.seconds) == (1, 0.25)
    assert solved.check.reward == 1.0
    assert solved.ended.cause == "finished"
    faulted = reader.trajectory("ab2")
    assert faulted.steps[0].tags[0].primary == "policy_violation"
    assert faulted.steps[0].executed is None
    assert faulted.steps[1].fault.error == "GuestGone"
    assert faulted.steps[1].delays[0].cause == "rate"
    cut_short = reader.trajectory("ac3")
    assert cut_short.ended is None
    assert cut_short.steps[0].in_flight


def test_head_of_a_trajectory_is_that_of_its_chain(reader):
    heads = {head.chain: head for head in reader.heads()}
    assert reader.trajectory("aa1").head == heads["episode:aa1"].hash
    assert heads["episode:aa1"].closed
    assert not heads["episode:ac3"].closed


def test_run_tells_its_plan_and_who_stopped_it(reader):
    (run,) = reader.runs()
    assert len(run.plan) == 2
    assert run.stops[0].who == "me"
    assert run.status is None
    with pytest.raises(UsageError, match="it holds: r1"):
        reader.run("r9")


def test_episode_is_found_by_how_it_begins(reader):
    assert reader.find_episode("aa") == "aa1"
    with pytest.raises(EpisodeUnknown, match="3 episodes begin with 'a': aa1, ab2, ac3"):
        reader.find_episode("a")
    with pytest.raises(EpisodeUnknown, match=r"did you mean .*aa1"):
        reader.find_episode("aa2")
    with pytest.raises(EpisodeUnknown):
        reader.find_episode("")
    with pytest.raises(EpisodeUnknown):
        reader.find_episode("%")


def test_text_whose_blob_is_gone_is_an_error_only_when_it_is_read(filled):
    shutil.rmtree(blobs_of(filled))
    with LogReader.open(filled) as reader:
        assert len(reader.episodes()) == 3
        assert len(reader.trajectory("ab2").steps) == 2
        with pytest.raises(LogDamaged, match=r"episode:aa1 entry 4: .* missing"):
            reader.trajectory("aa1")
    with LogReader.open(filled, placeholders=True) as reader:
        assert "missing" in reader.trajectory("aa1").steps[0].observation.stdout


def test_reader_sees_what_a_live_writer_has_committed(writer, bodies, log):
    with LogReader.open(log) as reader:
        for number in range(3):
            writer.append("annotations", bodies.note())
            assert len(list(reader.annotations())) == number + 1


def test_entries_can_be_read_from_where_one_left_off(reader):
    assert [entry.sequence for entry in reader.entries("episode:aa1", start=8)] == [8, 9, 10]


def test_reading_changes_nothing(filled):
    before = filled.read_bytes()
    with LogReader.open(filled) as reader:
        reader.trajectory("aa1")
    assert filled.read_bytes() == before


def test_nothing_at_the_path_is_not_made_into_a_log(log):
    with pytest.raises(NotALog, match="no such log"):
        LogReader.open(log)
    assert not log.exists()


def test_empty_file_is_no_log_to_read(log):
    log.touch()
    with pytest.raises(NotALog, match="empty"):
        LogReader.open(log)


@pytest.fixture
def frozen(tmp_path):
    """Freezes a folder: from then on nothing in it can be written, not by root either."""
    mounted = []

    def freeze(folder):
        mount = shutil.which("mount")
        if subprocess.run([mount, "--bind", "-o", "ro", folder, folder], check=False).returncode:
            pytest.skip("only root can mount a folder read-only")
        mounted.append(folder)

    yield freeze
    for folder in mounted:
        subprocess.run([shutil.which("umount"), folder], check=True)


def test_log_on_a_disk_that_cannot_be_written_is_read_and_verified(
    tmp_path, bodies, fill_log, frozen
):
    folder = tmp_path / "disc"
    folder.mkdir()
    fill_log(folder / "x.db", bodies)
    frozen(folder)
    with LogReader.open(folder / "x.db") as reader:
        assert len(reader.episodes()) == 3
    found = verify(folder / "x.db")
    assert found.ok, found.problems
    with pytest.raises(LogError):
        LogWriter.open(folder / "x.db")


def test_log_that_a_crash_left_is_not_misread_where_its_rest_cannot_be_reached(
    tmp_path, bodies, frozen
):
    live, folder = tmp_path / "live", tmp_path / "disc"
    live.mkdir()
    folder.mkdir()
    with LogWriter.open(live / "x.db") as writer:
        writer.append("episode:e", bodies.started())
        # As a crash leaves it: the entry is in the WAL and not yet in the file.
        for name in ("x.db", "x.db-wal"):
            shutil.copy(live / name, folder / name)
    frozen(folder)
    for use in (LogReader.open, verify):
        with pytest.raises(LogError, match="copy both"):
            use(folder / "x.db")


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("UPDATE episodes SET modes = '{'", lambda reader: reader.episodes()),
        ("UPDATE episodes SET modes = NULL", lambda reader: reader.episodes()),
        ("UPDATE episodes SET steps = -1", lambda reader: reader.episodes()),
        ("UPDATE episodes SET task = x'fffe'", lambda reader: reader.episode("aa1")),
        ("UPDATE heads SET length = 'x'", lambda reader: reader.heads()),
        ("UPDATE entries SET body = x'ff'", lambda reader: list(reader.annotations())),
        ("UPDATE entries SET at = 'once'", lambda reader: list(reader.annotations())),
        ("DELETE FROM entries WHERE sequence = 0", lambda reader: reader.trajectory("aa1")),
        ("DELETE FROM entries WHERE sequence = 0", lambda reader: reader.runs()),
    ],
)
def test_a_damaged_row_is_an_error_that_names_the_log(filled, sql, read):
    db = sqlite3.connect(filled, isolation_level=None)
    for name in TRIGGERS:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(sql)
    db.close()
    with LogReader.open(filled) as reader, pytest.raises(LogDamaged, match=str(filled)):
        read(reader)


def test_verify_names_a_head_whose_chain_is_no_text(filled):
    db = sqlite3.connect(filled, isolation_level=None)
    db.execute("UPDATE heads SET chain = x'fffe' WHERE chain = 'annotations'")
    db.close()
    assert not verify(filled).ok
