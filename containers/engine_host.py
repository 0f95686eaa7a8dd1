"""The Docker engine: a client for the one that answers, or one brought up where that is allowed."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.context import ContextAPI
from docker.errors import DockerException

from containers import apt_host, dockerd_host
from containers.bringup import PACKAGES, HostFacts, plan
from containers.images_host import image_ids
from episodes.errors import EngineUnavailable

Say = Callable[[str], None]

COUNTDOWN_SECONDS = 5
"""How long a person at a terminal has to say no before anything is installed or started."""

_LOCK = Path("/run/longleash-engine.lock")


@dataclass(frozen=True)
class EngineFacts:
    """What `longleash doctor` says about the engine."""

    version: str
    api_version: str
    kernel: str
    """The kernel that containers run on, as `uname -r` says it."""
    cgroup_version: str
    """`1` or `2`."""
    cgroup_driver: str
    storage_driver: str
    seccomp: bool
    """Whether the engine can give containers a seccomp filter."""
    rootless: bool
    runtimes: tuple[str, ...]
    """Names that `runtime:` may take, sorted."""
    data_root: str
    free_bytes: int | None
    """Free space where images and volumes are kept; None where the engine is on another host."""
    images: dict[str, str]
    """The ids of our images, by tag."""


def ensure_engine(say: Say) -> docker.DockerClient:
    """A client for the engine that answers; without one, brings one up where that is allowed.

    `DOCKER_HOST` and Docker's contexts choose the engine. `ENGINE=none` forbids to bring one up;
    else root on Debian installs what is missing and starts dockerd, and says so first.

    Raises:
        EngineUnavailable: None answers and none may be brought up, a person at the terminal
            said no in time, or the engine did not start.
    """
    try:
        return connect()
    except EngineUnavailable as error:
        facts = host_facts(refused=isinstance(error.__cause__, PermissionError))
    missing = plan(facts)
    _announce(missing, say)
    with _LOCK.open("a") as lock:
        # Two runs that start at once bring up one engine.
        fcntl.flock(lock, fcntl.LOCK_EX)
        engine = dockerd_host.Dockerd()
        if not dockerd_host.answers(engine.host):
            if missing:
                apt_host.install(missing, say)
            dockerd_host.start(engine, say)
    client = connect()
    say(f"Docker engine {client.version()['Version']} answers")
    return client


def connect(timeout: int = 60) -> docker.DockerClient:
    """A client for the engine that `DOCKER_HOST` or the current context names.

    Args:
        timeout: Seconds that one answer may take.

    Raises:
        EngineUnavailable: It does not answer.
    """
    try:
        dockerd_host.reach(_address())
        client = docker.from_env(timeout=timeout)
    except (DockerException, OSError) as error:
        raise _unavailable(error) from error
    try:
        client.ping()
    except (DockerException, requests.RequestException) as error:
        client.close()
        raise _unavailable(error) from error
    return client


def host_facts(refused: bool) -> HostFacts:
    """What this host is, as `bringup.plan` asks for it."""
    return HostFacts(
        system=platform.system(),
        debian=apt_host.is_debian(),
        root=os.geteuid() == 0,
        forbidden=os.environ.get("ENGINE") == "none",
        elsewhere=_chosen(),
        refused=refused,
        programs=frozenset(name for name in PACKAGES if apt_host.program(name)),
    )


def engine_facts(client: docker.DockerClient) -> EngineFacts:
    """What the engine says about itself.

    Raises:
        EngineUnavailable: It went away.
    """
    try:
        info, version = client.info(), client.version()
        images = image_ids(client)
    except (DockerException, requests.RequestException) as error:
        raise _unavailable(error) from error
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    data_root = str(info.get("DockerRootDir", ""))
    local = str(client.api.base_url).startswith("http+docker://") and Path(data_root).is_dir()
    return EngineFacts(
        version=str(version["Version"]),
        api_version=str(version["ApiVersion"]),
        kernel=str(info.get("KernelVersion", "")),
        # Engines before 20.10 do not say; they know version 1 only.
        cgroup_version=str(info.get("CgroupVersion") or "1"),
        cgroup_driver=str(info.get("CgroupDriver", "")),
        storage_driver=str(info.get("Driver", "")),
        seccomp=any(option.startswith("name=seccomp") for option in options),
        rootless=any(option.startswith("name=rootless") for option in options),
        runtimes=tuple(sorted(info.get("Runtimes") or ())),
        data_root=data_root,
        free_bytes=shutil.disk_usage(data_root).free if local else None,
        images=images,
    )


def _address() -> str:
    context = ContextAPI.get_current_context()
    return os.environ.get("DOCKER_HOST") or str(context.Host if context is not None else "")


def _chosen() -> str | None:
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_current_context()
    if context is None or context.Name == "default":
        return None
    return f"context {context.Name}"


def _announce(missing: tuple[str, ...], say: Say) -> None:
    say("no Docker engine answers; one will be brought up on this machine:")
    if missing:
        say(f"  install {' '.join(missing)} with apt-get, without recommended packages")
    say("  start dockerd as root; it stays running (ENGINE=none forbids this)")
    if not sys.stdin.isatty():
        return
    try:
        for left in range(COUNTDOWN_SECONDS, 0, -1):
            say(f"  in {left} s; Ctrl-C to stop")
            time.sleep(1)
    except KeyboardInterrupt:
        raise EngineUnavailable(
            "Stopped before anything was installed or started, and no Docker engine answers.\n"
            "Start one yourself, or run this again and let it."
        ) from None


def _unavailable(error: Exception) -> EngineUnavailable:
    return EngineUnavailable(
        f"The Docker engine does not answer: {error}\n"
        "Start it (`longleash up` does so where it may), then run this again."
    )
