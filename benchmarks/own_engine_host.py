"""An engine of one's own, beside the host's and with nothing in common with it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import psutil

from containers import dockerd_host
from containers.dockerd_host import Dockerd


class OwnEngine:
    """A Docker engine with its own socket, data and network; it takes root to start one.

    Args:
        folder: For all it keeps. Sockets lie in it, whose paths may have no more than 107 bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/d.sock"
        self.settings = Dockerd(
            host=self.host,
            pid_file=folder / "d.pid",
            containerd_pid_file=folder / "exec/containerd/containerd.pid",
            log=folder / "dockerd.log",
            # With its loopback up: there the proxy finds a task's sites.
            command=("unshare", "--net", "sh", "-c", 'ip link set lo up; exec dockerd "$@"', "sh"),
            arguments=(
                *("--host", self.host, "--data-root", f"{folder}/data"),
                *("--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/d.pid"),
                *("--bridge", "none", "--iptables=false"),
            ),
        )

    def start(self) -> None:
        """Starts it, and returns when it answers."""
        dockerd_host.start(self.settings, lambda _: None)

    def client(self) -> docker.DockerClient:
        """A client for it."""
        return docker.DockerClient(base_url=self.host)

    def load(self, images: Sequence[str]) -> None:
        """Copies images of the host's engine into it."""
        save = subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE)
        assert save.stdout is not None
        done = ["docker", "-H", self.host, "load", "--quiet"]
        subprocess.run(done, stdin=save.stdout, stdout=subprocess.DEVNULL, check=True)
        save.stdout.close()
        if save.wait() != 0:
            raise RuntimeError(f"docker save {' '.join(images)} ended with {save.returncode}")

    def end(self, number: signal.Signals) -> None:
        """Ends the engine and its containerd."""
        files = (self.settings.pid_file, self.settings.containerd_pid_file)
        numbers = [int(path.read_text()) for path in files if path.exists()]
        processes = [psutil.Process(number) for number in numbers if psutil.pid_exists(number)]
        for process in processes:
            # An engine that ends takes its containerd along.
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        psutil.wait_procs(processes, timeout=20)

    def processes(self) -> list[psutil.Process]:
        """Whatever runs by its name: the engine itself, and what holds its containers."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(self.folder) in " ".join(process.info["cmdline"] or ())
        ]

    def remove(self) -> None:
        """Ends it with all that runs in it, and removes all it kept."""
        self.end(signal.SIGTERM)
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed([path for path in mounts if path.startswith(str(self.folder))]):
            subprocess.run(["umount", "-l", mount], check=True)
        shutil.rmtree(self.folder)


@contextmanager
def own_engine(images: Sequence[str]) -> Iterator[OwnEngine]:
    """One with some of the host's images in it, gone afterwards."""
    made = OwnEngine(Path(tempfile.mkdtemp(prefix="longleash-")))
    try:
        made.start()
        made.load(images)
        yield made
    finally:
        made.remove()
