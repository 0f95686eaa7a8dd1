"""Old logs stay readable: one of each format is kept beside this file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from episodes.reader import LogReader
from episodes.schema import LOG_FORMAT_VERSION, UPGRADES
from episodes.verify import verify
from episodes.writer import LogWriter

KEPT = sorted((Path(__file__).parent / "logs").glob("format-*.db"))


@pytest.fixture(params=KEPT, ids=[path.stem for path in KEPT])
def kept(request, tmp_path):
    shutil.copytree(request.param.parent, tmp_path / "logs")
    return tmp_path / "logs" / request.param.name


def test_a_log_of_every_format_is_kept_and_every_old_one_can_be_upgraded():
    numbers = [int(path.stem.removeprefix("format-")) for path in KEPT]
    assert numbers == list(range(1, LOG_FORMAT_VERSION + 1))
    assert sorted(UPGRADES) == list(range(1, LOG_FORMAT_VERSION))


def test_kept_log_goes_on_and_verifies(kept, bodies):
    with LogWriter.open(kept) as writer:
        writer.append("annotations", bodies.note())
    found = verify(kept)
    assert found.ok, found.problems
    assert found.entries == 29


def test_kept_log_reads_as_it_did(kept):
    with LogWriter.open(kept):
        pass
    with LogReader.open(kept) as reader:
        solved, faulted, open_one = reader.episodes()
        assert (solved.cost, faulted.modes) == (0.125, {"loop": 1, "policy_violation": 1})
        assert reader.trajectory(solved.episode).steps[0].observation.stdout.count("\n") == 1000
        assert reader.trajectory(open_one.episode).steps[0].in_flight
