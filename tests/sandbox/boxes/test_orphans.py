"""Whose a container is, and that only a dead process's are taken away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid

import pytest

from sandbox.boxes.orphans_host import LABEL_OWNER, is_orphan, owner, remove, sweep

HOST, BOOT, NAMESPACE, PID, STARTED = range(5)


def changed(label, **parts):
    """A label with some of its parts replaced."""
    fields = label.split("|")
    for name, value in parts.items():
        fields[globals()[name]] = value
    return "|".join(fields)


@pytest.fixture
def dead():
    """The label of a process that has ended."""
    program = "from sandbox.boxes.orphans_host import owner; print(owner(), end='')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout.decode()


def test_what_a_live_process_owns_is_no_orphan():
    assert not is_orphan(owner())


def test_what_a_dead_process_owned_is_one(dead):
    assert is_orphan(dead)


def test_a_later_process_with_the_same_number_is_not_taken_for_the_owner():
    assert is_orphan(changed(owner(), STARTED="1.00"))


def test_what_another_host_owns_is_left_alone(dead):
    assert not is_orphan(changed(dead, HOST=socket.gethostname() + "-2"))


def test_what_was_owned_before_the_host_was_started_anew_is_an_orphan():
    assert is_orphan(changed(owner(), BOOT=str(uuid.uuid4())))


def test_what_a_process_out_of_sight_owns_is_left_alone(dead):
    assert not is_orphan(changed(dead, NAMESPACE="pid:[1]"))


@pytest.mark.parametrize("label", ["", "a", "|||", f"{socket.gethostname()}|x", "a|b|c|d|e|f"])
def test_a_label_that_is_not_ours_is_left_alone(label):
    assert not is_orphan(label)


@pytest.fixture
def contained(client, shell_image):
    """Makes containers with an owner's label."""
    made = []

    def make(label):
        labels = {"longleash.test": "orphans"} | ({LABEL_OWNER: label} if label else {})
        made.append(
            client.containers.create(shell_image, ["true"], labels=labels, network_mode="none").id
        )
        return made[-1]

    yield make
    for container in made:
        remove(client, container)


def there(client, container):
    return any(found["Id"] == container for found in client.api.containers(all=True))


@pytest.mark.docker
def test_a_sweep_removes_what_a_dead_process_left_and_nothing_else(client, contained, dead):
    gone = contained(dead)
    kept = [contained(owner()), contained(changed(dead, HOST="elsewhere")), contained(None)]
    assert sweep(client) >= 1
    assert not there(client, gone)
    assert all(there(client, container) for container in kept)


@pytest.mark.docker
def test_removing_what_is_gone_already_is_no_error(client, contained):
    container = contained(owner())
    assert remove(client, container)
    assert not remove(client, container)


@pytest.mark.docker
def test_cleaning_by_command_says_how_many_and_leaves_a_live_runs(
    client, contained, dead, longleash
):
    gone, kept = contained(dead), contained(owner())
    answer = longleash("clean")
    assert answer.code == 0, answer
    assert "containers removed" in answer.out
    assert not there(client, gone)
    assert there(client, kept)
    assert os.getpid() == int(owner().split("|")[PID])
