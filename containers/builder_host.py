"""Building one image through the engine's API, one build of ours at a time."""

from __future__ import annotations

import fcntl
import os
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from containers.context import BuildContext
from episodes.errors import TaskFault

Say = Callable[[str], None]

LABEL = "longleash.image"
"""Every image of ours carries it; its value is base, guest, shell or task."""

BUILD_SILENCE_SECONDS = 1800
"""How long a build may say nothing, since one step can compile for long."""

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")
_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def build(client: docker.DockerClient, context: BuildContext, tag: str, kind: str, say: Say) -> str:
    """Builds an image under `tag`, labelled as ours.

    Args:
        client: The engine's client.
        context: What it is built from.
        tag: Its whole name, `longleash-shell:0123456789ab`.
        kind: The label's value.
        say: Told each step of the Dockerfile.

    Returns:
        The image's id.

    Raises:
        TaskFault: A step of the Dockerfile failed; the text is what it said last.
    """
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
                raise TaskFault("\n".join(last))
            if text.startswith("Step "):
                say(f"{tag}: {_shorten(text)}")
    return str(client.images.get(tag).id)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


@contextmanager
def one_at_a_time(say: Say | None = None) -> Iterator[None]:
    """Holds a lock of this user's: who waited finds what the other one made."""
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


def _proxies() -> dict[str, str]:
    # The builder knows these names: they are set while it builds and are not kept in the image.
    both = (*_PROXIES, *(name.upper() for name in _PROXIES))
    return {name: os.environ[name] for name in both if os.environ.get(name)}


def _ca_bundle() -> Path | None:
    named = (os.environ.get(name) for name in _CA_VARIABLES)
    candidates = (*named, ssl.get_default_verify_paths().cafile)
    return next((Path(file) for file in candidates if file and Path(file).is_file()), None)
