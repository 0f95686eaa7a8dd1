"""One command: what it says, how it ends, what it leaves to the next."""

from __future__ import annotations

import base64
import threading
import time

import pytest

pytestmark = pytest.mark.docker


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_stdout_and_stderr_come_apart_with_the_exit_code(guest):
    said = guest.run("echo out; echo err >&2; exit 3")
    assert (said["out"], said["err"], said["exit_code"]) == (b"out\n", b"err\n", 3)
    assert said["signal"] is None
    assert said["started"]


def test_an_argv_is_run_without_a_shell(guest):
    assert guest.ask("run", argv=["cat", "a b", "$HOME"])["err"].startswith(b"cat: 'a b'")


def test_an_argv_that_names_no_program_says_so(guest):
    said = guest.ask("run", argv=["no-such-program"])
    assert (said["exit_code"], said["error"]) == (127, "not_found")


def test_an_argv_that_may_not_be_run_says_so(guest):
    said = guest.ask("run", argv=["perl"])
    assert (said["exit_code"], said["error"]) == (126, "refused")


def test_a_command_that_starts_with_a_dash_is_no_option(guest):
    said = guest.run("-c id")
    assert (said["exit_code"], said["out"]) == (127, b"")
    assert b"-c: command not found" in said["err"]


def test_a_command_that_is_too_long_is_told_and_not_a_fault(guest):
    said = guest.run(": " + "x" * 200_000)
    assert (said["started"], said["error"], said["exit_code"]) == (False, "too_long", 126)
    assert guest.run("true")["exit_code"] == 0


def test_a_held_command_does_nothing_until_it_is_let_go(guest):
    guest.run("rm -f began")
    number = guest.channel.send("run", command="echo > began; echo done", hold=True, seconds=10)
    assert guest.ask("read_file", path="/workspace/began", limit=10)["error"] == "not_found"
    time.sleep(0.3)
    assert guest.ask("read_file", path="/workspace/began", limit=10)["error"] == "not_found"
    guest.channel.go(number)
    said = guest.channel.receive(number)
    assert base64.b64decode(said["stdout"]["head"]) == b"done\n"
    assert said["seconds"] < 0.3, "what it waited is not what it took"
    assert guest.ask("read_file", path="/workspace/began", limit=10)["ok"]


def test_a_held_command_that_is_cancelled_never_begins(guest):
    guest.run("rm -f began")
    number = guest.channel.send("run", command="echo > began", hold=True, seconds=10)
    assert guest.channel.cancel(number)
    guest.channel.go(number)
    assert guest.channel.receive(number)["cancelled"]
    assert guest.ask("read_file", path="/workspace/began", limit=10)["error"] == "not_found"


def test_an_agent_cannot_let_its_own_held_command_go(guest):
    # Its own uid's process: it finds the held one in /proc and writes to the pipe it waits on.
    attack = """
import os, time
until = time.monotonic() + 3
while time.monotonic() < until:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if b"launch" not in open(f"/proc/{pid}/cmdline", "rb").read() or pid == "1":
                continue
            open("seen", "w").write(pid)
            os.write(os.open(f"/proc/{pid}/fd/96", os.O_WRONLY), b"g")
            open("let go", "w").write(pid)
        except OSError as error:
            open("refused", "w").write(str(error))
"""
    guest.ask("write_file", path="/workspace/attack.py", data=b64(attack.encode()))
    guest.run("rm -f began seen 'let go' refused; setsid python3 attack.py &", survivors="keep")
    number = guest.channel.send(
        "run", command="echo > began", hold=True, seconds=10, survivors="keep"
    )
    time.sleep(1.5)
    exists = {
        name: guest.ask("read_file", path=f"/workspace/{name}", limit=99)["ok"]
        for name in ("seen", "refused", "let go", "began")
    }
    assert exists == {"seen": True, "refused": True, "let go": False, "began": False}
    guest.channel.go(number)
    assert guest.channel.receive(number)["exit_code"] == 0
    guest.run("true")


def test_stdin_is_closed_or_what_was_given(guest):
    assert guest.run("cat")["out"] == b""
    assert guest.run("cat", stdin=b64(b"\x00\xff"))["out"] == b"\x00\xff"


def test_a_large_stdin_arrives_whole(guest):
    size = 8 << 20
    program = "import sys; print(len(sys.stdin.buffer.read()))"
    assert guest.python(program, stdin=b64(b"x" * size))["out"].strip() == str(size).encode()


def test_a_stdin_that_is_not_read_holds_nothing_up(guest):
    assert guest.run("exit 4", stdin=b64(b"x" * (4 << 20)))["exit_code"] == 4


def test_every_byte_comes_back_as_it_was(guest):
    said = guest.python("import sys; sys.stdout.buffer.write(bytes(range(256)))")
    assert said["out"] == bytes(range(256))
    assert guest.run(r"printf '\033[2J\xff\xfe\r'")["out"] == b"\x1b[2J\xff\xfe\r"


def test_one_line_of_100_megabytes_keeps_its_head_and_its_tail(guest):
    program = "import sys; sys.stdout.write('a' + 'x' * 100_000_000 + 'z')"
    stream = guest.python(program, output_bytes=1000)["stdout"]
    assert stream["size"] == 100_000_002
    assert (stream["head"][:2], stream["tail"][-2:]) == (b"ax", b"xz")
    assert len(stream["head"]) + len(stream["tail"]) == 1000


def test_output_that_fits_is_all_head(guest):
    stream = guest.run("printf 0123456789", output_bytes=10)["stdout"]
    assert (stream["head"], stream["tail"], stream["size"]) == (b"0123456789", b"", 10)


def test_output_without_end_is_stopped_by_the_time_limit(guest):
    said = guest.run("yes", seconds=0.5, output_bytes=100)
    assert said["timed_out"]
    assert said["stdout"]["size"] > 1_000_000
    assert len(said["out"]) == 100


def test_the_time_limit_ends_the_whole_group_and_who_left_it(guest):
    said = guest.run(
        "sleep 301 & (setsid sleep 302 &) ; python3 -c '"
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if not os.fork(): time.sleep(303)\n"
        "' ; sleep 304",
        seconds=0.7,
    )
    assert said["timed_out"]
    assert said["signal"] == 9
    assert said["exit_code"] is None
    assert guest.ask("end_agent")["ended"] == 0


def test_a_fork_bomb_ends_with_its_time_and_the_guest_lives_on(guest):
    said = guest.run("f() { f | f & f; }; f", seconds=1.0)
    assert said["timed_out"] or said["exit_code"] is not None
    assert guest.run("echo alive")["out"] == b"alive\n"
    assert guest.ask("end_agent")["ended"] == 0


def test_a_fork_bomb_beside_a_started_process_spares_it(guest):
    guest.ask("start", name="server", command="sleep 300")
    guest.python(
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", seconds=0.7
    )
    [server] = guest.ask("list")["processes"]
    assert server["running"]
    assert guest.run("echo alive")["out"] == b"alive\n"
    # The process itself, and nothing of the bomb.
    assert guest.ask("end_agent")["ended"] == 1


def test_a_step_ends_with_its_direct_child_though_pipes_stay_open(guest):
    began = time.monotonic()
    said = guest.run("echo first; sleep 300 &")
    assert said["out"] == b"first\n"
    assert time.monotonic() - began < 20
    [survivor] = said["survivors"]
    assert survivor["argv"][-1] in ("300", "echo first; sleep 300 &")


def test_survivors_are_killed_unless_they_are_kept(guest):
    guest.run("sleep 300 &", survivors="kill")
    assert guest.ask("end_agent")["ended"] == 0
    guest.run("sleep 300 &", survivors="keep")
    # A later step and its time limit are no business of one that was kept.
    later = guest.run("sleep 300", seconds=0.2)
    assert later["timed_out"]
    assert later["survivors"] == []
    assert guest.ask("end_agent")["ended"] == 1


def test_one_that_daemonises_is_a_survivor(guest):
    said = guest.python(
        "import os, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "for fd in range(3): os.close(fd)\n"
        "time.sleep(300)"
    )
    assert said["exit_code"] == 0
    # The middle one may still be on its way out.
    assert said["survivors"]
    assert guest.ask("end_agent")["ended"] == 0


def test_a_survivor_that_never_stops_writing_does_not_hold_the_step(guest):
    said = guest.run("yes & exit 5")
    assert said["exit_code"] == 5
    assert said["survivors"]


@pytest.mark.parametrize(
    ("command", "exit_code", "signal"),
    [
        ("kill -9 $$", None, 9),
        ("kill -TERM 0", None, 15),
        ("kill -INT $$; sleep 5", None, 2),
        ("sleep 0.1; kill -HUP $$", None, 1),
        ("exec 0<&- 1>&- 2>&-; exit 6", 6, None),
        ('for fd in {3..255}; do eval "exec $fd>&-"; done; exit 7', 7, None),
        ("exec sh -c 'exit 8'", 8, None),
        ("trap 'exit 9' EXIT; false", 9, None),
        ("set -e; false; true", 1, None),
    ],
)
def test_however_a_command_ends_its_end_is_told(guest, command, exit_code, signal):
    said = guest.run(command)
    assert (said["exit_code"], said["signal"]) == (exit_code, signal)
    assert guest.run("echo alive")["out"] == b"alive\n"


def test_one_that_stops_itself_runs_into_its_time_limit(guest):
    assert guest.run("kill -STOP $$", seconds=0.3)["timed_out"]


def test_the_working_directory_and_exports_carry_over(guest):
    guest.run("mkdir -p a/b; cd a/b; export COLOUR='two\nlines'; LOCAL=1")
    said = guest.run('pwd; echo "$COLOUR"; echo "${LOCAL-unset}"')
    assert said["out"] == b"/workspace/a/b\ntwo\nlines\nunset\n"
    assert said["cwd"] == "/workspace/a/b"
    assert said["env"]["COLOUR"] == "two\nlines"


def test_they_carry_over_from_a_command_that_exits(guest):
    assert guest.run("cd /tmp; export A=1; exit 3")["exit_code"] == 3
    assert guest.run("pwd; echo $A")["out"] == b"/tmp\n1\n"


def test_they_stay_as_they_were_where_a_command_is_killed(guest):
    guest.run("cd /tmp; export A=1")
    guest.run("cd /; export A=2; kill -9 $$")
    assert guest.run("pwd; echo $A")["out"] == b"/tmp\n1\n"


def test_a_variable_that_was_unset_stays_unset(guest):
    guest.run("unset LANG")
    assert guest.run("echo ${LANG-unset}")["out"] == b"unset\n"


@pytest.mark.parametrize(
    "command",
    [
        "ls() { id; }; export -f ls",
        "export LD_PRELOAD=/tmp/x.so",
        "export PATH=/tmp:$PATH",
        "export IFS=x",
        "export BASH_ENV=/tmp/x ENV=/tmp/x",
        "export PROMPT_COMMAND=id PS4='$(id)' SHELLOPTS",
        "export CDPATH=/tmp GLOBIGNORE=x POSIXLY_CORRECT=1",
        "exec env 'BASH_FUNC_ls%%=() { id; }' bash -c true",
    ],
)
def test_what_changes_the_meaning_of_a_command_is_not_carried(guest, command):
    before = guest.run("env | grep -v ^_=")["out"]
    assert guest.run(f"{command}; true")["env"] == guest.run("true")["env"]
    assert guest.run("env | grep -v ^_=")["out"] == before


def test_what_is_not_carried_is_named(guest):
    assert guest.run("export IFS=x LD_PRELOAD=y")["env_dropped"] == ["IFS", "LD_PRELOAD"]


def test_the_shell_s_own_start_file_reaches_no_child(guest):
    assert guest.run("env | grep -c BASH_ENV; sh -c 'echo ${BASH_ENV-none}'")["out"] == b"0\nnone\n"


def test_a_working_directory_that_went_falls_back_and_says_so(guest):
    guest.run("mkdir gone; cd gone")
    said = guest.run("rmdir /workspace/gone; true")
    assert (said["cwd_lost"], said["cwd"]) == (True, "/workspace")
    assert guest.run("pwd")["out"] == b"/workspace\n"


def test_a_working_directory_that_another_removed_falls_back_and_says_so(guest):
    guest.run("mkdir gone; cd gone")
    guest.ask("run", argv=["rmdir", "/workspace/gone"], cwd="/")
    said = guest.run("pwd")
    assert (said["cwd_lost"], said["out"]) == (True, b"/workspace\n")


@pytest.mark.parametrize(
    "command",
    ["set -x", "set -o posix", "trap 'echo debug' DEBUG", "set -eu", "exec 97>&-"],
)
def test_what_a_command_sets_does_not_show_in_what_it_leaves(guest, command):
    said = guest.run(f"{command}; true")
    assert b"LLSTATE" not in said["out"] + said["err"]
    assert b"declare" not in said["out"] + said["err"]
    assert said["exit_code"] == 0
    assert said["env"] == guest.run("true")["env"]


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "",
        'a "quoted" $HOME `id` \\\\ \' end',
        "lines\n\twith\x1b[31m\x07\x0b\x0c\b\r and 'quotes' \\",
        "grüße, 世界",
        "\udcff\udcfe",
        'declare -x FAKE="1"\ndeclare -x FAKE="2"',
        "LLSTATE1\n/etc",
    ],
)
def test_any_value_carries_over_as_it_is(guest, value):
    guest.run("true", env={"VALUE": value})
    said = guest.run("true")
    assert said["env"]["VALUE"] == value
    assert "FAKE" not in said["env"]
    assert said["cwd"] == "/workspace"


def test_values_full_of_what_the_channel_counts_carry_over_too(guest):
    values = {"COMMAS": "," * 120_000, "BRACKETS": "[{" * 60_000}
    guest.run("true", env=values)
    assert values.items() <= guest.run("true")["env"].items()


def test_more_exports_than_fit_leave_all_as_it_was(guest):
    guest.run("for i in {1..5}; do export V$i=$(python3 -c 'print(\"x\" * 100000)'); done")
    assert "V1" not in guest.run("true")["env"]


def test_nothing_carries_where_it_is_not_asked_for(guest):
    guest.run("cd /tmp", carry=False)
    assert guest.run("pwd")["out"] == b"/workspace\n"


def test_a_command_gets_what_is_given_for_it_alone(guest):
    assert guest.run("pwd; echo $X", cwd="/tmp", env={"X": "1"}, carry=False)["out"] == b"/tmp\n1\n"


def test_a_running_command_is_cancelled_from_another_thread(guest):
    said = {}
    thread = threading.Thread(target=lambda: said.update(guest.run("sleep 300; echo no")))
    thread.start()
    while not guest.channel.cancel():
        time.sleep(0.02)
    thread.join(20)
    assert said["cancelled"]
    assert said["out"] == b""
    assert guest.run("echo alive")["out"] == b"alive\n"


@pytest.mark.parametrize("beside", ["alone", "beside another"])
def test_a_command_cancelled_in_its_first_moment_never_runs_on(guest, beside):
    if beside != "alone":
        guest.ask("start", name="p", command="sleep 300")
    for _ in range(20):
        number = guest.channel.send("run", command="sleep 300; echo no", seconds=60)
        assert guest.channel.cancel(number)
        said = guest.channel.receive(number)
        assert (said["cancelled"], said["exit_code"], said["signal"]) == (True, None, 9)
    assert guest.ask("end_agent")["ended"] == (0 if beside == "alone" else 1)


def test_cancelling_when_nothing_runs_is_told(guest):
    assert guest.channel.cancel() is False
    assert guest.channel.cancel(target=12345) is False


def test_the_guest_answers_while_a_command_runs(guest):
    number = guest.channel.send("run", command="sleep 300", seconds=60)
    assert guest.ask("hello")["ok"]
    assert guest.ask("write_file", path="/workspace/x", data=b64(b"x"))["ok"]
    assert guest.ask("run", command="true")["error"] == "busy"
    assert guest.channel.cancel(number)
    assert guest.channel.receive(number)["cancelled"]


def test_hostile_names_of_processes_are_told_as_text(guest):
    said = guest.run("exec -a $'\\xff\\033[2J' sleep 300 &")
    assert said["survivors"][0]["argv"]


def test_all_processes_of_the_agent_are_ended_for_certain(guest):
    guest.run("for i in {1..20}; do (setsid sleep 300 &); done", survivors="keep")
    guest.ask("start", name="server", command="sleep 300")
    assert guest.ask("end_agent")["ended"] == 21
    assert guest.ask("end_agent")["ended"] == 0
    assert guest.ask("list")["processes"] == []


def test_a_bad_request_is_refused_and_the_guest_lives_on(guest):
    assert guest.ask("no-such-operation")["error"] == "unknown_operation"
    assert guest.ask("run")["error"] == "bad_request"
    assert guest.ask("run", command=7)["error"] == "bad_request"
    assert guest.ask("read_file")["error"] == "bad_request"
    assert guest.run("echo alive")["out"] == b"alive\n"
