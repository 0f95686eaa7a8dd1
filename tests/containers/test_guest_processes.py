"""Processes that are meant to last."""

from __future__ import annotations

import base64
import time

import pytest

pytestmark = pytest.mark.docker


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read_until(guest, name, wanted, seconds=20):
    said, deadline = b"", time.monotonic() + seconds
    while wanted not in said and time.monotonic() < deadline:
        reply = guest.ask("read", name=name, seconds=1)
        said += reply["out"] + reply["err"]
        if not reply["running"] and not reply["out"]:
            break
    return said


def test_one_is_started_read_written_and_stopped(guest):
    started = guest.ask("start", name="echo", command="while read x; do echo got $x; done")
    assert started["running"]
    assert started["exit_code"] is None
    assert guest.ask("write", name="echo", data=b64(b"one\n"))["pending"] == 0
    assert read_until(guest, "echo", b"got one\n") == b"got one\n"
    guest.ask("write", name="echo", data=b64(b"two\n"), eof=True)
    assert read_until(guest, "echo", b"got two\n") == b"got two\n"
    while guest.ask("read", name="echo", seconds=1)["running"]:
        pass  # It has seen the end of its input, and is on its way out.
    stopped = guest.ask("stop", name="echo")
    assert (stopped["running"], stopped["exit_code"]) == (False, 0)
    assert guest.ask("list")["processes"] == []


def test_it_outlives_steps_and_is_no_survivor(guest):
    guest.ask("start", name="server", command="sleep 300")
    assert guest.run("true")["survivors"] == []
    assert guest.run("sleep 300", seconds=0.2)["timed_out"]
    assert guest.run("sleep 300 &")["survivors"] != []
    [process] = guest.ask("list")["processes"]
    assert (process["name"], process["running"]) == ("server", True)


def test_what_it_says_once_read_is_not_said_again(guest):
    guest.ask("start", name="p", command="echo out; echo err >&2; sleep 300")
    assert b"out\n" in read_until(guest, "p", b"out\n")
    assert guest.ask("read", name="p", seconds=0)["out"] == b""


def test_a_read_waits_for_output_and_no_longer_than_it_may(guest):
    guest.ask("start", name="p", command="sleep 0.3; echo late; sleep 300")
    assert guest.ask("read", name="p", seconds=20)["out"] == b"late\n"
    assert guest.ask("read", name="p", seconds=0.1)["out"] == b""


def test_output_is_drained_though_nobody_reads_and_is_bounded(guest):
    guest.ask("start", name="p", command="head -c 20000000 /dev/zero; echo end; sleep 300")
    deadline = time.monotonic() + 20
    total, tail = 0, b""
    while b"end\n" not in tail and time.monotonic() < deadline:
        stream = guest.ask("read", name="p", seconds=1, output_bytes=100)["stdout"]
        assert len(stream["head"]) + len(stream["tail"]) <= 100
        total, tail = total + stream["size"], stream["tail"] or stream["head"]
    assert total == 20_000_004


def test_a_terminal_is_a_terminal(guest):
    guest.ask("start", name="t", command="test -t 0 -a -t 2 && echo yes; cat", pty=True)
    assert read_until(guest, "t", b"yes") == b"yes\r\n"
    guest.ask("write", name="t", data=b64(b"typed\n"))
    assert b"typed\r\ntyped\r\n" in read_until(guest, "t", b"typed\r\ntyped")
    guest.ask("write", name="t", eof=True)
    deadline = time.monotonic() + 10
    while guest.ask("list")["processes"][0]["running"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert guest.ask("stop", name="t")["exit_code"] == 0


def test_without_a_terminal_there_is_none(guest):
    guest.ask("start", name="p", command="test -t 0 || echo no")
    assert read_until(guest, "p", b"no") == b"no\n"


def test_a_terminal_is_the_agent_s_and_opens_by_its_name(guest):
    program = "import os; open(os.ttyname(0), 'w').write('own\\n')"
    guest.ask("start", name="t", argv=["python3", "-c", program], pty=True)
    assert read_until(guest, "t", b"own") == b"own\r\n"


def test_an_interactive_shell_answers_in_a_terminal(guest):
    guest.ask("start", name="sh", command="exec /longleash/bin/bash --norc -i", pty=True)
    prompt = read_until(guest, "sh", b"$ ")
    assert b"$ " in prompt
    assert b"job control" not in prompt
    guest.ask("write", name="sh", data=b64(b"echo $((40 + 2))\n"))
    assert b"42" in read_until(guest, "sh", b"42")
    # It ignores what would end others, as interactive shells do.
    assert guest.ask("stop", name="sh", seconds=0.3)["signal"] == 9


def test_an_interrupt_is_typed_in_a_terminal(guest):
    guest.ask("start", name="t", command="echo ready; cat; echo after", pty=True)
    assert b"ready" in read_until(guest, "t", b"ready")
    guest.ask("write", name="t", data=b64(b"\x03"))
    deadline = time.monotonic() + 10
    while guest.ask("list")["processes"][0]["running"] and time.monotonic() < deadline:
        time.sleep(0.02)
    stopped = guest.ask("stop", name="t")
    assert stopped["signal"] == 2
    assert b"after" not in stopped["out"]


def test_one_that_ended_tells_how(guest):
    guest.ask("start", name="p", command="echo bye; exit 3")
    assert b"bye\n" in read_until(guest, "p", b"bye\n")
    reply = guest.ask("read", name="p", seconds=5)
    assert (reply["running"], reply["exit_code"], reply["signal"]) == (False, 3, None)
    assert guest.ask("write", name="p", data="")["error"] == "process_ended"


def test_one_that_will_not_stop_is_made_to_with_all_it_started(guest):
    guest.ask("start", name="p", command="trap '' TERM; sleep 300 & while :; do sleep 1; done")
    guest.ask("read", name="p", seconds=0.2)
    stopped = guest.ask("stop", name="p", seconds=0.2)
    assert stopped["signal"] == 9
    assert guest.ask("end_agent")["ended"] == 0


def test_stopping_one_leaves_the_others(guest):
    guest.ask("start", name="a", command="sleep 300")
    guest.ask("start", name="b", command="sleep 300")
    assert guest.ask("stop", name="a")["signal"] == 15
    [left] = guest.ask("list")["processes"]
    assert (left["name"], left["running"]) == ("b", True)


def test_a_name_is_used_once_and_is_free_again_afterwards(guest):
    guest.ask("start", name="p", command="sleep 300")
    assert guest.ask("start", name="p", command="true")["error"] == "process_exists"
    guest.ask("stop", name="p")
    assert guest.ask("start", name="p", command="true")["ok"]


@pytest.mark.parametrize("operation", ["read", "write", "stop"])
def test_a_name_that_was_never_started_is_told(guest, operation):
    assert guest.ask(operation, name="nobody")["error"] == "no_such_process"


def test_there_are_only_so_many(guest):
    for number in range(32):
        assert guest.ask("start", name=str(number), argv=["sleep", "300"])["ok"]
    assert guest.ask("start", name="more", command="true")["error"] == "too_many_processes"


def test_input_that_is_not_read_is_bounded(guest):
    guest.ask("start", name="p", command="sleep 300")
    data = b64(b"x" * 700_000)
    assert guest.ask("write", name="p", data=data)["pending"] > 0
    assert guest.ask("write", name="p", data=data)["error"] == "too_large"


def test_it_starts_where_the_last_command_left_off(guest):
    guest.run("cd /tmp; export A=1")
    guest.ask("start", name="p", command="pwd; echo $A")
    assert b"/tmp\n1\n" in read_until(guest, "p", b"1\n")
