"""What a step changed is on record, with the contents that the policy wants kept and no others."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import pytest

from episodes.actions import RunCommand, WriteFile
from episodes.chain import digest
from episodes.errors import LogDamaged, StateNotKept
from episodes.observations import CommandResult
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.workspace import workspace_after
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.gate import Gate

ROOT = PurePosixPath("/workspace")
TOKEN = b"ghp_" + b"a1B2" * 9
POLICY = {
    "version": 1,
    "name": "p",
    "tools": ["shell", "files", "finish"],
    "shell": {"rules": [{"programs": ["ls"], "effect": "allow"}]},
    "files": {"read": ["/workspace"], "write": ["/workspace"]},
}


class Room:
    """A gate over a box in memory in which commands change what they are told to."""

    def __init__(self, log, at_first=None, **sections):
        self.policy = Policy.model_validate(POLICY | sections)
        self.path, self.log = log.path, log
        self.change = {}
        self.box = FakeBackend(self._answer).start(BoxSpec("image", self.policy))
        self.box.files |= {ROOT / name: data for name, data in (at_first or {}).items()}
        self.gate = Gate(policy=self.policy, box=self.box, log=self.log, episode="e")

    def _answer(self, _, files):
        for name, data in self.change.items():
            if data is None:
                del files[ROOT / name]
            else:
                files[ROOT / name] = data
        return CommandResult(exit_code=0, cwd=ROOT / "d")

    def does(self, **change):
        """One command that leaves these files so; None removes one."""
        self.change = {name.replace("__", "."): data for name, data in change.items()}
        return self.gate.perform(Proposal(RunCommand(command="ls")), 10)

    def trajectory(self):
        with LogReader.open(self.path) as reader:
            return reader.trajectory("e")

    def after(self, step):
        with LogReader.open(self.path) as reader:
            return workspace_after(reader.trajectory("e"), step, reader.blob)

    def held(self, step):
        """Every file of a step's workspace with its content, made again from the log."""
        found = self.after(step)
        return {change.path: found.contents[change.digest] for change in found.files}


@pytest.fixture
def room(episode_log):
    return partial(Room, episode_log)


def test_each_step_s_workspace_can_be_made_again_from_the_log(room):
    it = room({"a": b"first", "b": b"B" * 9000})
    it.does(a=b"second", c=b"C" * 400_000)
    it.does(b=None, d=b"B" * 9000)
    it.does()
    it.does(a=b"first")
    assert it.held(0) == {"a": b"second", "b": b"B" * 9000, "c": b"C" * 400_000}
    assert it.held(1) == {"a": b"second", "c": b"C" * 400_000, "d": b"B" * 9000}
    assert it.held(2) == it.held(1)
    assert it.held(3) == {**it.held(2), "a": b"first"}
    assert it.after(3).cwd == ROOT / "d"
    assert verify(it.path).ok


def test_the_record_says_what_became_of_each_file(room):
    it = room({"a": b"one"})
    step = it.does(a=b"two", b=b"new")
    said = [(one.path, one.change, one.digest, one.before) for one in step.files.changes]
    assert said == [
        ("a", "changed", digest(b"two"), digest(b"one")),
        ("b", "created", digest(b"new"), None),
    ]
    gone = it.does(b=None).files.changes[0]
    assert (gone.change, gone.digest, gone.before) == ("removed", None, digest(b"new"))
    found = it.trajectory()
    assert found.prepared.files.changes[0].path == "a"
    assert found.steps[0].files == step.files


def test_a_denied_action_has_no_files_and_an_empty_workspace_no_entry(room):
    it = room()
    assert it.gate.perform(Proposal(RunCommand(command="dd")), 10).files is None
    assert it.trajectory().prepared is None
    assert it.does().files.entries == 0


def test_short_contents_cost_no_file_and_longer_ones_share_one(room):
    it = room()
    it.does(a=b"1" * 3000, b=b"2" * 2000)
    assert list(it.log.blobs.names()) == []
    it.does(**{f"f{n}": b"%d" % n * 4000 for n in range(10, 30)})
    assert len(list(it.log.blobs.names())) == 1
    it.does(**{f"g{n}": b"%d" % n * 4000 for n in range(10, 30)})
    assert len(list(it.log.blobs.names())) == 1, "the same contents are kept once"
    it.does(large=b"x" * 300_000, small=b"y" * 7000)
    assert len(list(it.log.blobs.names())) == 3
    assert it.held(3)["g12"] == b"12" * 4000


@pytest.mark.parametrize(
    ("duties", "left_out"),
    [
        ({"keep_files": []}, {"t": "policy", "b": "policy", "long": "policy"}),
        ({"keep_files": ["text"]}, {"t": None, "b": None, "long": None}),
        ({"keep_file_bytes": 100}, {"t": None, "b": None, "long": "file_bytes"}),
        ({"keep_step_bytes": 5}, {"t": "step_bytes", "b": None, "long": "step_bytes"}),
    ],
)
def test_the_policy_says_what_is_kept_and_the_record_what_was_not(room, duties, left_out):
    it = room(obligations=duties)
    step = it.does(t=b"a text", b=b"b", long=b"l" * 101)
    assert {one.path: one.left_out for one in step.files.changes} == left_out
    assert all(one.digest for one in step.files.changes)
    if any(left_out.values()):
        with pytest.raises(StateNotKept, match=r"obligations\.keep_"):
            it.after(0)
    else:
        assert it.held(0)["t"] == b"a text"


def test_what_files_deny_closes_is_not_kept(room):
    files = {"read": ["/workspace"], "deny": ["/workspace/.env", "/workspace/**.pem"]}
    it = room({"__env": b""}, files=files)
    step = it.does(__env=b"PASSWORD=1", x__pem=b"key", x__txt=b"open")
    left = {one.path: one.left_out for one in step.files.changes}
    assert left == {".env": "closed", "x.pem": "closed", "x.txt": None}
    assert b"PASSWORD" not in it.path.read_bytes()
    with pytest.raises(StateNotKept, match=r"files\.deny"):
        it.after(0)


def test_what_is_redacted_is_nowhere_in_the_log(room):
    it = room(obligations={"redact": ["github_token"]})
    step = it.does(secret=b"x " + TOKEN, plain=b"hello")
    by_path = {one.path: one for one in step.files.changes}
    assert (by_path["secret"].left_out, by_path["secret"].digest) == ("redacted", None)
    assert by_path["plain"].left_out is None
    assert it.does(secret=b"gone").files.changes[0].before is None
    named = it.does(**{TOKEN.decode(): b"named so"}).files.changes[0]
    assert (named.path, named.left_out) == ("[redacted: github_token]", "redacted")
    with pytest.raises(StateNotKept, match="redacts"):
        it.after(2)
    it.log.close()
    assert TOKEN not in it.path.read_bytes()


def test_nothing_that_only_joins_two_files_is_taken_for_a_secret(room):
    it = room(obligations={"redact": ["github_token"]})
    it.does(a=TOKEN[:20], b=TOKEN[20:])
    assert it.held(0) == {"a": TOKEN[:20], "b": TOKEN[20:]}


def test_a_blob_that_is_gone_is_named_and_the_log_does_not_verify(room):
    it = room()
    it.does(a=b"x" * 9000)
    [name] = it.log.blobs.names()
    it.log.close()
    (it.path.parent / "log.db.blobs" / name[7:9] / name[7:]).unlink()
    with pytest.raises(LogDamaged, match="missing"):
        it.after(0)
    found = verify(it.path)
    assert not found.ok
    assert name[7:] in found.problems[0].detail


def test_a_write_s_file_is_looked_at_as_well(room):
    it = room()
    step = it.gate.perform(Proposal(WriteFile(path="w", data=b"w")), 10)
    assert [one.path for one in step.files.changes] == ["w"]
