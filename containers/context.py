"""What an image is made from, and the name that follows from it."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from docker.utils.build import create_archive, exclude_paths

OWN_NAME = r"longleash-(?:base|guest|shell)"
"""Names that a Dockerfile may use for images of ours, in FROM and in COPY --from."""

CA_BUNDLE = ".longleash/ca.crt"
"""Where a Dockerfile that asks for it finds the host's CA bundle in its context."""

_FROM = re.compile(
    rf"^(\s*FROM(?:\s+--\S+)*\s+)({OWN_NAME})(?::latest)?(?=\s|$)", re.IGNORECASE | re.MULTILINE
)
_COPY_FROM = re.compile(rf"(--from=)({OWN_NAME})(?::latest)?(?=\s)", re.IGNORECASE)

# Written by running the sources, never part of them: they would change the digest at each run.
_NEVER_SENT = ["**/__pycache__", "**/*.pyc", ".dockerignore"]


@dataclass(frozen=True)
class BuildContext:
    """A directory with a Dockerfile, bound to the images of ours that it builds on."""

    root: Path
    """The directory; its own `.dockerignore` holds."""
    dockerfile: str
    """The Dockerfile's text, with our images' names replaced by their ids."""
    files: tuple[str, ...]
    """Paths below `root` that are sent, sorted, the Dockerfile not among them."""
    digest: str
    """12 hexadecimal digits over the text, the files and the ids of our images named in it."""

    def archive(self, ca_bundle: Path | None = None) -> IO[bytes]:
        """The context as an open tar file, which is deleted when it is closed.

        Args:
            ca_bundle: The host's CA bundle; it is added only where the Dockerfile names
                `.longleash/ca.crt`, and never counts in the digest.

        Raises:
            OSError: A file of the context cannot be read.
        """
        extra = [("Dockerfile", self.dockerfile)]
        if ca_bundle is not None and CA_BUNDLE in self.dockerfile:
            extra.append((CA_BUNDLE, ca_bundle.read_text(encoding="utf-8")))
        # The caller closes it; delete-on-close keeps a stopped build from leaving it behind.
        file = tempfile.NamedTemporaryFile(prefix="longleash-context-")  # noqa: SIM115
        create_archive(root=str(self.root), files=list(self.files), fileobj=file, extra_files=extra)
        return cast("IO[bytes]", file)


def read_context(root: Path, ids: Mapping[str, str]) -> BuildContext:
    """Reads a directory that holds a Dockerfile.

    Args:
        root: The directory.
        ids: The id of each image of ours that may be named, by its name.

    Raises:
        OSError: The Dockerfile or a file of the context cannot be read.
        KeyError: The Dockerfile builds on an image of ours that is not in `ids`.
    """
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    named: set[str] = set()

    def bind(match: re.Match[str]) -> str:
        name = match[2].lower()
        named.add(name)
        return f"{match[1]}{ids[name]}"

    bound = _COPY_FROM.sub(bind, _FROM.sub(bind, text))
    files = _files(root)
    digest = hashlib.sha256()
    for part in (text, *(f"{name}={ids[name]}" for name in sorted(named))):
        _add(digest, part.encode())
    for name in files:
        _add_file(digest, root, name)
    return BuildContext(root, bound, files, digest.hexdigest()[:12])


def _files(root: Path) -> tuple[str, ...]:
    ignore = root / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found = exclude_paths(root, [*patterns, *_NEVER_SENT], dockerfile="Dockerfile")
    return tuple(sorted(found - {"Dockerfile"}))


def _add(digest: hashlib._Hash, part: bytes) -> None:
    # A length first, so that no two lists of parts run together to the same bytes.
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)


def _add_file(digest: hashlib._Hash, root: Path, name: str) -> None:
    path = root / name
    status = path.lstat()
    _add(digest, os.fsencode(name))
    _add(digest, oct(status.st_mode).encode())
    if stat.S_ISLNK(status.st_mode):
        _add(digest, os.fsencode(path.readlink()))
    elif stat.S_ISREG(status.st_mode):
        with path.open("rb") as file:
            _add(digest, hashlib.file_digest(file, "sha256").digest())
