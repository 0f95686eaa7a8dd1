"""A disk that is full: a clear error, nothing acknowledged is lost, the log still opens."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from episodes.errors import LogFull
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.writer import LogWriter


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small enough to fill")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount") or "mount"
    subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "none", disk], check=True)
    yield disk
    subprocess.run([shutil.which("umount") or "umount", disk], check=True)


def fill_up(writer: LogWriter, bodies, text: str) -> tuple[list[str], LogFull]:
    acknowledged = []
    for number in range(10_000):
        try:
            entry = writer.append("annotations", bodies.note(f"{number} {text}"))[0]
        except LogFull as problem:
            return acknowledged, problem
        acknowledged.append(entry.hash)
    raise AssertionError("the disk was never full")


# Short texts fill the database, long ones the blobs.
@pytest.mark.parametrize("length", [4000, 50_000])
def test_full_disk_is_told_and_loses_nothing(small_disk, bodies, length):
    log = small_disk / "x.db"
    writer = LogWriter.open(log)
    text = os.urandom(length // 2).hex()
    acknowledged, problem = fill_up(writer, bodies, text)
    assert "no room left" in str(problem)
    assert str(log) in str(problem)
    with pytest.raises(LogFull):
        writer.append("annotations", bodies.note())
    with pytest.raises(LogFull):
        writer.append_soon("annotations", bodies.note())
    writer.close()
    found = verify(log)
    assert found.ok, found.problems
    with LogReader.open(log) as reader:
        assert [entry.hash for entry in reader.annotations()][: len(acknowledged)] == acknowledged


def test_log_goes_on_once_there_is_room_again(small_disk, bodies):
    log, ballast = small_disk / "x.db", small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    writer = LogWriter.open(log)
    fill_up(writer, bodies, "x" * 2000)
    writer.close()
    ballast.unlink()
    with LogWriter.open(log) as writer:
        writer.append("annotations", bodies.note())
    assert verify(log).ok


def test_log_that_cannot_even_be_made_is_told(small_disk):
    with contextlib.suppress(OSError):
        (small_disk / "ballast").write_bytes(b"x" * 4_000_000)
    with pytest.raises(LogFull):
        LogWriter.open(small_disk / "x.db")
