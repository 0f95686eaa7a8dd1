"""An engine that lacks a layer: what is missing is said, and whoever requires it gets no box."""

from __future__ import annotations

import json

import pytest

from containers.images_host import ensure_images, guest_volume
from episodes.actions import RunCommand
from episodes.errors import EngineUnavailable
from policies.loading import load_policy, parse_policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.container import container_config
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.layers import insist, missing_layers
from sandbox.boxes.orphans_host import LABEL_OWNER, LABEL_RUN, owner

CALLS = ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]
NO_LANDLOCK = {
    "defaultAction": "SCMP_ACT_ALLOW",
    # As a kernel answers that has none.
    "syscalls": [{"names": CALLS, "action": "SCMP_ACT_ERRNO", "errnoRet": 38}],
}
REQUIRES = load_policy("offline-shell")
WITHOUT = REQUIRES.model_copy(update={"require": ()})


@pytest.mark.parametrize(
    ("hello", "missing"),
    [
        ({"landlock_abi": 7, "seccomp": True, "record": True}, ()),
        ({"landlock_abi": 5, "seccomp": True, "record": True}, ("scopes",)),
        ({"landlock_abi": 0, "seccomp": True, "record": True}, ("landlock", "scopes")),
        ({"landlock_abi": 7, "seccomp": False, "record": True}, ("seccomp",)),
        ({"landlock_abi": 7, "seccomp": True, "record": False}, ("process_record",)),
    ],
)
def test_what_a_kernel_lacks_is_missing(hello, missing):
    assert missing_layers(hello) == missing


def test_every_preset_requires_landlock_and_the_filter():
    for name in ("coding", "locked-down", "offline-shell", "read-only-web", "research-browser"):
        assert {"landlock", "seccomp"} <= set(load_policy(name).require)


def test_a_missing_layer_that_is_required_is_refused_in_words_and_another_one_is_not():
    with pytest.raises(EngineUnavailable, match="requires the layer 'landlock'"):
        insist(REQUIRES, ("landlock", "scopes"))
    insist(REQUIRES, ("scopes",))
    insist(WITHOUT, ("landlock", "scopes", "seccomp"))


def test_a_policy_requires_what_it_extends_requires_unless_it_says_so():
    head = "version: 1\nname: mine\nextends: offline-shell\n"
    widen = "widen: [{field: require, reason: The container is enough here.}]\n"
    assert parse_policy(head.encode(), "a.yaml").require == REQUIRES.require
    more = parse_policy(f"{head}require: [scopes]\n".encode(), "a.yaml")
    assert set(more.require) == {"landlock", "seccomp", "scopes"}
    assert parse_policy(f"{head}{widen}require: []\n".encode(), "a.yaml").require == ()


@pytest.fixture
def start(client):
    """Starts a box in a container without Landlock, or in one with it."""
    images = ensure_images(client, print)
    boxes = []

    def one(policy, *, landlock):
        spec = BoxSpec(images.shell, policy)
        config = container_config(client, spec, guest_volume(client, images))
        if not landlock:
            config["HostConfig"]["SecurityOpt"].append(f"seccomp={json.dumps(NO_LANDLOCK)}")
        labels = {LABEL_RUN: "layers", LABEL_OWNER: owner()}
        made = client.api.create_container_from_config(config | {"Labels": labels})
        boxes.append(DockerBox(client, made["Id"], spec, "test", lambda _: None))
        boxes[-1].open()
        return boxes[-1]

    yield one
    for box in boxes:
        box.close()


@pytest.mark.docker
def test_where_landlock_is_absent_a_policy_that_requires_it_starts_nothing(start):
    with pytest.raises(EngineUnavailable, match="'landlock'"):
        start(REQUIRES, landlock=False)
    assert start(REQUIRES, landlock=True).isolation.missing == ()


@pytest.mark.docker
def test_where_landlock_is_absent_another_policy_goes_on_without_it_and_says_so(start):
    box = start(WITHOUT, landlock=False)
    assert box.isolation.landlock_abi == 0
    assert {"landlock", "scopes"} <= set(box.isolation.missing)
    # What holds there is the container: the agent's user, its mounts, our filter.
    seen = box.execute(RunCommand(command="cat /etc/shadow; grep Seccomp: /proc/self/status"), 20)
    assert "Permission denied" in seen.stderr
    assert "2" in seen.stdout


@pytest.mark.docker
def test_where_landlock_is_there_it_holds_whether_or_not_it_is_required(start):
    for policy in (REQUIRES, WITHOUT):
        seen = start(policy, landlock=True).execute(RunCommand(command="cat /usr/bin/perl"), 20)
        assert "Permission denied" in seen.stderr, seen
