"""What is good, weaker or missing, from facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from containers.engine_host import EngineFacts
from episodes.provenance import Isolation
from sandbox.doctor import examine

ENGINE = EngineFacts(
    version="20.10",
    api_version="1.41",
    kernel="6.1",
    cgroup_version="2",
    cgroup_driver="systemd",
    storage_driver="overlay2",
    seccomp=True,
    rootless=False,
    runtimes=("runc",),
    data_root="/var/lib/docker",
    free_bytes=50 << 30,
    images={"longleash-shell:abc": "sha256:" + "1" * 64},
)
ISOLATION = Isolation(backend="docker", landlock_abi=6, seccomp=True)


def states(engine=ENGINE, isolation=ISOLATION, shadowed=()):
    return {found.part: found.state for found in examine(engine, isolation, shadowed)}


def test_on_a_machine_that_has_it_all_everything_is_good():
    assert set(states().values()) == {"good"}


@pytest.mark.parametrize(
    ("facts", "part", "state"),
    [
        ({"engine": replace(ENGINE, seccomp=False)}, "seccomp", "weaker"),
        ({"isolation": None}, "landlock", "missing"),
        (
            {"isolation": ISOLATION.model_copy(update={"landlock_abi": 0})},
            "landlock",
            "missing",
        ),
        ({"isolation": ISOLATION.model_copy(update={"landlock_abi": 3})}, "landlock", "weaker"),
        ({"isolation": ISOLATION.model_copy(update={"seccomp": False})}, "seccomp", "missing"),
        ({"engine": replace(ENGINE, free_bytes=1 << 30)}, "disk", "weaker"),
        ({"shadowed": ["/home/ann/sandbox"]}, "imports", "weaker"),
    ],
)
def test_what_is_not_as_it_should_be_is_named(facts, part, state):
    assert states(**facts)[part] == state


def test_what_is_weaker_says_what_to_do():
    said = {found.part: found.said for found in examine(ENGINE, None, ["/home/ann/sandbox"])}
    assert "kernel of 5.13 or later" in said["landlock"]
    assert "/home/ann/sandbox hides a package of ours; rename it" in said["imports"]


def test_images_are_named_with_their_digests():
    assert "image longleash-shell:abc" in states()


@pytest.mark.docker
def test_the_command_reports_each_part_of_this_machine(longleash):
    answer = longleash("doctor")
    assert answer.code == 0, answer
    for part in ("engine", "cgroup", "seccomp", "landlock", "disk", "SQLite", "image"):
        assert part in answer.out
