"""The guest needs nothing of the image, and its end is told with its cause."""

from __future__ import annotations

import time

import pytest

from episodes.errors import GuestGone

pytestmark = pytest.mark.docker

ALIVE = "cd /tmp; export A=1; echo $BASH_VERSION"


@pytest.fixture(scope="module")
def static(open_guest):
    return open_guest("static")


@pytest.fixture(scope="module")
def musl(open_guest):
    return open_guest("musl")


def test_an_image_with_one_static_program_is_enough(static):
    reply = static.configure(path="/bin", programs=["ls", "cat", "python3"])
    assert reply["programs"] == {"ls": "/bin/busybox", "cat": "/bin/busybox", "python3": None}
    assert static.run(ALIVE)["out"].startswith(b"5.")
    assert static.run("pwd; echo $A; ls /proc/self/status")["out"] == (
        b"/tmp\n1\n/proc/self/status\n"
    )


def test_what_protects_protects_there_too(static):
    static.configure(path="/bin", programs=["ls", "cat"], rules=[["r", "/proc"], ["rw", "/tmp"]])
    said = static.run("cat /proc/self/status")["out"].decode()
    for line in ("Uid:\t10001", "NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"):
        assert line in said
    assert b"denied" in static.run("ls /")["err"]


def test_an_image_of_musl_runs_its_own_programs(musl):
    reply = musl.configure(path="/bin", programs=["hello"], rules=[["r", "/lib"]])
    assert reply["programs"] == {"hello": "/bin/hello"}
    said = musl.run("hello")
    assert (said["out"], said["exit_code"]) == (b"musl\n", 7)


def test_musl_s_loader_starts_nothing_that_is_not_listed(musl):
    musl.configure(path="/bin", programs=["hello"], rules=[["r", "/lib"]])
    assert musl.run("other")["exit_code"] == 126
    loader = "/lib/ld-musl-x86_64.so.1"
    assert musl.run(f"{loader} /bin/hello")["exit_code"] == 7
    assert musl.run(f"{loader} /bin/other")["exit_code"] not in (0, 7)


@pytest.mark.parametrize("name", ["static", "musl"])
def test_every_operation_works_there(name, request):
    guest = request.getfixturevalue(name)
    guest.configure(path="/bin", programs=[], rules=[["rw", "/workspace"]])
    assert guest.ask("write_file", path="/workspace/f", data="eA==")["ok"]
    assert guest.ask("read_file", path="/workspace/f", limit=10)["data"] == "eA=="
    assert guest.ask("resolve", paths=["f"], cwd="/workspace")["paths"][0]["kind"] == "file"
    guest.ask("start", name="p", command="read x; echo $x", pty=True)
    guest.ask("write", name="p", data="eQo=")
    assert b"y" in guest.ask("read", name="p", seconds=10)["out"]
    said = guest.ask("check", argv=["bash", "c"], files={"c": "ZXhpdCA5"}, seconds=10)
    assert said["exit_code"] == 9


def test_a_guest_that_was_killed_is_gone_with_its_cause(open_guest):
    guest = open_guest()
    guest.configure()
    guest.client.api.kill(guest.container)
    with pytest.raises(GuestGone, match="ended"):
        guest.run("true")
    with pytest.raises(GuestGone):
        guest.ask("hello")


def test_a_guest_that_is_killed_in_the_middle_of_a_command_is_gone(open_guest):
    guest = open_guest()
    guest.configure()
    number = guest.channel.send("run", command="sleep 300")
    guest.client.api.kill(guest.container)
    with pytest.raises(GuestGone):
        guest.channel.receive(number, timeout=20)


def test_a_guest_whose_host_hangs_up_ends_with_all_it_started(open_guest):
    guest = open_guest()
    guest.configure()
    guest.ask("start", name="p", command="sleep 300")
    guest.channel.close()
    deadline = time.monotonic() + 10
    running = True
    while running and time.monotonic() < deadline:
        running = guest.client.api.inspect_container(guest.container)["State"]["Running"]
        time.sleep(0.02)
    assert not running


def test_a_guest_ends_when_it_is_asked_to(open_guest):
    guest = open_guest()
    assert guest.ask("exit")["ok"]
    assert guest.client.api.wait(guest.container, timeout=10)["StatusCode"] == 0


def test_memory_that_runs_out_costs_the_command_and_not_the_guest(open_guest):
    guest = open_guest()
    guest.configure()
    said = guest.python("x = bytearray(1 << 30)", seconds=30)
    assert said["exit_code"] != 0
    assert guest.run("echo alive")["out"] == b"alive\n"


def test_an_unconfigured_guest_runs_nothing(open_guest):
    guest = open_guest()
    assert guest.run("true")["error"] == "not_configured"
    assert guest.ask("read_file", path="/etc/passwd", limit=1)["error"] == "not_configured"
