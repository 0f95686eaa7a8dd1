from __future__ import annotations

import contextlib
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest

from episodes.entries import Responded
from episodes.errors import LogBusy, LogClosed, LogError, LogFull, LogTooNew, NotALog, UsageError
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.writer import LogWriter


def test_entries_come_back_as_they_were_appended(writer, bodies, log):
    given = (bodies.started(), *bodies.step(0, "héllo \x1b[31m\x00\u202e"), bodies.ended())
    appended = writer.append("episode:e", *given)
    with LogReader.open(log) as reader:
        assert tuple(reader.entries("episode:e")) == appended
    assert tuple(entry.body for entry in appended) == given
    assert [entry.sequence for entry in appended] == list(range(6))


def test_entry_is_in_the_file_when_append_returns(writer, bodies, log):
    writer.append("annotations", bodies.note())
    other = sqlite3.connect(log)
    assert other.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    other.close()


def test_threads_append_to_one_log_and_all_of_it_verifies(writer, bodies, log):
    def act(number: int) -> None:
        chain = f"episode:e{number}"
        writer.append(chain, bodies.started(number))
        for step in range(5):
            for body in bodies.step(step):
                writer.append(chain, body)
        writer.append(chain, bodies.ended())

    threads = [threading.Thread(target=act, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(log)
    assert found.ok, found.problems
    assert found.entries == 32 * 22
    with LogReader.open(log) as reader:
        assert {row.steps for row in reader.episodes()} == {5}


def test_order_in_a_chain_is_the_order_of_calls_whether_waited_for_or_not(writer, bodies):
    futures = []
    for number in range(50):
        futures.append(writer.append_soon("annotations", bodies.note(str(2 * number))))
        writer.append("annotations", bodies.note(str(2 * number + 1)))
    assert [future.result()[0].sequence for future in futures] == list(range(0, 100, 2))


def test_bodies_of_one_append_are_stored_all_or_none(writer, bodies, log):
    with pytest.raises(LogClosed):
        writer.append("episode:e", bodies.started(), bodies.ended(), bodies.proposed())
    assert verify(log).entries == 0


def test_episode_that_has_ended_takes_no_more(writer, bodies):
    writer.append("episode:e", bodies.started(), bodies.ended())
    with pytest.raises(LogClosed, match="annotation"):
        writer.append("episode:e", bodies.proposed())


def test_episode_that_has_not_ended_takes_more_after_a_reopening(log, bodies):
    with LogWriter.open(log) as writer:
        writer.append("episode:e", bodies.started(), bodies.proposed())
    with LogWriter.open(log) as writer:
        assert writer.append("episode:e", bodies.intended())[0].sequence == 2
    assert verify(log).ok


@pytest.mark.parametrize(
    "chain",
    ["episode", "episode:", "episode:../x", "run:a\0b", "other:x", "", "episode:" + "e" * 129],
)
def test_name_that_is_no_chain_is_refused(writer, bodies, chain):
    with pytest.raises(UsageError, match="names no chain"):
        writer.append(chain, bodies.note())


def test_body_in_a_chain_of_another_sort_is_refused(writer, bodies):
    writer.append("episode:e", bodies.started())
    with pytest.raises(UsageError, match="does not belong"):
        writer.append("episode:e", bodies.note())
    with pytest.raises(UsageError, match="does not belong"):
        writer.append("annotations", bodies.proposed())


def test_episode_begins_with_its_start_and_has_no_other(writer, bodies):
    with pytest.raises(UsageError, match="episode_started"):
        writer.append("episode:e", bodies.proposed())
    writer.append("episode:e", bodies.started())
    with pytest.raises(UsageError, match="episode_started"):
        writer.append("episode:e", bodies.started())


def test_value_that_cannot_be_stored_fails_alone(writer, bodies, log):
    poison = writer.append_soon("episode:e", bodies.started(slot=2**70))
    sound = writer.append_soon("episode:f", bodies.started(slot=1))
    assert sound.result()[0].sequence == 0
    with pytest.raises(UsageError, match="cannot be stored"):
        poison.result()
    assert writer.append("episode:e", bodies.started())[0].sequence == 0
    assert verify(log).ok


def test_second_writer_is_told_who_holds_the_log(writer, log):
    with pytest.raises(LogBusy, match=r"process [0-9]+ .* is writing"):
        LogWriter.open(log)


def test_log_can_be_written_again_once_it_is_closed(log, bodies):
    for _ in range(3):
        with LogWriter.open(log) as writer:
            writer.append("annotations", bodies.note())
    assert [path.name for path in log.parent.iterdir()] == ["x.db"]
    assert verify(log).entries == 3


def test_append_to_a_closed_writer_is_an_error(log, bodies):
    writer = LogWriter.open(log)
    queued = writer.append_soon("annotations", bodies.note())
    writer.close()
    writer.close()
    assert queued.result()[0].sequence == 0
    with pytest.raises(LogClosed):
        writer.append("annotations", bodies.note())


def test_writer_leaves_no_thread_and_no_descriptor(log, bodies):
    def state() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = state()
    for _ in range(5):
        with LogWriter.open(log) as writer:
            writer.append_soon("annotations", bodies.note()).result()
    assert state() == before


def test_interrupt_at_any_moment_loses_nothing_that_was_acknowledged(log, bodies):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    acknowledged = []
    interrupted = 0
    # Where the interrupt strikes inside a callback from C, Python can only print it.
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with LogWriter.open(log) as writer:
            for number in range(300):
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.00002 * (number % 40 + 1))
                    entry = writer.append("annotations", bodies.note(str(number)))[0]
                    acknowledged.append(entry.hash)
                    time.sleep(0.01)
                except KeyboardInterrupt:
                    interrupted += 1
            writer.append("annotations", bodies.note("last"))
    finally:
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = hook
    with LogReader.open(log) as reader:
        entries = list(reader.annotations())
    texts = [entry.body.text for entry in entries]
    assert interrupted > 10
    assert set(acknowledged) <= {entry.hash for entry in entries}
    assert len(texts) == len(set(texts))
    assert verify(log).ok


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + b"\0" * 84])
def test_file_that_is_no_log_is_refused_and_left_as_it_is(log, content):
    log.write_bytes(content)
    with pytest.raises(NotALog):
        LogWriter.open(log)
    assert log.read_bytes() == content
    assert [path.name for path in log.parent.iterdir()] == ["x.db"]


def test_database_of_another_program_is_refused(log):
    other = sqlite3.connect(log)
    other.execute("CREATE TABLE entries (id)")
    other.commit()
    other.close()
    for use in (LogWriter.open, LogReader.open, verify):
        with pytest.raises(NotALog, match="not a Longleash log"):
            use(log)


def test_folder_is_refused(log):
    log.mkdir()
    for use in (LogWriter.open, LogReader.open, verify):
        with pytest.raises(NotALog, match="folder"):
            use(log)


def test_folder_that_is_not_there_is_named(log):
    with pytest.raises(LogError, match="make it first"):
        LogWriter.open(log.parent / "no" / "x.db")


def test_empty_file_becomes_a_log(log, bodies):
    log.touch()
    with LogWriter.open(log) as writer:
        writer.append("annotations", bodies.note())
    assert verify(log).ok


def test_log_of_a_newer_format_is_refused_with_what_to_do(filled):
    from episodes.schema import seal_of

    db = sqlite3.connect(filled)
    db.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    seal = seal_of(dict(db.execute("SELECT * FROM meta").fetchall()))
    db.execute("UPDATE meta SET value = ? WHERE key = 'seal'", [seal])
    db.commit()
    db.close()
    for use in (LogWriter.open, LogReader.open, verify):
        with pytest.raises(LogTooNew, match="upgrade"):
            use(filled)


def test_entries_cannot_be_changed_while_their_triggers_stand(filled):
    db = sqlite3.connect(filled)
    for change in ("UPDATE entries SET body = ''", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(change)
    db.close()


def test_log_with_a_long_and_odd_name_is_written_and_served(tmp_path, bodies):
    folder = tmp_path / ("d" * 120) / "with a ? and a # and é"
    folder.mkdir(parents=True)
    log = folder / ("n" * 200 + ".db")
    with LogWriter.open(log) as writer:
        writer.append("annotations", bodies.note())
        from episodes.appender import ask

        assert ask(log, {"op": "status"})["ok"]
    assert verify(log).ok


def test_file_of_heads_that_cannot_be_written_is_told_and_the_log_is_closed(log, bodies, tmp_path):
    writer = LogWriter.open(log, heads_file=tmp_path)
    with pytest.raises(LogFull):
        writer.append("episode:e", bodies.started(), bodies.ended())
    with pytest.raises(LogFull):
        writer.append("annotations", bodies.note())
    with contextlib.suppress(LogFull):
        writer.close()
    with LogWriter.open(log):
        pass
    assert verify(log).ok


@pytest.mark.parametrize("half", ["text/\udcff", "\ud800", "a\udfffb"])
def test_half_a_character_is_spelt_out_and_never_keeps_an_entry_off_the_record(
    writer, bodies, half
):
    writer.append("episode:e", bodies.started(0, task=half), bodies.proposed(0, half))
    writer.append_soon("episode:e", Responded(number=0, content_type=half)).result()
    with LogReader.open(writer.path) as reader:
        *_, proposed, responded = [entry.body for entry in reader.entries("episode:e")]
        (row,) = reader.episodes()
    spelt = half.encode("utf-8", "backslashreplace").decode()
    assert (proposed.action.command, responded.content_type, row.task) == (spelt,) * 3
    assert verify(writer.path).ok
