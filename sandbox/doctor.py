"""What this machine can hold, part by part, and what is weaker here than it should be."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from containers.engine_host import EngineFacts
from episodes.provenance import Isolation
from episodes.schema import SQLITE_VERSION
from sandbox.boxes.layers import SCOPES_SINCE


@dataclass(frozen=True)
class Finding:
    """One part of the machine."""

    part: str
    """What it is."""
    state: Literal["good", "weaker", "missing"]
    """How it does."""
    said: str
    """Its version, size or state, and what to do where that is not good."""


_FREE_BYTES = 2 * 1024**3
_WAL_BUG_UNTIL = (3, 51, 3)


def examine(
    engine: EngineFacts, isolation: Isolation | None, shadowed: Sequence[str]
) -> list[Finding]:
    """Judges the facts.

    Args:
        engine: What the engine says of itself.
        isolation: What held in a box that was started for this; absent where none came up.
        shadowed: Files that hide one of our packages.
    """
    findings = [
        Finding("platform", "good", f"{platform.system()} {engine.kernel}"),
        Finding("engine", "good", f"Docker {engine.version}, API {engine.api_version}"),
        _rootless(engine),
        Finding(
            "cgroup",
            "good",
            f"version {engine.cgroup_version}, driver {engine.cgroup_driver}",
        ),
        _seccomp(engine, isolation),
        _landlock(isolation),
        _disk(engine),
        _sqlite(),
        Finding("runtimes", "good", ", ".join(engine.runtimes)),
        *(
            Finding(f"image {tag}", "good", image.removeprefix("sha256:")[:12])
            for tag, image in sorted(engine.images.items())
        ),
    ]
    findings += [
        Finding("imports", "weaker", f"{path} hides a package of ours; rename it")
        for path in shadowed
    ]
    return findings


def _rootless(engine: EngineFacts) -> Finding:
    said = "rootless" if engine.rootless else "rootful: who reaches its socket is root on this host"
    return Finding("engine's user", "good", said)


def _seccomp(engine: EngineFacts, isolation: Isolation | None) -> Finding:
    if engine.seccomp and isolation is not None and isolation.seccomp:
        return Finding("seccomp", "good", "the engine's profile and ours are both on")
    if isolation is not None and isolation.seccomp:
        return Finding("seccomp", "weaker", "ours is on; the engine has no profile of its own")
    return Finding("seccomp", "missing", "no filter could be put on; nothing will start here")


def _landlock(isolation: Isolation | None) -> Finding:
    abi = isolation.landlock_abi if isolation else 0
    if abi == 0:
        return Finding(
            "landlock",
            "missing",
            "the kernel does not hold the policy's paths; use a kernel of 5.13 or later with "
            "landlock among its LSMs. Policies that require it (all presets do) start nothing here",
        )
    if abi < SCOPES_SINCE:
        return Finding(
            "landlock",
            "weaker",
            f"ABI {abi}: abstract sockets are not scoped before ABI {SCOPES_SINCE} (Linux 6.12)",
        )
    return Finding("landlock", "good", f"ABI {abi}")


def _disk(engine: EngineFacts) -> Finding:
    if engine.free_bytes is None:
        return Finding("disk", "good", f"{engine.data_root}, on the engine's host")
    free = f"{engine.free_bytes / 1024**3:.1f} GiB free at {engine.data_root}"
    if engine.free_bytes < _FREE_BYTES:
        return Finding("disk", "weaker", f"{free}; images and logs need 2 GiB")
    return Finding("disk", "good", free)


def _sqlite() -> Finding:
    said = ".".join(map(str, SQLITE_VERSION))
    if SQLITE_VERSION < _WAL_BUG_UNTIL:
        # It takes two writers at once to meet the bug, and a log has one.
        return Finding("SQLite", "good", f"{said}; its WAL bug needs two writers, a log has one")
    return Finding("SQLite", "good", said)
