"""Images of ours, each named by the digest of what it is made from.

An image whose digest is there already is used as it is, so a warm machine does nothing: one
question to the engine and a few small files hashed.
"""

from __future__ import annotations

import fcntl
import os
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from containers import base_host
from containers.context import BuildContext, read_context
from episodes.errors import EngineUnavailable, TaskFault, TaskInvalid

Say = Callable[[str], None]

LABEL = "longleash.image"
"""Every image of ours carries it; its value is base, guest, shell or task."""

BUILD_SILENCE_SECONDS = 1800
"""How long a build may say nothing, since one step can compile for long."""

_HERE = Path(__file__).parent
_BASE_TAG = f"longleash-base:{base_host.DIGEST}"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")
_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Images:
    """The ids (`sha256:...`) of the images that every run needs."""

    base: str
    guest: str
    shell: str


class _BuildError(Exception):
    """A step of a Dockerfile failed; the text ends with what it said last."""


def ensure_images(client: docker.DockerClient, say: Say) -> Images:
    """Makes the base, guest and shell images where they are not there yet.

    Raises:
        EngineUnavailable: One could not be made; the message says which and what to do.
    """
    with _engine_errors():
        return _find(image_ids(client)) or _make(client, say)


def build_task_image(client: docker.DockerClient, directory: Path, say: Say) -> str:
    """Builds a task's own image from its directory, unless it is there already.

    Its Dockerfile may build on `longleash-shell`, `longleash-base` or any other image. One that
    needs the host's CA bundle while it builds copies `.longleash/ca.crt` in a stage that the
    final image does not keep.

    Returns:
        The image's id, `sha256:...`.

    Raises:
        TaskInvalid: There is no Dockerfile, or a file beside it cannot be read.
        TaskFault: A step of the Dockerfile failed.
        EngineUnavailable: The engine went away, or the images it builds on cannot be made.
    """
    images = ensure_images(client, say)
    ids = {f"longleash-{name}": getattr(images, name) for name in ("base", "guest", "shell")}
    try:
        context = read_context(directory, ids)
    except (OSError, UnicodeDecodeError) as error:
        raise TaskInvalid(
            f"{directory}: its image cannot be built: {error}; put a readable Dockerfile there, "
            "or name an image with `image:` in task.yaml"
        ) from error
    tag = f"longleash-task:{context.digest}"
    with _engine_errors():
        if (known := image_ids(client).get(tag)) is not None:
            return known
        with _one_at_a_time(say):
            known = image_ids(client).get(tag)
            try:
                return known or _build(client, context, tag, "task", say)
            except _BuildError as error:
                raise TaskFault(f"{directory}/Dockerfile: {error}") from error


def guest_volume(client: docker.DockerClient, images: Images) -> str:
    """The volume that holds the guest, to be mounted read-only at /longleash in any image.

    Filled once for each guest image. A second, empty volume stands for "filled", since a volume's
    labels cannot change and a filling that was killed must not be taken for a whole one.

    Returns:
        The volume's name.

    Raises:
        EngineUnavailable: The engine went away, or the volume could not be filled.
    """
    name = f"longleash-guest-{images.guest.removeprefix('sha256:')[:12]}"
    with _engine_errors():
        if _is_filled(client, name):
            return name
        with _one_at_a_time():
            if not _is_filled(client, name):
                _fill(client, name, images.guest)
        return name


def image_ids(client: docker.DockerClient) -> dict[str, str]:
    """The ids of all images of ours that the engine has, by tag."""
    found = client.api.images(filters={"label": LABEL})
    return {tag: image["Id"] for image in found for tag in image.get("RepoTags") or ()}


def _find(present: Mapping[str, str]) -> Images | None:
    base = present.get(_BASE_TAG)
    if base is None:
        return None
    guest = present.get(_own(base, "guest")[1])
    shell = present.get(_own(base, "shell")[1])
    return Images(base, guest, shell) if guest and shell else None


def _make(client: docker.DockerClient, say: Say) -> Images:
    # Two runs may start at once: the second one waits, and then finds what the first one made.
    with _one_at_a_time(say):
        if _BASE_TAG not in image_ids(client):
            base_host.make_base(client, _BASE_TAG, f"{LABEL}=base", say)
        present = image_ids(client)
        base = present[_BASE_TAG]
        made = {}
        for name in ("guest", "shell"):
            context, tag = _own(base, name)
            try:
                made[name] = present.get(tag) or _build(client, context, tag, name, say)
            except _BuildError as error:
                raise EngineUnavailable(
                    f"The image {tag} could not be made; check that the Debian archive is in "
                    f"reach, then run this again.\n{error}"
                ) from error
        return Images(base, **made)


def _own(base: str, name: str) -> tuple[BuildContext, str]:
    context = read_context(_HERE / name, {"longleash-base": base})
    return context, f"longleash-{name}:{context.digest}"


def _build(
    client: docker.DockerClient, context: BuildContext, tag: str, kind: str, say: Say
) -> str:
    say(f"building {tag}")
    last: deque[str] = deque(maxlen=15)
    with context.archive(_ca_bundle()) as archive:
        # The classic builder, by the API: the command line's own builder may not be installed.
        for message in client.api.build(
            fileobj=archive,
            custom_context=True,
            tag=tag,
            rm=True,
            forcerm=True,
            # A bridge network may not exist here; these steps only fetch packages.
            network_mode="host",
            labels={LABEL: kind},
            buildargs=_proxies(),
            timeout=BUILD_SILENCE_SECONDS,
            decode=True,
        ):
            text = str(message.get("stream") or message.get("error") or "").strip()
            last.extend(text.splitlines())
            if "error" in message:
                raise _BuildError("\n".join(last))
            if text.startswith("Step "):
                say(f"{tag}: {_shorten(text)}")
    return str(client.images.get(tag).id)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def _is_filled(client: docker.DockerClient, name: str) -> bool:
    found = client.api.volumes(filters={"label": "longleash.guest"})["Volumes"] or ()
    return {name, f"{name}-filled"} <= {volume["Name"] for volume in found}


def _fill(client: docker.DockerClient, name: str, image: str) -> None:
    for leftover in (f"{name}-filled", name):
        with _absent_is_fine():
            client.api.remove_volume(leftover)
    labels = {"longleash.guest": image}
    client.api.create_volume(name, labels=labels)
    # The engine copies an image's files into an empty volume when a container is created over
    # it; the container never runs.
    host_config = client.api.create_host_config(binds=[f"{name}:/longleash"], network_mode="none")
    container = client.api.create_container(
        image, command=["/longleash"], host_config=host_config, labels=labels
    )
    client.api.remove_container(container["Id"])
    client.api.create_volume(f"{name}-filled", labels=labels)


def _proxies() -> dict[str, str]:
    # The builder knows these names: they are set while it builds and are not kept in the image.
    both = (*_PROXIES, *(name.upper() for name in _PROXIES))
    return {name: os.environ[name] for name in both if os.environ.get(name)}


def _ca_bundle() -> Path | None:
    named = (os.environ.get(name) for name in _CA_VARIABLES)
    candidates = (*named, ssl.get_default_verify_paths().cafile)
    return next((Path(file) for file in candidates if file and Path(file).is_file()), None)


@contextmanager
def _one_at_a_time(say: Say | None = None) -> Iterator[None]:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "longleash"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "images.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if say is not None:
                say("waiting for another run that is making images")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    try:
        yield
    except docker.errors.NotFound:
        return


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise EngineUnavailable(
            f"The Docker engine failed while images were made ready: {error}\n"
            "Look at its log and its free disk space, then run this again."
        ) from error
