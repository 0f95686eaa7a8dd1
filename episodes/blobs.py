"""The content-addressed store beside the log: large texts and pictures, each kept once."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from episodes.chain import digest
from episodes.errors import LogDamaged

_NAME = re.compile(r"sha256:[0-9a-f]{64}\Z")


def blobs_of(log: Path) -> Path:
    """Where a log keeps its blobs."""
    return log.with_name(log.name + ".blobs")


class Blobs:
    """The store of one log: a file a blob, compressed, named by what it holds.

    Args:
        folder: The store's folder; made when the first blob is put.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._temporary = folder / "tmp"
        self._durable: set[str] = set()
        self._lock = threading.Lock()

    def put(self, data: bytes) -> str:
        """Keeps some bytes and returns once they are durable.

        Returns:
            Their digest, by which they are got back.

        Raises:
            OSError: They could not be written.
        """
        name = digest(data)
        if name in self._durable:
            return name
        path = self._path(name)
        if not path.exists():
            self._write(path, data)
        # Also where the file was there: whoever wrote it may have died before its name was durable.
        _sync(path.parent)
        with self._lock:
            self._durable.add(name)
        return name

    def get(self, name: str) -> bytes:
        """The bytes behind a digest.

        Raises:
            LogDamaged: They are gone, or are not what was put there.
        """
        path = self._path(name)
        try:
            data = zlib.decompress(path.read_bytes())
        except FileNotFoundError:
            raise LogDamaged(
                f"{path}: this blob is missing; copy the log with its folder {self._folder.name}/"
            ) from None
        except (OSError, zlib.error) as problem:
            raise LogDamaged(f"{path}: this blob cannot be read: {problem}") from problem
        if digest(data) != name:
            raise LogDamaged(f"{path}: this blob was changed: it does not hold what it is named by")
        return data

    def has(self, name: str) -> bool:
        """Whether there is a file for a digest, whatever it holds."""
        return bool(_NAME.match(name)) and self._path(name).exists()

    def names(self) -> Iterator[str]:
        """The digest of every blob that is kept, in order."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            yield "sha256:" + path.name

    def clear_unfinished(self) -> None:
        """Removes what a writer that was killed had not finished. For the log's writer only."""
        for path in self._temporary.glob("*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, name: str) -> Path:
        # The name comes from the log's own bytes, which may have been edited into '../'.
        if not _NAME.match(name):
            raise LogDamaged(f"{self._folder}: {name!r} is no digest, so it names no blob")
        value = name.removeprefix("sha256:")
        return self._folder / value[:2] / value

    def _write(self, path: Path, data: bytes) -> None:
        for folder in (self._temporary, path.parent):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(folder.parent)
                _sync(folder.parent.parent)
        handle, unfinished = tempfile.mkstemp(dir=self._temporary)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(zlib.compress(data))
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).rename(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(unfinished).unlink()
            raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
