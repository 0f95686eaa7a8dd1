"""A disk that fills up and an engine that goes away, in the middle of a run."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from benchmarks.own_engine_host import own_engine
from containers.images_host import ensure_images
from episodes.errors import NotALog
from episodes.reader import LogReader
from sandbox.boxes.orphans_host import LABEL_RUN

pytestmark = pytest.mark.docker

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two mebibytes; mounting takes root, as bringing up an engine does."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "longleash-test", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_ends_the_run_says_so_and_loses_nothing(
    longleash, tasks, small_disk, open_kept, client
):
    # Each step leaves tens of kilobytes that no compression makes smaller.
    task = tasks.make(steps=["head -c 30000 /dev/urandom | base64 -w 0"] * 20)
    log = small_disk / "x.db"
    words = ("--agent", "scripted:run", "--parallel", 2, "--log", log)
    answer = longleash("run", task, "--episodes", 10, *words)
    assert answer.code == 2, answer
    assert "there is no room left where the log lives; free some" in answer.err
    assert "Nothing that was acknowledged is lost" in answer.err
    assert "Traceback" not in answer.err
    kept = open_kept(log)
    kept.verified()
    [run] = {row.run for row in kept.episodes()}
    label = {"label": f"{LABEL_RUN}={run}"}
    assert client.api.containers(all=True, filters=label) == []
    # With room made, it goes on where it was.
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    answer = longleash("run", "--resume", "--parallel", 2, "--log", log)
    assert answer.code == 0, answer
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == list(range(10))
    kept.verified()


@pytest.fixture
def engine(client):
    """An engine of the test's own with our images in it, so that none has to be built."""
    images = ensure_images(client, print)
    names = [tag for one in (images.base, images.shell, images.guest) for tag in tags(client, one)]
    with own_engine(names) as made:
        yield made


def tags(client, image):
    return client.api.inspect_image(image)["RepoTags"]


def completed(log):
    try:
        with LogReader.open(log) as reader:
            return sum(row.steps for row in reader.episodes())
    except NotALog:
        return 0


def test_an_engine_that_goes_away_ends_the_run_which_goes_on_when_it_is_back(
    engine, start_longleash, longleash, tasks, log_path, kept
):
    task = tasks.make(steps=["sleep 0.2"] * 5)
    words = ("--agent", "scripted:run", "--episodes", 8, "--parallel", 2, "--log", log_path)
    process = start_longleash("run", task, *words, DOCKER_HOST=engine.host, ENGINE="none")
    while completed(log_path) < 8:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    engine.end(signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2, out + err
    assert "Traceback" not in err
    assert "the engine does not answer" in err
    assert "start it and go on with --resume" in " ".join(err.split())
    kept.verified()
    assert all(row.status is not None for row in kept.episodes())
    # Without an engine there is nothing to go on with; told so, nothing changes.
    answer = longleash("run", "--resume", "--log", log_path, DOCKER_HOST=engine.host, ENGINE="none")
    assert answer.code == 3, answer
    engine.start()
    answer = longleash(
        *("run", "--resume", "--parallel", 2, "--log", log_path),
        DOCKER_HOST=engine.host,
        ENGINE="none",
    )
    assert answer.code == 0, answer
    own = [row.slot for row in kept.episodes() if row.status == "terminated"]
    assert sorted(own) == list(range(8))
    kept.verified()
    back = engine.client()
    assert back.api.containers(all=True) == []
    back.close()
