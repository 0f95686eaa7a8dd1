"""A task's check: from files that the agent cannot have touched."""

from __future__ import annotations

import base64
import time

import pytest

pytestmark = pytest.mark.docker

SYSTEM = [["rx", "/usr"], ["rx", "/bin"], ["rx", "/lib"], ["rx", "/lib64"], ["r", "/etc"]]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def check(guest, script, **more):
    return guest.ask(
        "check",
        **{
            "argv": ["bash", "check.sh"],
            "files": {"check.sh": b64(script)},
            "rules": SYSTEM,
            "seconds": 20,
            **more,
        },
    )


def test_a_check_runs_from_its_own_files_and_sees_the_workspace(guest):
    guest.run("echo answer > result")
    said = check(guest, "cat /workspace/result; perl -e 'print 7'; exit 5")
    assert (said["out"], said["exit_code"]) == (b"answer\n7", 5)


def test_a_check_is_the_agent_s_uid_and_under_every_protection(guest):
    said = check(guest, "id -u; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status; cat /dev/mem")
    assert said["out"] == b"10001\nNoNewPrivs:\t1\nSeccomp:\t2\n"
    assert b"denied" in check(guest, "cat /sys/kernel/notes")["err"]


def test_a_check_cannot_change_its_own_files(guest):
    said = check(guest, 'cd "$LONGLEASH_CHECK"; pwd; echo x > check.sh; echo x > new')
    assert said["out"] == b"/run/longleash/check\n"
    assert said["exit_code"] != 0


def test_nothing_of_the_agent_s_runs_beside_a_check(guest):
    guest.run("(setsid sleep 300 &); sleep 300 &", survivors="keep")
    guest.ask("start", name="server", command="sleep 300")
    said = check(guest, "grep -l . /proc/[0-9]*/cmdline | grep -vc -e /1/ -e /$$/ -e self")
    # grep itself, at most.
    assert int(said["out"]) <= 2
    assert guest.ask("list")["processes"] == []


def test_what_the_agent_exported_does_not_reach_a_check(guest):
    guest.run("export ANSWER=42; cd /tmp")
    said = check(guest, 'echo "${ANSWER-unset} $PWD $GIVEN"', env={"GIVEN": "1"})
    assert said["out"] == b"unset /run/longleash/check 1\n"


def test_the_files_are_gone_afterwards_and_out_of_reach_before(guest):
    check(guest, "true")
    said = guest.run("ls /run/longleash/check; cat /run/longleash/check/check.sh")
    assert b"check.sh" not in said["out"]
    assert said["exit_code"] != 0


def test_a_check_runs_where_it_is_asked_to(guest):
    assert check(guest, "pwd", cwd="/workspace")["out"] == b"/workspace\n"


def test_a_check_that_runs_on_is_ended_with_its_files_gone(guest):
    said = check(guest, "sleep 300 & sleep 300", seconds=0.3)
    assert said["timed_out"]
    assert guest.ask("end_agent")["ended"] == 0
    assert check(guest, "exit 3")["exit_code"] == 3


def test_what_a_check_leaves_running_is_killed(guest):
    check(guest, "sleep 300 & exit 0")
    assert guest.ask("end_agent")["ended"] == 0


def test_the_agent_goes_on_as_before_after_a_check(guest):
    guest.run("cd /tmp; export A=1")
    check(guest, "true")
    assert guest.run("pwd; echo $A")["out"] == b"/tmp\n1\n"
    assert b"denied" in guest.run("cat /usr/bin/perl")["err"]


def test_a_file_s_name_cannot_lead_elsewhere(guest):
    said = check(guest, "true", files={"../x": ""})
    assert said["error"] == "bad_request"


def test_a_check_is_cancelled_like_a_command(guest):
    number = guest.channel.send("check", argv=["sleep", "300"], rules=SYSTEM, seconds=60)
    deadline = time.monotonic() + 10
    while not guest.channel.cancel() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert guest.channel.receive(number)["cancelled"]
