"""What the guest finds changed in the workspace, whatever the agent has put there."""

from __future__ import annotations

import base64
import hashlib
import time

import pytest

pytestmark = pytest.mark.docker

WATCH = {
    "root": "/workspace",
    "entries": 5000,
    "changes": 2000,
    "read": 1 << 22,
    "inline": 1 << 16,
}
FIELDS = (
    *("change", "kind", "path", "size", "mode", "time", "links"),
    *("target", "digest", "before", "sort", "why", "at"),
)


@pytest.fixture
def looked(guest):
    """A guest that looks, and has looked at an empty workspace."""
    guest.configure(watch=WATCH)
    assert look(guest) == {}
    return guest


def lines(found):
    parts = base64.b64decode(found["changes"]).split(b"\0") if "changes" in found else []
    assert len(parts) % len(FIELDS) == 0
    every = [
        dict(zip(FIELDS, parts[at : at + len(FIELDS)], strict=True))
        for at in range(0, len(parts), len(FIELDS))
    ]
    content = base64.b64decode(found.get("content", ""))
    for line in every:
        at = line["at"]
        line["content"] = content[int(at) : int(at) + int(line["size"])] if at else None
    return {line["path"].decode("utf-8", "surrogateescape"): line for line in every}


def look(guest, **more):
    return lines(guest.ask("look", **more)["files"])


def does(guest, program, **more):
    """Runs Python inside, and says what changed by it."""
    reply = guest.python(program, look=True, **more)
    assert reply["exit_code"] == 0, reply["err"]
    return lines(reply["files"])


def sha(data):
    return hashlib.sha256(data).hexdigest().encode()


def said(found):
    return {path: line["change"] + line["kind"] for path, line in found.items()}


def test_what_a_command_makes_changes_and_removes_is_told_once(looked):
    made = does(looked, "import os; os.mkdir('d'); open('d/a','w').write('one'); open('b','w')")
    assert said(made) == {"d": b"cd", "d/a": b"cf", "b": b"cf"}
    assert made["d/a"]["content"] == b"one"
    assert made["d/a"]["digest"] == sha(b"one")
    changed = does(looked, "open('d/a','w').write('two')")
    assert said(changed) == {"d/a": b"mf"}
    assert (changed["d/a"]["before"], changed["d/a"]["content"]) == (sha(b"one"), b"two")
    gone = does(looked, "import os; os.remove('d/a'); os.rmdir('d')")
    assert said(gone) == {"d": b"rd", "d/a": b"rf"}
    assert gone["d/a"]["before"] == sha(b"two")
    assert does(looked, "pass") == {}


def test_every_operation_that_can_change_files_can_look(looked):
    reply = looked.ask("write_file", path="/workspace/w", data="eA==", look=True)
    assert said(lines(reply["files"])) == {"w": b"cf"}
    reply = looked.ask("start", name="p", command="sleep 0.3; echo > s", look=True)
    assert lines(reply["files"]) == {}
    reply = looked.ask("read", name="p", seconds=20, look=True)
    assert said(lines(reply["files"])) == {"s": b"cf"}
    reply = looked.ask("read_file", path="/workspace/none", limit=9, look=True)
    assert (reply["ok"], lines(reply["files"])) == (False, {})


def test_the_same_size_at_the_same_clock_is_seen_as_changed(looked):
    for number in range(12):
        assert said(does(looked, f"open('f','w').write('{number:02}')")).keys() == {"f"}


def test_times_that_the_agent_sets_hide_nothing(looked):
    does(looked, "open('f','w').write('old'); import os; os.utime('f', (1, 1))")
    found = does(looked, "open('f','w').write('new'); import os; os.utime('f', (1, 1))")
    assert found["f"]["content"] == b"new"


def test_what_is_touched_or_written_as_it_was_is_no_change(looked):
    does(looked, "open('f','w').write('same')")
    time.sleep(0.03)
    assert does(looked, "import os; os.utime('f'); open('f','w').write('same')") == {}
    assert said(does(looked, "import os; os.chmod('f', 0o755)")) == {"f": b"mf"}


def test_a_link_is_read_as_a_link_and_never_followed(looked):
    found = does(
        looked,
        "import os; os.symlink('/etc/passwd','f'); os.symlink('/etc','d'); os.symlink('..','up')",
    )
    assert said(found) == {"f": b"cl", "d": b"cl", "up": b"cl"}
    assert [line["target"] for line in found.values()].count(b"/etc/passwd") == 1
    assert not any(line["digest"] for line in found.values())
    moved = does(looked, "import os; os.remove('f'); os.symlink('/etc/group','f')")
    assert (said(moved), moved["f"]["target"]) == ({"f": b"ml"}, b"/etc/group")


def test_what_becomes_another_kind_of_thing_is_removed_and_created(looked):
    does(looked, "open('f','w').write('x')")
    reply = looked.python("import os; os.remove('f'); os.mkdir('f')", look=True)
    parts = base64.b64decode(reply["files"]["changes"]).split(b"\0")
    assert [parts[at : at + 3] for at in (0, 13)] == [[b"r", b"f", b"f"], [b"c", b"d", b"f"]]


def test_pipes_and_sockets_are_named_and_hold_nothing_up(looked):
    found = does(
        looked,
        "import os, socket; os.mkfifo('p'); s = socket.socket(socket.AF_UNIX); s.bind('s')",
    )
    assert said(found) == {"p": b"co", "s": b"co"}


def test_names_that_are_not_utf_8_and_names_full_of_commas_arrive_as_they_are(looked):
    found = does(
        looked,
        r"""
for name in (b'a\xff\xfe', b'line\nbreak', b',' * 250, b'{[' * 100, b'\xe2\x80\xae'):
    open(name, 'wb').write(b'x')
""",
    )
    assert {line["path"] for line in found.values()} == {
        *(b"a\xff\xfe", b"line\nbreak", b"," * 250, b"{[" * 100, b"\xe2\x80\xae")
    }


def test_names_of_one_file_are_each_told_and_it_is_read_once(looked):
    found = does(looked, "import os; open('a','w').write('x'); os.link('a','b')")
    assert said(found) == {"a": b"cf", "b": b"cf"}
    assert {line["links"] for line in found.values()} == {b"2"}
    assert {line["digest"] for line in found.values()} == {sha(b"x")}


def test_what_the_agent_may_not_read_itself_is_not_read(looked):
    found = does(looked, "import os; open('f','w').write('x'); os.chmod('f', 0)")
    assert (found["f"]["why"], found["f"]["digest"]) == (b"u", b"")
    found = does(looked, "import os; os.chmod('f', 0o600)")
    assert found["f"]["digest"] == sha(b"x")


@pytest.mark.parametrize("mode", ["0", "0o400", "0o100"])
def test_a_directory_that_cannot_be_looked_into_is_said_to_be_missing(looked, mode):
    reply = looked.python(
        f"import os; os.mkdir('d'); open('d/f','w'); os.chmod('d', {mode})", look=True
    )
    assert "directory" in reply["files"]["truncated"]
    looked.python("import os; os.chmod('d', 0o700)")
    assert "truncated" not in looked.ask("look")["files"]


def test_a_large_file_is_hashed_and_given_in_parts(looked):
    found = does(looked, "open('f','wb').write(bytes(range(256)) * 12000)")
    data = bytes(range(256)) * 12000
    assert (found["f"]["digest"], found["f"]["content"]) == (sha(data), None)
    got = b""
    while len(got) < len(data):
        path = base64.b64encode(b"f").decode()
        [part] = looked.ask("contents", paths=[path], offset=len(got))["parts"]
        got += base64.b64decode(part)
    assert got == data


def test_more_than_is_to_be_read_is_told_with_its_size_alone(looked):
    found = does(looked, "open('f','wb').truncate(1 << 26); open('g','w').write('x')")
    assert (found["f"]["why"], found["f"]["size"]) == (b"n", b"%d" % (1 << 26))
    assert found["g"]["digest"] == sha(b"x")
    assert does(looked, "pass") == {}


def test_a_hundred_thousand_files_take_a_bounded_time_and_are_said_to_be_too_many(looked):
    program = "import os\nfor n in range(100000): os.close(os.open(str(n), os.O_CREAT))"
    began = time.monotonic()
    reply = looked.python(program, seconds=120, look=True)
    outside = time.monotonic() - began - reply["seconds"]
    assert reply["exit_code"] == 0
    assert "more than 5000" in reply["files"]["truncated"]
    assert reply["files"]["entries"] <= 5001
    assert len(lines(reply["files"])) == 2000
    # An untruncated walk of them takes seconds; this one a hundredth of that.
    assert outside < 5
    looked.ask("end_agent")
    looked.python("import os\nfor n in os.listdir('.'): os.remove(n)", seconds=120)


def test_directories_deeper_than_a_path_can_name_do_not_break_it(looked):
    program = "import os\nfor n in range(3000): os.mkdir('d'); os.chdir('d')"
    reply = looked.python(program, look=True)
    assert reply["exit_code"] == 0
    assert "deep" in reply["files"]["truncated"]
    looked.ask("end_agent")
    looked.run("cd /workspace; while [ -d d ]; do mv d/d e 2>/dev/null; rmdir d; mv e d; done")


def test_nothing_that_moves_while_it_looks_breaks_it_or_leads_out(looked):
    """A process goes on making, removing and turning into links what is being looked at."""
    mover = """
import os, itertools
os.mkdir('/tmp/real') if not os.path.isdir('/tmp/real') else None
open('/tmp/real/secret', 'w').write('outside')
for n in itertools.count():
    try:
        os.mkdir('x'); open('x/f', 'w').write('y' * (n % 9000)); os.remove('x/f'); os.rmdir('x')
        os.symlink('/tmp/real', 'x'); os.remove('x')
    except OSError:
        pass
"""
    looked.ask("write_file", path="/workspace/m.py", data=base64.b64encode(mover.encode()).decode())
    looked.ask("start", name="m", command="python3 m.py")
    for _ in range(300):
        found = look(looked)
        assert "x/secret" not in found
        for line in found.values():
            if line["content"] is not None:
                assert sha(line["content"]) == line["digest"]
    assert looked.ask("stop", name="m", look=True)["ok"]


@pytest.mark.parametrize(
    "path", [b"", b"..", b"../etc/passwd", b"a/../../b", b"./f", b"/etc/passwd"]
)
def test_contents_are_given_of_what_lies_within_and_of_nothing_else(looked, path):
    reply = looked.ask("contents", paths=[base64.b64encode(path).decode()], offset=0)
    assert not reply["ok"]
    does(looked, "import os; os.symlink('/etc/passwd','l'); os.symlink('/etc','d'); os.mkfifo('p')")
    for inside in (b"l", b"d/passwd", b"p", b"none", b"l/none"):
        reply = looked.ask("contents", paths=[base64.b64encode(inside).decode()], offset=0)
        assert reply["parts"] == [""]


def test_a_guest_that_was_not_told_to_does_not_look(guest):
    assert "files" not in guest.run("echo > f")
    assert guest.run("true", look=True)["exit_code"] == 0
    assert guest.ask("look")["error"] == "not_configured"
