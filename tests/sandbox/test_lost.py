"""A disk that fills up and an engine that goes away, in the middle of a run."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import docker
import psutil
import pytest

from containers import dockerd_host
from containers.dockerd_host import Dockerd
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


class Engine:
    """A second engine, beside the host's own and with nothing in common with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/d.sock"
        self.settings = Dockerd(
            host=self.host,
            pid_file=folder / "d.pid",
            containerd_pid_file=folder / "exec/containerd/containerd.pid",
            log=folder / "dockerd.log",
            command=("unshare", "--net", "dockerd"),
            arguments=(
                *("--host", self.host, "--data-root", f"{folder}/data"),
                *("--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/d.pid"),
                *("--bridge", "none", "--iptables=false"),
            ),
        )

    def start(self) -> None:
        dockerd_host.start(self.settings, print)

    def client(self) -> docker.DockerClient:
        return docker.DockerClient(base_url=self.host)

    def end(self, number: signal.Signals) -> None:
        """Ends the engine, its containerd and its containers' shims."""
        files = (self.settings.pid_file, self.settings.containerd_pid_file)
        numbers = [int(path.read_text()) for path in files if path.exists()]
        processes = [psutil.Process(number) for number in numbers if psutil.pid_exists(number)]
        for process in processes:
            process.send_signal(number)
        psutil.wait_procs(processes, timeout=20)

    def remove(self) -> None:
        self.end(signal.SIGTERM)
        for process in psutil.process_iter(["cmdline"]):
            if str(self.folder) in " ".join(process.info["cmdline"] or ()):
                process.kill()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed([path for path in mounts if path.startswith(str(self.folder))]):
            subprocess.run(["umount", "-l", mount], check=True)
        shutil.rmtree(self.folder)


@pytest.fixture
def engine(client):
    """An engine of the test's own with our images in it, so that none has to be built."""
    # Sockets lie in it, whose paths may have no more than 107 bytes.
    made = Engine(Path(tempfile.mkdtemp(prefix="longleash-")))
    try:
        made.start()
        copy_images(client, made)
        yield made
    finally:
        made.remove()


def copy_images(client, engine):
    images = ensure_images(client, print)
    names = [tag for one in (images.base, images.shell, images.guest) for tag in tags(client, one)]
    save = subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE)
    subprocess.run(["docker", "-H", engine.host, "load"], stdin=save.stdout, check=True)
    save.stdout.close()
    assert save.wait() == 0


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
