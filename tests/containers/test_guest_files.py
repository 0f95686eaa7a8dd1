"""Files in and out, as the agent, along paths that were judged."""

from __future__ import annotations

import base64
import io
import tarfile

import pytest

pytestmark = pytest.mark.docker


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read(guest, path, limit=1 << 20):
    reply = guest.ask("read_file", path=path, limit=limit)
    if reply["ok"]:
        reply["data"] = base64.b64decode(reply["data"])
    return reply


def archive(*entries):
    """A tar of (name, kind, content or target)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, kind, content in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = 0o4755
            if kind == tarfile.REGTYPE:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.linkname = content
                tar.addfile(info)
    return b64(file.getvalue())


def test_bytes_are_written_and_read_as_they_are(guest):
    data = bytes(range(256)) * 1000
    assert guest.ask("write_file", path="/workspace/f", data=b64(data))["size"] == len(data)
    reply = read(guest, "/workspace/f")
    assert (reply["data"], reply["size"], reply["truncated"]) == (data, len(data), False)


def test_a_file_belongs_to_the_agent_and_has_the_mode_that_was_asked_for(guest):
    guest.ask("write_file", path="/workspace/a", data="")
    guest.ask("write_file", path="/workspace/b", data="", mode=0o4750)
    said = guest.run("ls -ln a b")["out"].decode().split("\n")
    assert said[0].startswith("-rw-r--r-- 1 10001 10001")
    assert said[1].startswith("-rwxr-x--- 1 10001 10001")


def test_writing_again_replaces_and_appending_adds(guest):
    guest.ask("write_file", path="/workspace/f", data=b64(b"long content"))
    guest.ask("write_file", path="/workspace/f", data=b64(b"new"))
    guest.ask("write_file", path="/workspace/f", data=b64(b"+more"), append=True)
    assert read(guest, "/workspace/f")["data"] == b"new+more"


def test_a_read_stops_at_its_limit_and_tells_the_size(guest):
    guest.ask("write_file", path="/workspace/f", data=b64(b"x" * 1000))
    reply = read(guest, "/workspace/f", limit=10)
    assert (reply["data"], reply["size"], reply["truncated"]) == (b"x" * 10, 1000, True)


def test_a_file_of_the_kernel_s_is_read_though_it_says_no_size(guest):
    reply = read(guest, "/proc/version")
    assert reply["data"].startswith(b"Linux version")
    assert reply["size"] == len(reply["data"])


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/workspace/none", "not_found"),
        ("/workspace", "is_directory"),
        ("/etc/passwd/x", "not_a_directory"),
        ("/usr/bin/perl", "refused"),
        ("/etc/shadow", "refused"),
        ("/dev/null", "not_regular"),
        ("/workspace/fifo", "not_regular"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_word(guest, path, error):
    guest.python("import os; os.mkfifo('fifo')")
    assert read(guest, path)["error"] == error


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/workspace/none/f", "not_found"),
        ("/workspace", "is_directory"),
        ("/etc/passwd", "refused"),
        ("/etc/new", "refused"),
        ("/longleash/bin/bash", "refused"),
        ("/workspace/fifo", "not_regular"),
        ("/workspace/" + "x" * 300, "too_large"),
    ],
)
def test_what_cannot_be_written_is_told_in_one_word(guest, path, error):
    guest.python("import os; os.mkfifo('fifo')")
    assert guest.ask("write_file", path=path, data=b64(b"x"))["error"] == error


def test_a_file_past_the_limit_is_told(guest):
    guest.configure(limits={"file_bytes": 1000})
    reply = guest.ask("write_file", path="/workspace/f", data=b64(b"x" * 1001))
    assert reply["error"] == "too_large"


def test_a_full_disk_is_told(guest):
    guest.run("head -c 100000000 /dev/zero > big")
    reply = guest.ask("write_file", path="/workspace/f", data=b64(b"x" * 100_000))
    assert reply["error"] == "no_space"


@pytest.mark.parametrize("where", ["last", "before"])
def test_a_link_swapped_in_after_the_judgement_is_refused(guest, where):
    guest.run("mkdir real; echo secret > real/f")
    guest.run("ln -s real/f last; ln -s real before_")
    path = {"last": "/workspace/last", "before": "/workspace/before_/f"}[where]
    assert read(guest, path)["error"] == "changed"
    assert guest.ask("write_file", path=path, data=b64(b"x"))["error"] == "changed"
    assert read(guest, "/workspace/real/f")["data"] == b"secret\n"


def resolve(guest, *paths, cwd="/workspace"):
    reply = guest.ask("resolve", paths=list(paths), cwd=cwd)
    return [(found["path"], found["kind"]) for found in reply["paths"]]


def test_names_are_resolved_as_the_agent_meets_them(guest):
    guest.run("mkdir d; echo > d/f; ln -s d link; ln -s /etc out; ln -s loop loop; chmod 0 d/f")
    assert resolve(guest, "d/f", "link/f", "link/../d", "out/passwd", "new", "d/../../x/y") == [
        ("/workspace/d/f", "file"),
        ("/workspace/d/f", "file"),
        ("/workspace/d", "directory"),
        ("/etc/passwd", "file"),
        ("/workspace/new", "missing"),
        ("/x/y", "missing"),
    ]
    assert [kind for _, kind in resolve(guest, "loop", "none/../d")] == ["denied", "denied"]


def test_a_directory_the_agent_cannot_enter_is_denied(guest):
    assert resolve(guest, "/root/x", "/run/longleash/ruleset") == [
        ("/root/x", "denied"),
        ("/run/longleash/ruleset", "denied"),
    ]


def test_a_name_through_proc_does_not_stand_for_the_guests_own(guest):
    # /proc/self is the guest where it is resolved, and the command where it is used.
    assert resolve(guest, "/proc/self/root/etc/passwd", "/proc/self", "/dev/stdin") == [
        ("/proc/self/root/etc/passwd", "denied"),
        ("/proc/self", "other"),
        ("/proc/self/fd/0", "denied"),
    ]


def test_names_that_are_not_utf8_come_back_as_they_are(guest):
    guest.run(r"printf x > $'\xff'")
    assert resolve(guest, "\udcff") == [("/workspace/\udcff", "file")]
    assert read(guest, "/workspace/\udcff")["data"] == b"x"


def test_a_tar_is_unpacked_as_the_agent(guest):
    tar = archive(
        ("d", tarfile.DIRTYPE, ""),
        ("d/f", tarfile.REGTYPE, b"content"),
        ("deep/er/f", tarfile.REGTYPE, b""),
        ("d/link", tarfile.SYMTYPE, "f"),
        ("x" * 150, tarfile.REGTYPE, b"long name"),
    )
    assert guest.ask("put", root="/workspace", tar=tar)["entries"] == 5
    assert guest.run("cat d/link")["out"] == b"content"
    assert guest.run("ls -ln d/f")["out"].startswith(b"-rwxr-xr-x 1 10001 10001")
    # Again, over what is there.
    assert guest.ask("put", root="/workspace", tar=tar)["ok"]


@pytest.mark.parametrize(
    "entries",
    [
        [("../evil", tarfile.REGTYPE, b"x")],
        [("/tmp/evil", tarfile.REGTYPE, b"x")],
        [("d/../../tmp/evil", tarfile.REGTYPE, b"x")],
        [("link", tarfile.SYMTYPE, "/tmp")],
        [("link", tarfile.SYMTYPE, "../tmp")],
        [("d/link", tarfile.SYMTYPE, "../../tmp")],
        [("device", tarfile.CHRTYPE, "")],
        [("pipe", tarfile.FIFOTYPE, "")],
    ],
)
def test_a_tar_that_reaches_out_is_refused_whole(guest, entries):
    tar = archive(("fine", tarfile.REGTYPE, b"x"), *entries)
    assert guest.ask("put", root="/workspace", tar=tar)["error"] == "bad_request"
    assert guest.run("ls -A /workspace /tmp")["out"] == b"/tmp:\n\n/workspace:\n"


def test_a_tar_is_not_led_out_by_a_link_that_is_there(guest):
    guest.run("ln -s /tmp d")
    tar = archive(("d/evil", tarfile.REGTYPE, b"x"))
    assert not guest.ask("put", root="/workspace", tar=tar)["ok"]
    assert guest.run("ls -A /tmp")["out"] == b""


def test_a_link_that_is_there_is_replaced_and_not_followed(guest):
    guest.run("ln -s /tmp/evil f")
    assert guest.ask("put", root="/workspace", tar=archive(("f", tarfile.REGTYPE, b"x")))["ok"]
    assert guest.run("ls -A /tmp; cat f")["out"] == b"x"


def test_what_is_no_tar_is_refused(guest):
    assert guest.ask("put", root="/workspace", tar=b64(b"no"))["error"] == "bad_request"
