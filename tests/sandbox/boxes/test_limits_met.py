"""A limit that bites is an observation with its name, and what started is on record with it."""

from __future__ import annotations

import pytest

from episodes.actions import RunCommand
from episodes.reader import LogReader
from policies.loading import load_policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.docker_host import open_docker
from sandbox.interactive import Sandbox

pytestmark = pytest.mark.docker

POLICY = """
version: 1
name: narrow
tools: [shell, finish]
shell:
  rules:
    - {programs: [cat, head, ls, env, python3, rm, sh, sleep], effect: allow}
files: {read: [/usr, /lib, /lib64, /etc, /proc, /workspace, /tmp], write: [/workspace, /tmp]}
limits:
  memory_bytes: 67108864
  processes: 24
  workspace_bytes: 2097152
  file_bytes: 1048576
  seconds: 20
"""
GROW = "python3 -c 'x = bytearray(200 << 20); x[::4096] = bytes(len(x[::4096]))'"


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("narrow") / "narrow.yaml"
    path.write_text(POLICY)
    return load_policy(str(path))


@pytest.fixture(scope="module")
def box(policy):
    """Past the gate, which would not understand all of it: what holds here is the container."""
    backend = open_docker("test", print)
    try:
        yield backend.start(BoxSpec(backend.image_id("longleash-shell"), policy))
    finally:
        backend.close()


def seen(box, command):
    return box.execute(RunCommand(command=command), 20.0)


def test_what_meets_no_limit_names_none(box):
    assert seen(box, "true").limit is None
    assert seen(box, "ls no-such-file").limit is None


def test_memory_that_runs_out_is_named(box):
    met = seen(box, GROW)
    assert (met.failed, met.limit) == (True, "memory")
    assert "memory ran out" in met.note


def test_memory_that_runs_out_in_a_child_is_named_though_its_shell_goes_on(box):
    assert seen(box, f"{GROW}; true").limit == "memory"


def test_processes_that_cannot_be_made_are_named(box):
    met = seen(box, "for i in {1..60}; do sleep 3 & done; wait")
    assert met.limit == "processes"
    assert seen(box, "true").limit is None


def test_a_file_that_may_not_grow_is_named(box):
    assert seen(box, "head -c 1500000 /dev/zero > big").limit == "file_bytes"
    assert seen(box, "rm big").limit is None


def test_a_full_workspace_is_named(box):
    met = seen(box, "for i in a b c; do head -c 1000000 /dev/zero > $i || exit; done")
    assert (met.failed, met.limit) == (True, "disk")
    assert seen(box, "rm a b c").limit is None


def test_a_workspace_without_room_for_a_name_is_named(box):
    met = seen(box, "for i in {1..5000}; do > f$i || exit; done")
    assert (met.failed, met.limit) == (True, "inodes")
    assert seen(box, "rm f*").limit is None


def test_time_that_is_over_is_named(box):
    assert seen(box, "sleep 30").limit == "time"


def test_a_step_s_processes_are_on_its_record_and_not_shown(policy, tmp_path):
    with Sandbox(policy, tmp_path / "log.db") as door:
        step = door.shell("cd /tmp && sh -c 'cat /etc/passwd | head -1; exit 3'")
    assert step.decision.verdict == "allow", step.decision.reason
    with LogReader.open(tmp_path / "log.db") as reader:
        (row,) = reader.episodes()
        assert reader.trajectory(row.episode).steps[0].processes == step.processes
    programs = step.processes.programs
    # Of a pipe's two ends either may come first.
    assert [one.argv[0] for one in programs[:2]] == ["bash", "sh"]
    assert {one.argv[0] for one in programs[2:]} == {"cat", "head"}
    assert {one.cwd for one in programs[1:]} == {"/tmp"}
    outer, inner, *_ = programs
    assert (inner.exit_code, inner.end, inner.parent) == (3, "exited", outer.pid)
    assert programs[2].parent == inner.pid
    assert all(one.peak_bytes > 0 and one.ended >= one.started for one in programs)
    assert "processes" not in type(step.observation).model_fields


def test_what_the_policy_redacts_is_taken_out_of_what_programs_were_started_with(tmp_path):
    (tmp_path / "secret.yaml").write_text(
        POLICY + "obligations: {redact_patterns: ['sk-live-*']}\n"
    )
    with Sandbox(tmp_path / "secret.yaml", tmp_path / "log.db") as box:
        step = box.shell("env ls sk-live-12345")
    assert step.decision.verdict == "allow", step.decision.reason
    said = [" ".join(one.argv) for one in step.processes.programs]
    assert len(said) == 3
    assert "12345" not in "".join(said)


def test_a_policy_that_keeps_none_has_none_on_record(tmp_path):
    (tmp_path / "none.yaml").write_text(POLICY + "obligations: {keep_processes: 0}\n")
    with Sandbox(tmp_path / "none.yaml", tmp_path / "log.db") as box:
        assert box.shell("ls").processes is None


def test_a_container_yields_processors_to_other_work(box, client):
    host = client.api.inspect_container(box.container)["HostConfig"]
    assert host["CpuShares"] == 256
    assert (host["CpuQuota"], host["CpuPeriod"]) == (200_000, 100_000)
