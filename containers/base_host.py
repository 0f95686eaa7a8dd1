"""The base image: pulled where a registry answers at once, made by debootstrap where none does."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import docker
from docker.errors import DockerException

from containers import apt_host
from episodes.errors import EngineUnavailable

SUITE = "bookworm"
"""The Debian release that the base image holds."""

REGISTRY_SECONDS = 10.0
"""How long a registry may take to answer before the base is made here instead."""

_REGISTRY_IMAGE = f"debian:{SUITE}-slim"
_RECIPE = f"1 {SUITE} minbase"
DIGEST = hashlib.sha256(_RECIPE.encode()).hexdigest()[:12]
"""Names the recipe, not the bytes: an image once made stays though the archive moves on."""

# What apt leaves behind, and device nodes, which the engine makes itself.
_LEFT_OUT = ["./dev/*", "./proc/*", "./sys/*", "./var/cache/apt/*", "./var/lib/apt/lists/*"]


def make_base(
    client: docker.DockerClient, tag: str, label: str, say: Callable[[str], None]
) -> None:
    """Makes the base image under `tag`, labelled with `label`.

    Raises:
        EngineUnavailable: No registry answers and debootstrap cannot be used or failed.
    """
    repository, _, version = tag.partition(":")
    if _registry_answers():
        say(f"pulling {_REGISTRY_IMAGE}")
        try:
            _from_registry(client, tag, label)
        except DockerException as error:
            say(f"the registry answered but the pull failed ({_first_line(error)})")
        else:
            return
    say(f"no registry answers: making a minimal Debian {SUITE} with debootstrap (1 to 3 minutes)")
    debootstrap = _debootstrap(say)
    # debootstrap needs device nodes and executables: /tmp is often mounted without them.
    with tempfile.TemporaryDirectory(prefix="longleash-base-", dir="/var/tmp") as directory:
        root = Path(directory) / "root"
        _bootstrap(debootstrap, root, say)
        say("importing the base image")
        _import(client, root, repository, version, label)


def _registry_answers() -> bool:
    # A client of its own: a pull has no deadline in the SDK, this question has.
    try:
        asking = docker.from_env(timeout=int(REGISTRY_SECONDS))
    except DockerException:
        return False
    try:
        asking.images.get_registry_data(_REGISTRY_IMAGE)
    except (DockerException, OSError):
        return False
    else:
        return True
    finally:
        asking.close()


def _from_registry(client: docker.DockerClient, tag: str, label: str) -> None:
    pulled = client.images.pull(_REGISTRY_IMAGE)
    container = client.api.create_container(pulled.id, command=["true"])
    try:
        repository, _, version = tag.partition(":")
        # A commit, not a tag: only an image of its own can carry our label.
        client.api.commit(
            container["Id"],
            repository=repository,
            tag=version,
            changes=[f"LABEL {label}", 'CMD ["bash"]'],
        )
    finally:
        client.api.remove_container(container["Id"], force=True)


def _debootstrap(say: Callable[[str], None]) -> str:
    found = apt_host.program("debootstrap")
    if os.geteuid() == 0 and found is None and apt_host.is_debian():
        apt_host.install(["debootstrap"], say)
        found = apt_host.program("debootstrap")
    if os.geteuid() != 0 or found is None:
        raise EngineUnavailable(
            f"No base image: no registry answers for {_REGISTRY_IMAGE}, and debootstrap needs "
            "root and a Debian host.\n"
            f"Run `docker pull {_REGISTRY_IMAGE}` where a registry is in reach (or set the "
            "engine's proxy), or run this once as root on Debian."
        )
    return found


def _bootstrap(debootstrap: str, root: Path, say: Callable[[str], None]) -> None:
    last: list[str] = []
    with subprocess.Popen(
        [debootstrap, "--variant=minbase", SUITE, str(root)],
        env={**os.environ, "PATH": apt_host.SEARCH_PATH, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        phases = {
            "I: Retrieving": "fetching packages",
            "I: Extracting": "unpacking the first packages",
            "I: Installing": "installing the first packages",
            "I: Configuring": "setting up packages",
        }
        for line in process.stdout:
            last = [*last[-4:], line.rstrip()]
            # One line a phase, the first time, not one a package.
            if (phase := phases.pop(" ".join(line.split()[:2]), None)) is not None:
                say(f"debootstrap: {phase}")
    if process.returncode != 0:
        raise EngineUnavailable(
            "debootstrap could not make the base image; see what it said last, check that the "
            "Debian archive is in reach, then run this again.\n" + "\n".join(last)
        )


def _import(
    client: docker.DockerClient, root: Path, repository: str, version: str, label: str
) -> None:
    command = ["tar", "--numeric-owner", "--one-file-system", "-C", str(root)]
    command += [f"--exclude={pattern}" for pattern in _LEFT_OUT] + ["-c", "."]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as archive:
        assert archive.stdout is not None
        client.api.import_image_from_stream(
            archive.stdout, repository=repository, tag=version, changes=[f"LABEL {label}"]
        )
    if archive.returncode != 0:
        client.api.remove_image(f"{repository}:{version}", force=True)
        raise EngineUnavailable(
            f"The base image could not be packed: tar exited with {archive.returncode}.\n"
            "Check the free space of /var/tmp and of the engine, then run this again."
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
