"""Containers that a crash left: whose they were, and taking them away."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import docker
import psutil
from docker.errors import APIError, NotFound

LABEL_RUN = "longleash.run"
"""The run that a container belongs to."""

LABEL_OWNER = "longleash.owner"
"""The process that answers for it."""


def owner() -> str:
    """This process, so named that no later process can be taken for it.

    The host's name, its boot, the process's namespace and id, and when it started.
    """
    return _owner_of(os.getpid())


def is_orphan(label: str) -> bool:
    """Whether the process that a label names is gone for certain.

    One on another host, or in another process namespace, cannot be seen from here; what it owns
    is left alone.
    """
    try:
        host, boot, namespace, pid, _ = label.split("|")
    except ValueError:
        return False
    if host != socket.gethostname():
        return False
    if boot != _boot():
        # Containers outlive a restart of the host, and processes do not.
        return True
    if namespace != _namespace():
        return False
    try:
        return _owner_of(int(pid)) != label
    except (psutil.NoSuchProcess, ValueError):
        return True


def sweep(client: docker.DockerClient) -> int:
    """Removes every container of ours whose owner is gone.

    Returns:
        How many were removed.
    """
    removed = 0
    for found in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
        if is_orphan(found["Labels"][LABEL_OWNER]):
            removed += remove(client, found["Id"])
    return removed


def remove(client: docker.DockerClient, container: str) -> bool:
    """Removes a container with what runs in it, and waits until it is gone.

    Returns:
        Whether it was there.
    """
    try:
        client.api.remove_container(container, force=True, v=True)
    except NotFound:
        return False
    except APIError as problem:
        # 409: somebody else is removing it at this moment.
        if problem.status_code != 409:
            raise
    return True


def _owner_of(pid: int) -> str:
    started = psutil.Process(pid).create_time()
    return "|".join((socket.gethostname(), _boot(), _namespace(), str(pid), f"{started:.2f}"))


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())
