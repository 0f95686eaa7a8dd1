"""In a real box: what a step changed is on record, and another box is made as it was then."""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath

import pytest

from episodes.actions import ReadFile, ReadProcess, RunCommand, StartProcess, WriteFile
from episodes.errors import StateNotKept
from episodes.reader import LogReader
from episodes.workspace import workspace_after
from episodes.writer import LogWriter
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.docker_host import open_docker
from sandbox.gate import Gate

pytestmark = pytest.mark.docker

PROGRAMS = [
    *("bash", "cat", "chmod", "env", "ln", "ls", "make", "mkdir", "mkfifo", "python3", "rm", "sh"),
    *("sleep", "stat", "touch", "true"),
]
POLICY = Policy.model_validate(
    {
        "version": 1,
        "name": "filing",
        "tools": ["shell", "processes", "files", "finish"],
        "shell": {"rules": [{"programs": PROGRAMS, "effect": "allow"}]},
        "files": {
            "read": ["/usr", "/lib", "/lib64", "/bin", "/etc", "/proc"],
            "write": ["/workspace", "/tmp"],
        },
    }
)
# Everything that a workspace is, as the agent itself sees it; times only of files.
LISTING = """
import hashlib, json, os, stat
found = {}
for top, folders, files in os.walk(b'/workspace'):
    for name in folders + files:
        path = os.path.join(top, name)
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        about = [oct(status.st_mode)]
        if stat.S_ISREG(status.st_mode):
            os.chmod(path, 0o600) if not status.st_mode & 0o400 else None
            about += [hashlib.sha256(open(path, 'rb').read()).hexdigest(), status.st_mtime_ns]
        elif stat.S_ISLNK(status.st_mode):
            about += [os.readlink(path).decode()]
        found[repr(path)] = about
if len(found) > 100:
    found = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
print(json.dumps(found))
"""


class Filing:
    """An engine, a log, and gates over boxes in it."""

    def __init__(self, folder, began):
        self.began = began
        self.path = folder / "log.db"
        self.log = LogWriter.open(self.path)
        self.backend = open_docker("test", lambda _: None)
        self.boxes = []

    def begin(self, episode="e", begins_from=None, archive=None, policy=POLICY):
        box = self.backend.start(BoxSpec(self.backend.image_id("longleash-shell"), policy))
        self.boxes.append(box)
        self.log.append(f"episode:{episode}", self.began())
        if begins_from is not None:
            box.restore(begins_from)
        return Gate(policy=policy, box=box, log=self.log, episode=episode, begins_from=begins_from)

    def after(self, step, episode="e"):
        with LogReader.open(self.path) as reader:
            return workspace_after(reader.trajectory(episode), step, reader.blob)

    def close(self):
        for box in self.boxes:
            box.close()
        self.backend.close()
        self.log.close()


@pytest.fixture
def filing(tmp_path, began):
    made = Filing(tmp_path, began)
    yield made
    made.close()


def sh(gate, command, **more):
    step = gate.perform(Proposal(RunCommand(command=command, **more)), 60)
    assert not step.observation.failed, step.observation
    return step


def listing(gate):
    return json.loads(sh(gate, "python3 -", stdin=LISTING.encode()).observation.stdout)


def said(step):
    return {one.path: f"{one.change} {one.kind}" for one in step.files.changes}


def test_files_that_a_step_made_changed_and_removed_are_with_the_step(filing):
    gate = filing.begin()
    step = sh(gate, "mkdir d; echo one > d/a; ln -s a d/l; mkfifo p")
    assert said(step) == {
        "d": "created directory",
        "d/a": "created file",
        "d/l": "created link",
        "p": "created other",
    }
    assert said(sh(gate, "echo two > d/a; rm d/l")) == {
        "d/a": "changed file",
        "d/l": "removed link",
    }
    assert said(sh(gate, "true")) == {}
    wrote = gate.perform(Proposal(WriteFile(path="/workspace/w", data=b"x")), 10)
    assert said(wrote) == {"w": "created file"}
    assert said(gate.perform(Proposal(ReadFile(path="/workspace/w")), 10)) == {}


def test_what_a_process_writes_later_is_with_the_step_after_which_it_is_seen(filing):
    gate = filing.begin()
    start = StartProcess(name="p", command="sleep 0.2; echo > late; sleep 60")
    assert said(gate.perform(Proposal(start), 10)) == {}
    sh(gate, "sleep 0.6")
    found = filing.after(1)
    assert [one.path for one in found.files] == ["late"]
    gate.perform(Proposal(ReadProcess(name="p")), 10)


def test_the_agent_sees_nothing_of_it(filing):
    step = sh(filing.begin(), "echo hello > f")
    shown = step.observation.model_dump_json()
    assert "sha256" not in shown
    assert "files" not in shown


def test_another_box_is_made_as_it_was_after_the_step(filing):
    gate = filing.begin()
    sh(gate, "mkdir -p src/deep closed; echo 'int x;' > src/x.c; chmod 755 src/x.c; touch empty")
    program = r"""
import os
open(b'/workspace/a\xff\xfe', 'w').write('x')
open(b'/workspace/new\nline, comma', 'w').write('y')
open('/workspace/large', 'wb').write(os.urandom(3_000_000))
os.link('/workspace/large', '/workspace/other-name')
os.symlink('src/x.c', '/workspace/within'); os.symlink('/etc/passwd', '/workspace/out')
os.symlink('nowhere', '/workspace/dangling')
os.chmod('/workspace/closed', 0o555)
"""
    sh(gate, "python3 -", stdin=program.encode())
    sh(gate, "export GREETING='hello world' EMPTY=; export LINES_='a\nb'; unset LANG; cd src/deep")
    was = listing(gate)
    sh(gate, "rm -rf /workspace/src /workspace/large; cd /tmp; export GREETING=changed")

    again = filing.begin("fork", filing.after(2))
    here = sh(again, "env; ls -d .; stat -c %a /workspace/closed").observation.stdout
    assert listing(again) == was
    for line in ("GREETING=hello world", "EMPTY=", "PWD=/workspace/src/deep", "555"):
        assert line in here.splitlines()
    assert "LINES_=a\nb" in here
    assert "LANG=" not in here


def test_a_fork_can_be_forked_and_keeps_nothing_twice(filing):
    gate = filing.begin()
    sh(gate, "python3 -c \"open('f','w').write('x' * 100000)\"; export A=1")
    blobs = sorted(filing.log.blobs.names())
    first = filing.begin("one", filing.after(0))
    sh(first, "true")
    with LogReader.open(filing.path) as reader:
        prepared = reader.trajectory("one").prepared
    assert prepared.files.changes[0].path == "f"
    assert prepared.exported.values == {"A": "1"}
    second = filing.begin("two", filing.after(0, "one"))
    assert sh(second, "echo $A; stat -c %s f").observation.stdout == "1\n100000\n"
    assert sorted(filing.log.blobs.names()) == blobs


def test_make_finds_nothing_to_do_in_a_fork_of_what_it_built(filing):
    gate = filing.begin()
    rules = "out: a b\n\tcat a b > out\nb: a\n\tcat a > b\n"
    gate.perform(Proposal(WriteFile(path="/workspace/Makefile", data=rules.encode())), 10)
    sh(gate, "echo 1 > a; sleep 0.1; make")
    again = filing.begin("fork", filing.after(1))
    assert "up to date" in sh(again, "make").observation.stdout
    assert "cat a > b" in sh(again, "touch a; make").observation.stdout


def test_pipes_are_left_behind_and_said_to_be(filing):
    gate = filing.begin()
    sh(gate, "mkfifo p; echo > f")
    found = filing.after(0)
    assert found.left_behind == ("p",)
    assert [one.path for one in found.files] == ["f"]
    assert sh(filing.begin("fork", found), "ls").observation.stdout == "f\n"


def test_what_an_action_destroys_can_be_had_again_as_it_was_just_before(filing):
    duties = POLICY.obligations.model_copy(update={"snapshot": ("irreversible",)})
    gate = filing.begin(policy=POLICY.model_copy(update={"obligations": duties}))
    gate.perform(Proposal(WriteFile(path="/workspace/f", data=b"precious\n")), 10)
    gate.perform(Proposal(StartProcess(name="p", command="sleep 0.2; echo late > g; sleep 60")), 10)
    sh(gate, "until [ -e g ]; do sleep 0.1; done")
    assert sh(gate, "rm f g").index == 3
    assert sh(filing.begin("fork", filing.after(2)), "cat f g").observation.stdout == (
        "precious\nlate\n"
    )


def test_what_a_process_changed_since_is_on_record_before_it_can_be_destroyed(filing):
    duties = POLICY.obligations.model_copy(update={"snapshot": ("irreversible",)})
    gate = filing.begin(policy=POLICY.model_copy(update={"obligations": duties}))
    gate.perform(Proposal(StartProcess(name="p", command="sleep 0.2; echo late > g; sleep 60")), 10)
    time.sleep(1)
    remove = Proposal(RunCommand(command="rm g"))
    denied = gate.perform(remove, 10)
    assert "ask again" in denied.observation.reason
    assert said(denied) == {"g": "created file"}
    assert not gate.perform(remove, 10).observation.failed
    assert sh(filing.begin("fork", filing.after(1)), "cat g").observation.stdout == "late\n"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo > f; chmod 0 f", "could not read"),
        ("python3 -c \"open('f','wb').truncate(5 << 20)\"", "keep_file_bytes"),
        ("mkdir d; echo > d/f; chmod 0 d", "not all of its workspace"),
        (
            "python3 -c \"for n in range(2500): open(str(n), 'w').close()\"",
            "500 changes are not listed",
        ),
        (
            "python3 -c \"for n in range(25000): open(str(n), 'w').close()\"",
            "more than 20000 entries",
        ),
    ],
)
def test_what_was_not_kept_is_said_in_words(filing, command, why):
    gate = filing.begin()
    if command.isdigit():
        command = f"python3 -c \"for n in range({command}): open(str(n), 'w').close()\""
    sh(gate, command)
    with pytest.raises(StateNotKept, match=why):
        filing.after(0)
    assert sh(gate, "true").files is not None


def test_many_files_come_from_the_guest_in_parts_and_all_of_them_arrive(filing):
    gate = filing.begin()
    program = "import os\nfor n in range(1200): open(f'{n}','wb').write(os.urandom(n * 7))"
    step = sh(gate, "python3 -", stdin=program.encode())
    assert len(step.files.changes) == 1200
    assert all(one.at is not None for one in step.files.changes)
    found = filing.after(0)
    assert sum(map(len, found.contents.values())) == sum(n * 7 for n in range(1200))
    was = listing(gate)
    assert listing(filing.begin("fork", found)) == was
    assert PurePosixPath("/workspace") == (found.cwd or PurePosixPath("/workspace"))
