"""What the browser's container is made of."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import docker
from docker.types import LogConfig, Mount

import containers
from policies.policy import Policy
from sandbox.boxes.container import AGENT
from sandbox.boxes.share import processor_share

_LEAST_MEMORY = 1 << 30
_LEAST_PROCESSES = 512
"""Threads count too: Chromium starts with about a hundred, and each site brings a dozen more."""

_SCRATCH_BYTES = 256 << 20


def browser_memory(policy: Policy) -> int:
    """Bytes of memory that a browser's container may take."""
    return max(policy.limits.memory_bytes, _LEAST_MEMORY)


def browser_container_config(
    client: docker.DockerClient, image: str, policy: Policy, *more: Mount
) -> dict[str, Any]:
    """What a browser's container is created from; the bench creates its bare peer from the same.

    The policy's limits on memory and processes hold for it as they do for the shell's container,
    but are never less than what Chromium needs to start.
    """
    limits = policy.limits
    memory = browser_memory(policy)
    host = client.api.create_host_config(
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges", f"seccomp={_seccomp()}"],
        read_only=True,
        mem_limit=memory,
        memswap_limit=memory,
        pids_limit=max(limits.processes, _LEAST_PROCESSES),
        **processor_share(policy),
        log_config=LogConfig(type="none"),
        shm_size=_SCRATCH_BYTES,
        mounts=list(more),
        # The profile, what is downloaded, and Chromium's shared memory.
        tmpfs={
            "/tmp": (  # noqa: S108 - inside the container, where it is a tmpfs of its own.
                f"rw,nosuid,nodev,noexec,size={_SCRATCH_BYTES + limits.file_bytes},"
                f"uid={AGENT},gid={AGENT},mode=0700"
            ),
        },
    )
    return dict(
        client.api.create_container_config(
            image=image,
            command=[],
            user=f"{AGENT}:{AGENT}",
            working_dir="/",
            stdin_open=True,
            tty=False,
            host_config=host,
            network_disabled=True,
        )
        # When the host's end goes away, so does the guest, and with it the container's life.
        | {"StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
    )


@cache
def _seccomp() -> str:
    """Docker's profile with what Chromium's own sandbox needs, for this container alone."""
    profile = Path(containers.__file__).parent / "browser" / "seccomp.json"
    return profile.read_text(encoding="utf-8")
