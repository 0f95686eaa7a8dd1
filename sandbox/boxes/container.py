"""What a box's container is made of."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import docker
from docker.types import LogConfig, Mount

from sandbox.boxes.backend import WORKSPACE, BoxSpec
from sandbox.boxes.share import processor_share

AGENT = 10001
"""The agent's uid and gid in every container; no user of the host has them."""

SCRATCH = PurePosixPath("/tmp")  # noqa: S108 - inside the container, where it is a tmpfs of its own
"""Where programs keep what they need for a while."""

_FEWEST_INODES = 4096
_BYTES_AN_INODE = 1024

_ENTRYPOINT = ["/longleash/bin/launch", "guest"]
# To become the agent and to end what it started; nothing of the host's.
_CAPABILITIES = ["SETUID", "SETGID", "SETPCAP", "KILL"]


def container_config(
    client: docker.DockerClient, spec: BoxSpec, guest_volume_name: str, *more: Mount
) -> dict[str, Any]:
    """What a box's container is created from; the bench creates its bare peer from the same.

    Args:
        client: The engine.
        spec: What the box is made from.
        guest_volume_name: The volume that holds the guest.
        more: What else it sees: its way out, where it has one.
    """
    limits = spec.policy.limits
    executes = any(_within(WORKSPACE, path) for path in spec.policy.files.execute)
    work = "exec" if executes else "noexec"
    host = client.api.create_host_config(
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=_CAPABILITIES,
        security_opt=["no-new-privileges"],
        read_only=True,
        # No swap beyond the memory: what is limited is limited.
        mem_limit=limits.memory_bytes,
        memswap_limit=limits.memory_bytes,
        pids_limit=limits.processes,
        **processor_share(spec.policy),
        # Docker's own log would copy the whole channel to the host's disk, past redaction.
        log_config=LogConfig(type="none"),
        mounts=[Mount("/longleash", guest_volume_name, type="volume", read_only=True), *more],
        tmpfs={
            str(WORKSPACE): f"rw,nosuid,nodev,{work},{_agents(limits.workspace_bytes)}",
            str(SCRATCH): f"rw,nosuid,nodev,{work},{_agents(limits.workspace_bytes)}",
            "/run/longleash": "rw,nosuid,nodev,noexec,size=16m,mode=0700",
        },
    )
    return dict(
        client.api.create_container_config(
            image=spec.image,
            entrypoint=_ENTRYPOINT,
            command=[],
            user="0:0",
            working_dir="/",
            stdin_open=True,
            # Not a terminal: stdout and stderr stay apart, and no byte is changed on its way.
            tty=False,
            host_config=host,
            network_disabled=True,
        )
        # When the host's end goes away, so does the guest, and with it the container's life.
        | {"StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
    )


def _agents(size: int) -> str:
    # Files without content take the kernel's memory and none of the size.
    inodes = max(_FEWEST_INODES, size // _BYTES_AN_INODE)
    return f"size={size},nr_inodes={inodes},uid={AGENT},gid={AGENT},mode=0755"


def _within(path: PurePosixPath, root: PurePosixPath) -> bool:
    return path == root or root in path.parents
