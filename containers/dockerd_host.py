"""Starting the Docker engine by hand, so that it outlives what started it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker
import psutil
from docker.errors import DockerException

from containers import apt_host
from episodes.errors import EngineUnavailable

START_SECONDS = 60.0
"""How long an engine may take until it answers."""

_NO_NETWORK = ("--bridge=none", "--iptables=false", "--ip6tables=false")


@dataclass(frozen=True)
class Dockerd:
    """Where one engine listens and keeps what tells that it is running."""

    host: str = "unix:///var/run/docker.sock"
    """Where it is asked whether it answers."""
    pid_file: Path = Path("/var/run/docker.pid")
    containerd_pid_file: Path = Path("/var/run/docker/containerd/containerd.pid")
    log: Path = Path("/var/log/longleash-dockerd.log")
    command: tuple[str, ...] = ("dockerd",)
    """What starts it, up to its arguments."""
    arguments: tuple[str, ...] = ()
    """Empty for the host's own engine: its /etc/docker/daemon.json decides, and where a setting
    stands there and in an argument too, dockerd refuses to start."""


def answers(host: str) -> bool:
    """Whether an engine answers at this address, `unix://PATH`."""
    try:
        reach(host)
        client = docker.DockerClient(base_url=host, timeout=5)
    except (DockerException, OSError):
        return False
    try:
        return bool(client.ping())
    except (DockerException, OSError):
        return False
    finally:
        client.close()


def reach(host: str) -> None:
    """Connects to an engine's unix socket and hangs up; addresses of another kind are not tried.

    The SDK leaves a socket open that could not connect, and hides whether it was not let in.

    Raises:
        OSError: Nobody listens there, or this user is not let in (`PermissionError`).
    """
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(host.removeprefix("unix://"))


def start(engine: Dockerd, say: Callable[[str], None], seconds: float = START_SECONDS) -> None:
    """Starts an engine, and returns when it answers.

    One that is already running and slow to answer is waited for, never replaced.

    Raises:
        EngineUnavailable: It ended, or did not answer in time; the message ends with its log.
    """
    deadline = time.monotonic() + seconds
    if (running := live(engine.pid_file, "dockerd")) is not None:
        say(f"an engine is running (process {running}) and does not answer yet: waiting")
        if _wait(engine, None, deadline):
            return
        raise EngineUnavailable(
            f"The Docker engine (process {running}) runs but did not answer in {seconds:.0f} s.\n"
            "Look at its log; stop it, then run this again."
        )
    if _by_service_manager(engine, say) and _wait(engine, None, deadline):
        return
    # After a kill -9 the files stay; their numbers may belong to other programs by now, and the
    # engine would believe that these are still itself.
    live(engine.containerd_pid_file, "containerd")
    say(f"starting dockerd (log: {engine.log})")
    process = _spawn(engine, ())
    if _wait(engine, process, deadline):
        return
    if process.poll() is not None and "iptables" in _tail(engine.log, 30):
        # Containers here have no network and builds use the host's, so no bridge is needed.
        say("dockerd cannot set up a network bridge here: starting it without one")
        process = _spawn(engine, _NO_NETWORK)
        if _wait(engine, process, deadline):
            return
    ended = process.poll()
    what = "did not answer in time" if ended is None else f"ended with {ended}"
    if ended is None:
        process.terminate()
        process.wait()
    raise EngineUnavailable(
        f"dockerd was started and {what}; its log is {engine.log}.\n"
        f"Start an engine by hand, then run this again. It said last:\n{_tail(engine.log, 8)}"
    )


def _by_service_manager(engine: Dockerd, say: Callable[[str], None]) -> bool:
    # Where systemd runs, an engine beside its back would be a second one at the next boot.
    if engine != Dockerd() or not Path("/run/systemd/system").is_dir():
        return False
    say("starting the engine with systemctl")
    done = subprocess.run(["systemctl", "start", "docker"], capture_output=True, check=False)
    return done.returncode == 0


def _spawn(engine: Dockerd, more: tuple[str, ...]) -> subprocess.Popen[bytes]:
    program = apt_host.program(engine.command[0])
    if program is None:
        raise EngineUnavailable(
            "dockerd is not installed.\nInstall it (on Debian: `apt-get install docker.io`), "
            "then run this again."
        )
    engine.log.parent.mkdir(parents=True, exist_ok=True)
    with engine.log.open("ab") as log:
        # A session of its own and no descriptor of ours: it must outlive make and the terminal.
        return subprocess.Popen(
            [program, *engine.command[1:], *engine.arguments, *more],
            env={**os.environ, "PATH": apt_host.SEARCH_PATH},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )


def _wait(engine: Dockerd, process: subprocess.Popen[bytes] | None, deadline: float) -> bool:
    while time.monotonic() < deadline:
        if answers(engine.host):
            if process is not None:
                # Let go: Python takes a child that is dropped while it runs for a leak.
                process.returncode = 0
            return True
        if process is not None and process.poll() is not None:
            return False
        time.sleep(0.2)
    return False


def live(pid_file: Path, name: str) -> int | None:
    """The process that a pid file names if it is what it should be; else the file is removed."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        process = psutil.Process(pid)
        # A zombie has its name still, and the engine, too, takes its number for a live one.
        if process.name() == name and process.status() != psutil.STATUS_ZOMBIE:
            return pid
    except (OSError, ValueError, psutil.Error):
        # No file, no number in it, or no such process: then the file says nothing true.
        pass
    pid_file.unlink(missing_ok=True)
    return None


def _tail(log: Path, lines: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
