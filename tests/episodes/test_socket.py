"""The writer's socket, with clients that mean well and others."""

from __future__ import annotations

import contextlib
import json
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from episodes.appender import appender, ask
from episodes.entries import StopAsked
from episodes.errors import LogClosed, NotALog, UsageError
from episodes.server import socket_of
from episodes.verify import verify
from episodes.writer import LogWriter

_OTHER = """
import sys
sys.path.insert(0, {root!r})
from episodes.appender import appender
from episodes.entries import Noted
with appender(sys.argv[1]) as log:
    for number in range(5):
        print(log.append("annotations", Noted(who="other", text=str(number)))[0].sequence)
"""


def raw(log: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(socket_of(log)))
    connection.settimeout(30)
    return connection


def answer(connection: socket.socket) -> dict:
    with connection.makefile("rb") as lines:
        return json.loads(lines.readline())


def test_another_process_appends_while_a_run_holds_the_log(writer, bodies, log):
    writer.append("episode:e", bodies.started())
    code = _OTHER.format(root=str(Path(__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", code, str(log)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "1", "2", "3", "4"]
    assert writer.append("annotations", bodies.note())[0].sequence == 5
    assert verify(log).ok


def test_entries_through_the_socket_are_those_that_are_stored(writer, bodies, log):
    with appender(log) as opened:
        entries = opened.append("annotations", bodies.note("a \x1b"), bodies.note("x" * 20_000))
    assert [entry.body for entry in entries] == [bodies.note("a \x1b"), bodies.note("x" * 20_000)]
    assert writer.append("annotations", bodies.note())[0].previous == entries[1].hash


def test_appender_becomes_the_writer_where_there_is_none(filled, bodies):
    with appender(filled) as opened:
        opened.append("annotations", bodies.note())
        assert ask(filled, {"op": "status"})["ok"]
    assert verify(filled).ok


def test_appender_goes_on_as_the_writer_when_the_run_ends(log, bodies):
    with LogWriter.open(log) as writer, appender(log) as opened:
        opened.append("annotations", bodies.note())
        writer.close()
        assert opened.append("annotations", bodies.note())[0].sequence == 1
    assert verify(log).ok


def test_appender_makes_no_log(log):
    with pytest.raises(NotALog, match="no such log"), appender(log):
        pass
    assert not log.exists()


def test_stop_can_be_asked_through_the_socket(writer, bodies, log):
    with appender(log) as opened:
        opened.append("run:r", StopAsked(who="me"))
    writer.on("stop", lambda message: {"run": message["run"]})
    assert ask(log, {"op": "stop", "run": "r"}) == {"ok": True, "run": "r"}


def test_what_only_the_run_may_write_is_refused_from_outside(writer, bodies, log):
    writer.append("episode:e", bodies.started())
    with appender(log) as opened, pytest.raises(UsageError, match="for the run itself"):
        opened.append("episode:e", bodies.completed())


def test_error_of_the_writer_arrives_as_what_it_is(writer, bodies, log):
    with appender(log) as opened, pytest.raises(UsageError, match="does not belong"):
        opened.append("run:r", bodies.note())
    writer.on("stop", lambda _: (_ for _ in ()).throw(LogClosed("over")))
    with pytest.raises(LogClosed, match="over"):
        ask(log, {"op": "stop"})


def test_socket_is_for_its_owner_only_and_goes_with_the_writer(log, bodies):
    with LogWriter.open(log):
        assert stat.S_IMODE(socket_of(log).stat().st_mode) == 0o600
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert not socket_of(log).exists()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"no json\n",
        b"[]\n",
        b"7\n",
        b'{"op": "exec"}\n',
        b'{"op": ["append"]}\n',
        b'{"op": "append"}\n',
        b'{"op": "append", "bodies": 5}\n',
        b'{"op": "append", "bodies": [{"kind": "noted"}]}\n',
        b'{"op": "append", "bodies": [{"kind": "noted", "who": "\\ud800", "text": ""}]}\n',
        b'{"op": "append", "chain": "../x", "bodies": []}\n',
        b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_message_that_is_none_is_refused_and_the_writer_lives_on(writer, bodies, log, line):
    with raw(log) as client:
        client.sendall(line)
        refused = answer(client)
    assert refused["ok"] is False
    assert refused["message"]
    assert writer.append("annotations", bodies.note())[0].sequence == 0


def test_message_without_end_is_cut_off(writer, bodies, log):
    with raw(log) as client:
        with pytest.raises(OSError, match=r"reset|pipe"):
            client.sendall(b"x" * 16_000_000)
        writer.append("annotations", bodies.note())
    assert verify(log).ok


def test_clients_that_say_nothing_keep_nobody_from_appending(writer, bodies, log):
    with contextlib.ExitStack() as open_ones:
        silent = [open_ones.enter_context(raw(log)) for _ in range(20)]
        assert writer.append("annotations", bodies.note())[0].sequence == 0
        assert answer(silent[-1])["error"] == "LogBusy"
    with appender(log) as opened:
        opened.append("annotations", bodies.note())


def test_client_that_never_reads_keeps_nobody_from_appending(writer, bodies, log):
    with raw(log) as deaf:
        threading.Thread(target=_flood, args=(deaf,), daemon=True).start()
        for _ in range(20):
            writer.append("annotations", bodies.note())
    assert verify(log).ok


def test_closing_waits_for_no_client(log, bodies):
    writer = LogWriter.open(log)
    with raw(log), raw(log):
        writer.close()
    assert not socket_of(log).exists()


def _flood(client: socket.socket) -> None:
    try:
        for _ in range(10_000):
            client.sendall(b'{"op": "status"}\n')
    except OSError:
        return
