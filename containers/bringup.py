"""Whether an engine may be brought up on this host, and what that takes: facts in, plan out."""

from __future__ import annotations

from dataclasses import dataclass

from episodes.errors import EngineUnavailable

PACKAGES = {"dockerd": "docker.io", "iptables": "iptables", "debootstrap": "debootstrap"}
"""The programs that an engine of ours needs, each with the Debian package that holds it."""


@dataclass(frozen=True)
class HostFacts:
    """What decides whether and how an engine is brought up."""

    system: str
    """The kernel's name: `Linux`, `Darwin`, `Windows`."""
    debian: bool
    """Debian, or a distribution made from it."""
    root: bool
    """Whether this process may install packages and start an engine."""
    forbidden: bool
    """`ENGINE=none` is set."""
    elsewhere: str | None
    """The engine that the user chose (`DOCKER_HOST` or a context), or None for the host's own."""
    refused: bool
    """An engine is there, and it does not let this user in."""
    programs: frozenset[str]
    """Which of the programs of `PACKAGES` are installed."""


def plan(facts: HostFacts) -> tuple[str, ...]:
    """The packages to install before the host's own engine can be started; often none.

    Raises:
        EngineUnavailable: None may be brought up here. The message is two lines: what is wrong,
            and what to install and start.
    """
    if facts.elsewhere is not None:
        raise EngineUnavailable(
            f"The Docker engine that you chose, {facts.elsewhere}, does not answer.\n"
            "Start that engine, or unset DOCKER_HOST and DOCKER_CONTEXT to use this machine's own."
        )
    if facts.refused:
        raise EngineUnavailable(
            "A Docker engine is there, and this user may not use it.\n"
            "Run this as root, or `sudo usermod -aG docker $USER` and log in again."
        )
    if facts.system != "Linux":
        raise EngineUnavailable(
            f"No Docker engine answers, and none can be started from here on {facts.system}.\n"
            "Install Docker Desktop (or colima), start it, then run this again."
        )
    by_hand = (
        "Install and start one: `sudo apt-get install docker.io debootstrap && "
        "sudo service docker start`, then run this again."
        if facts.debian
        else "Install Docker Engine (https://docs.docker.com/engine/install/), start it with "
        "`sudo systemctl start docker`, then run this again."
    )
    if facts.forbidden:
        raise EngineUnavailable(
            f"No Docker engine answers, and ENGINE=none forbids to start one.\n{by_hand}"
        )
    if not facts.root:
        raise EngineUnavailable(
            f"No Docker engine answers, and only root may install and start one.\n{by_hand}"
        )
    if not facts.debian and "dockerd" not in facts.programs:
        raise EngineUnavailable(
            f"No Docker engine answers, and this is not Debian: which package to install is "
            f"yours to say.\n{by_hand}"
        )
    if not facts.debian:
        return ()
    return tuple(name for program, name in PACKAGES.items() if program not in facts.programs)
