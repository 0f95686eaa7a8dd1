"""What tells two models of one name apart, where they lie on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from episodes.record import Digest

_AT_ONCE = 1 << 20


def digest_of(*parts: str | bytes) -> Digest:
    """SHA-256 over texts or bytes, such as a chat template; each is told from the next."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return f"sha256:{whole.hexdigest()}"


def digest_of_files(paths: Iterable[Path]) -> Digest:
    """SHA-256 over files, such as a model's weights: their names and what is in them, by name.

    Raises:
        OSError: One cannot be read.
    """
    whole = hashlib.sha256()
    for path in sorted(paths, key=lambda one: one.name):
        name = path.name.encode()
        size = path.stat().st_size
        whole.update(len(name).to_bytes(8, "big") + name + size.to_bytes(8, "big"))
        with path.open("rb") as file:
            while part := file.read(_AT_ONCE):
                whole.update(part)
    return f"sha256:{whole.hexdigest()}"
