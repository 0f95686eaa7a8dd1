"""Images of ours, each named by the digest of what it is made from.

An image whose digest is there already is used as it is, so a warm machine does nothing: one
question to the engine and a few small files hashed.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
import docker
from docker.errors import APIError, DockerException

from containers import base_host
from containers.context import BuildContext, read_context
from episodes.errors import EngineUnavailable, TaskFault

Say = Callable[[str], None]

LABEL = "longleash.image"
"""Every image of ours carries it; its value is base, guest, shell or task."""

BUILD_SILENCE_SECONDS = 1800
"""How long a build may say nothing, since one step can compile for long."""

_HERE = Path(__file__).parent
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")
_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Images:
    """The ids (`sha256:...`) of the images that every run needs."""

    base: str
    guest: str
    shell: str


def ensure_images(client: docker.DockerClient, say: Say) -> Images:
    """Makes the base, guest and shell images where they are not there yet.

    Raises:
        EngineUnavailable: One could not be made; the message says which and what to do.
    """
    with _engine_errors():
        missing: Say = lambda name: say(f"making {name}")  # noqa: E731
        found = _resolve(client, None, missing)
        if found is None:
            # Two runs may start at once; the second one waits and then finds them made.
            with _one_at_a_time(say):
                found = _resolve(client, say, missing)
        assert found is not None
        return found
