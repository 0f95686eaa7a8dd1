"""Every process on record: what a command started, as the kernel tells the guest of it."""

from __future__ import annotations

import base64
import itertools
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

STARTED = "while ! grep -q sleep /proc/$!/comm; do :; done"
"""Until what was put into the background has become `sleep`."""
RECORD = {"step": 7, "most": 10_000}
CUT, COPY, OUTLIVED = 1, 2, 4
NAMES = ("step", "pid", "parent", "started", "ended", "how", "code", "peak", "flags", "cwd", "argv")


def programs(reply):
    """The lines of a reply, each by its fields' names."""
    found = []
    for line in reply["processes"]["lines"].splitlines():
        program = dict(zip(NAMES, line.split(" "), strict=True))
        for name in ("cwd", "argv"):
            program[name] = b"" if program[name] == "-" else base64.b64decode(program[name])
        program["argv"] = program["argv"].split(b"\0")[:-1]
        program["flags"] = int(program["flags"])
        found.append(program)
    return found


def named(found, name):
    """The one program whose first argument this is."""
    (program,) = [one for one in found if one["argv"][:1] == [name.encode()]]
    return program


@pytest.fixture
def run(guest):
    def run_recorded(command, **more):
        return guest.run(command, **{"record": RECORD, **more})

    return run_recorded


def test_the_command_itself_is_on_record(run):
    (shell,) = programs(run("exit 3"))
    assert shell["argv"] == [b"bash", b"-c", b"--", b"exit 3"]
    assert (shell["step"], shell["parent"], shell["how"], shell["code"]) == ("7", "1", "e", "3")
    assert shell["cwd"] == b"/workspace"
    assert 0 <= float(shell["started"]) <= float(shell["ended"])


def test_without_being_asked_nobody_listens(guest):
    assert "processes" not in guest.run("ls")


def test_what_a_script_of_the_agent_s_starts_is_on_record(run):
    script = 'cd /tmp\\nls a-file\\nsh -c "env B=1 head -1 /etc/passwd"\\n'
    reply = run(f"printf '{script}' > s; sh s")
    found = programs(reply)
    assert named(found, "ls")["cwd"] == b"/tmp"
    assert named(found, "ls")["code"] == "2"
    by_pid = {program["pid"]: program for program in found}
    outer = next(one for one in found if one["argv"] == [b"sh", b"s"])
    assert by_pid[named(found, "ls")["parent"]] is outer


def test_a_program_that_becomes_another_is_two(run):
    found = programs(run("exec env -i /usr/bin/head -1 /etc/passwd"))
    assert [(one["how"], one["argv"][0]) for one in found] == [
        ("x", b"bash"),
        ("x", b"env"),
        ("e", b"/usr/bin/head"),
    ]
    assert len({one["pid"] for one in found}) == 1


def test_a_program_that_is_not_there_or_refused_was_never_started(run):
    reply = run("env no-such-program; env /usr/bin/perl -v; true")
    assert b"Permission denied" in reply["err"]
    found = programs(reply)
    assert [one["argv"] for one in found[1:]] == [
        [b"env", b"no-such-program"],
        [b"env", b"/usr/bin/perl", b"-v"],
    ]
    assert [one["code"] for one in found[1:]] == ["127", "126"]


def test_a_program_that_is_looked_for_in_several_places_is_one(guest):
    find = "import subprocess; subprocess.run(['ls'], env={'PATH': '/a:/b:/c:/usr/bin'})"
    found = programs(guest.python(find, record=RECORD))
    assert named(found, "ls")["code"] == "0"
    assert len(found) == 2


def test_the_command_s_own_program_is_there_only_if_it_could_be_started(guest):
    reply = guest.ask("run", argv=["no-such-program"], seconds=9, record=RECORD)
    assert reply["error"] == "not_found"
    assert reply["processes"] == {"lines": "", "left_out": 0}


def test_a_program_that_tries_to_become_another_and_is_refused_goes_on(run):
    (shell,) = programs(run("exec /etc/passwd"))
    assert (shell["how"], shell["code"]) == ("e", "126")
    found = programs(run("shopt -s execfail; exec /etc/passwd; ls; kill -9 $$"))
    assert [(one["argv"][0], one["how"], one["code"]) for one in found] == [
        (b"bash", "s", "9"),
        (b"ls", "e", "0"),
    ]


def test_a_subshell_is_a_copy_of_its_shell(run):
    found = programs(run("( exit 4 ); true"))
    assert [(one["flags"] & COPY, one["code"]) for one in found] == [(0, "0"), (COPY, "4")]
    assert found[0]["argv"] == found[1]["argv"]


def test_a_death_by_signal_is_recorded_as_such(run):
    # One by its own, one by its parent's, one by the kernel's.
    reply = run(
        "env sh -c 'kill -9 $$'; sleep 99 & "
        f"{STARTED}; kill -15 $!; python3 -c 'import ctypes; ctypes.string_at(0)'; kill -6 $$"
    )
    found = programs(reply)
    assert [
        (named(found, name)["how"], named(found, name)["code"])
        for name in ("sh", "sleep", "python3", "bash")
    ] == [("s", "9"), ("s", "15"), ("s", "11"), ("s", "6")]


def test_a_thread_that_ends_its_process_or_makes_it_another_is_taken_for_that(guest):
    thread = "import os, threading; t = threading.Thread(target=lambda: {}); t.start(); t.join()"
    (program,) = programs(guest.python(thread.format("os._exit(5)"), record=RECORD))
    assert (program["how"], program["code"]) == ("e", "5")
    become = thread.format("os.execv('/usr/bin/id', ['id'])")
    first, second = programs(guest.python(become, record=RECORD))
    assert (first["how"], second["how"], second["argv"]) == ("x", "e", [b"id"])
    assert first["pid"] == second["pid"]


def test_peak_memory_is_the_process_s_own(run):
    program = "x = bytearray(40 << 20); del x"
    reply = run(f"python3 -c '{program}'; python3 -c pass")
    big, small = (int(one["peak"]) for one in programs(reply)[1:])
    assert big > 40 << 10
    assert small < 40 << 10


def test_what_outlives_its_command_is_marked_and_ended(run):
    found = programs(run(f"sleep 99 & {STARTED}; head -c 1 /dev/zero >/dev/null"))
    left, waited_for = named(found, "sleep"), named(found, "head")
    assert (left["flags"] & OUTLIVED, left["how"], left["code"]) == (OUTLIVED, "s", "9")
    assert waited_for["flags"] & OUTLIVED == 0


def test_what_a_time_limit_ended_did_not_outlive_its_command(run):
    reply = run("sleep 99", seconds=0.2)
    assert reply["timed_out"]
    assert [(one["how"], one["code"], one["flags"]) for one in programs(reply)] == [
        ("s", "9", 0),
        ("s", "9", 0),
    ]


def test_what_is_kept_running_is_told_of_again_when_it_ends(guest, run):
    reply = run(f"sleep 0.3 & {STARTED}", survivors="keep")
    kept = named(programs(reply), "sleep")
    assert (kept["how"], kept["ended"], kept["flags"]) == ("r", "-", OUTLIVED)
    again = []
    for _ in range(100):
        found = programs(run("true", record={"step": 8, "most": 100}, survivors="keep"))
        again = [one for one in found if one["pid"] == kept["pid"]]
        if again:
            break
        time.sleep(0.02)
    assert [(one["step"], one["how"], one["code"]) for one in again] == [("7", "e", "0")]


def test_a_process_with_a_name_is_on_record_with_all_that_it_starts(guest):
    reply = guest.ask("start", name="p", command="ls; echo there; read", record=RECORD)
    (shell,) = programs(reply)
    assert shell["how"] == "r"
    (listing,) = programs(guest.ask("read", name="p", seconds=20))
    assert (listing["parent"], listing["argv"]) == (shell["pid"], [b"ls"])
    (ended,) = programs(guest.ask("stop", name="p"))
    assert (ended["pid"], ended["how"], ended["code"]) == (shell["pid"], "s", "15")


def test_arguments_that_are_long_or_no_text_are_kept_as_they_are_and_cut(run):
    found = programs(run(r"env printf '\xff\n' $'\xfe'; env true $(printf 'x%.0s' {1..9000})"))
    binary, long = found[1], found[-1]
    assert binary["argv"] == [b"env", b"printf", rb"\xff\n", b"\xfe"]
    assert binary["flags"] & CUT == 0
    assert long["flags"] & CUT
    assert long["argv"][:2] == [b"env", b"true"]


def test_more_than_is_to_be_kept_is_counted(run):
    reply = run("for i in {1..20}; do ls; done", record={"step": 7, "most": 5})
    assert len(programs(reply)) == 5
    assert reply["processes"]["left_out"] == 16


def test_five_thousand_processes_finish_and_all_are_there(run):
    reply = run('for i in {1..5000}; do sh -c "exit $((i % 7))" $i; done; true', seconds=300)
    assert (reply["exit_code"], reply["processes"]["left_out"]) == (0, 0)
    found = [one for one in programs(reply) if one["argv"][0] == b"sh"]
    assert [one["argv"][-1] for one in found] == [b"%d" % i for i in range(1, 5001)]
    assert [one["code"] for one in found] == [str(i % 7) for i in range(1, 5001)]


def test_processes_that_start_all_at_once_are_all_there(run):
    reply = run("for i in {1..60}; do sh -c 'head -1 /etc/passwd' & done; wait")
    found = programs(reply)
    assert sum(one["argv"][0] == b"sh" for one in found) == 60
    assert all(one["how"] in "ex" for one in found)


def test_a_process_that_changes_its_name_does_not_change_the_record(guest):
    rename = (
        "import ctypes, os; ctypes.CDLL(None).prctl(15, b'launch', 0, 0, 0);"
        "os.execv('/usr/bin/id', ['id'])"
    )
    found = programs(guest.python(rename, record=RECORD))
    assert [one["argv"][0] for one in found] == [b"python3", b"id"]


def test_a_filter_of_the_agent_s_own_takes_nothing_off_the_record(guest):
    # It may refuse itself a start, and then there is none; it cannot start without a word.
    prelude = """
import ctypes, os, struct
libc = ctypes.CDLL(None)
def filter_execve(action):
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, 59), (6, 0, 0, action), (6, 0, 0, 0x7FFF0000)]
    data = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in code))
    program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(data))
    return libc.prctl(22, 2, program, 0, 0)
"""
    allowed = prelude + "assert filter_execve(0x7FFF0000) == 0; os.execv('/usr/bin/id', ['id'])"
    found = programs(guest.python(allowed, record=RECORD))
    assert [one["argv"][0] for one in found] == [b"python3", b"id"]
    listener = (
        prelude
        + "d = struct.pack('HBBI', 6, 0, 0, 0x7FFF0000); b = ctypes.create_string_buffer(d);"
        + "p = struct.pack('HxxxxxxQ', 1, ctypes.addressof(b));"
        + "print(libc.syscall(317, 1, 8, p))"
    )
    assert guest.python(listener, record=RECORD)["out"] == b"-1\n"


def test_a_number_where_the_launcher_puts_its_own_keeps_no_start_off_the_record(guest):
    # Nobody but the launcher, which is gone, knew the right one.
    start = """
import ctypes
libc = ctypes.CDLL(None)
argv = (ctypes.c_char_p * 2)(b"id", None)
libc.syscall(59, b"/usr/bin/id", argv, None, ctypes.c_uint64({}))
"""
    for number in ("0", "0x5eed5eed5eed5eed"):
        found = programs(guest.python(start.format(number), record=RECORD))
        assert [one["argv"][0] for one in found] == [b"python3", b"id"]


def test_nothing_of_the_record_is_within_reach_of_a_command(run):
    reply = run("for f in /proc/self/fd/*; do echo ${f##*/} $(readlink $f); done")
    assert b"seccomp" not in reply["out"]
    assert b"socket" not in reply["out"]


def test_steps_after_each_other_leave_no_descriptors_behind(guest, run):
    pid = guest.client.api.inspect_container(guest.container)["State"]["Pid"]

    def descriptors():
        # A listener goes when its last process has been seen to, which is after the reply.
        guest.run("sleep 0.1")
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    for _ in range(3):
        run("ls; sleep 99 & true")
    before = descriptors()
    for _ in itertools.repeat(None, 20):
        run("ls; no-such-program; sleep 99 & true")
    assert descriptors() == before


def test_a_listener_that_stands_still_ends_the_step_with_its_name_and_hangs_nobody(open_guest):
    guest = open_guest()
    guest.configure()
    guest.run("true", record=RECORD)
    guest.client.api.kill(guest.container, "SIGSTOP")
    with pytest.raises(Exception, match="did not answer within") as raised:
        guest.ask("run", timeout=2, command="ls; ls", seconds=1, record=RECORD)
    assert type(raised.value).__name__ == "ChannelBroken"


def test_a_listener_that_is_killed_takes_everything_with_it(open_guest):
    guest = open_guest()
    guest.configure()
    number = guest.channel.send("run", command="while :; do ls; done", seconds=60, record=RECORD)
    time.sleep(0.3)
    guest.client.api.kill(guest.container, "SIGKILL")
    with pytest.raises(Exception, match="ended") as raised:
        guest.channel.receive(number, timeout=20)
    assert type(raised.value).__name__ == "GuestGone"
    assert not guest.client.api.inspect_container(guest.container)["State"]["Running"]
