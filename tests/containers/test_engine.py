"""Whether an engine may be brought up, and what is said where it may not."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import psutil
import pytest

from containers import dockerd_host
from containers.bringup import HostFacts, plan
from containers.dockerd_host import Dockerd
from containers.engine_host import connect, engine_facts, ensure_engine
from episodes.errors import EngineUnavailable

ALL = frozenset({"dockerd", "iptables", "debootstrap"})
FRESH_DEBIAN = HostFacts(
    system="Linux",
    debian=True,
    root=True,
    forbidden=False,
    elsewhere=None,
    refused=False,
    programs=frozenset(),
)


def test_root_on_a_fresh_debian_installs_the_distributions_engine() -> None:
    assert plan(FRESH_DEBIAN) == ("docker.io", "iptables", "debootstrap")


def test_only_what_is_missing_is_installed() -> None:
    assert plan(replace(FRESH_DEBIAN, programs=ALL - {"debootstrap"})) == ("debootstrap",)
    assert plan(replace(FRESH_DEBIAN, programs=ALL)) == ()


def test_root_elsewhere_on_linux_starts_an_engine_that_is_installed() -> None:
    assert plan(replace(FRESH_DEBIAN, debian=False, programs=frozenset({"dockerd"}))) == ()


@pytest.mark.parametrize(
    ("change", "what", "remedy"),
    [
        ({"forbidden": True}, "ENGINE=none forbids", "apt-get install docker.io"),
        ({"root": False}, "only root", "sudo apt-get install docker.io"),
        ({"root": False, "debian": False}, "only root", "docs.docker.com/engine/install"),
        ({"debian": False}, "this is not Debian", "docs.docker.com/engine/install"),
        ({"system": "Darwin", "debian": False}, "on Darwin", "Install Docker Desktop"),
        ({"elsewhere": "tcp://far:2376"}, "tcp://far:2376", "unset DOCKER_HOST"),
        ({"refused": True, "root": False}, "this user may not", "usermod -aG docker"),
    ],
)
def test_where_no_engine_may_be_brought_up_two_lines_say_what_to_do(
    change: dict[str, object], what: str, remedy: str
) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        plan(replace(FRESH_DEBIAN, **change))  # type: ignore[arg-type]
    first, second = str(raised.value).splitlines()
    assert what in first
    assert remedy in second
    assert raised.value.exit_code == 3


def test_an_engine_that_was_chosen_and_does_not_answer_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match=r"none\.sock, does not answer"):
        ensure_engine(said.append)
    assert said == []


@pytest.mark.docker
def test_an_engine_that_answers_is_used_as_it_is() -> None:
    said: list[str] = []
    client = ensure_engine(said.append)
    try:
        assert client.ping()
        assert said == []
    finally:
        client.close()


@pytest.mark.docker
def test_facts_name_what_isolation_depends_on() -> None:
    client = connect()
    try:
        facts = engine_facts(client)
    finally:
        client.close()
    assert facts.cgroup_version in {"1", "2"}
    assert facts.storage_driver
    assert "runc" in facts.runtimes
    assert facts.free_bytes is None or facts.free_bytes > 0


@pytest.fixture
def second_engine(tmp_path: Path) -> Iterator[Dockerd]:
    """An engine beside the host's own, with nothing in common with it; stopped at the end."""
    arguments = {
        "--host": f"unix://{tmp_path}/d.sock",
        "--data-root": f"{tmp_path}/data",
        "--exec-root": f"{tmp_path}/exec",
        "--pidfile": f"{tmp_path}/d.pid",
    }
    engine = Dockerd(
        host=arguments["--host"],
        pid_file=tmp_path / "d.pid",
        containerd_pid_file=tmp_path / "exec/containerd/containerd.pid",
        log=tmp_path / "dockerd.log",
        # A network of its own: an engine makes, changes and removes the host's docker0.
        command=("unshare", "--net", "dockerd"),
        arguments=tuple(word for pair in arguments.items() for word in pair),
    )
    yield engine
    if engine.pid_file.exists():
        _end(int(engine.pid_file.read_text()), signal.SIGTERM)
    # The engine leaves its data root mounted on itself.
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in reversed([path for path in mounts if path.startswith(str(tmp_path))]):
        subprocess.run(["umount", "-l", mount], check=True)


def _end(pid: int, number: signal.Signals) -> None:
    process = psutil.Process(pid)
    process.send_signal(number)
    psutil.wait_procs([process], timeout=10)


@pytest.mark.docker
def test_an_engine_is_started_and_outlives_what_started_it(second_engine: Dockerd) -> None:
    dockerd_host.start(second_engine, print)
    assert dockerd_host.answers(second_engine.host)
    pid = int(second_engine.pid_file.read_text())
    assert os.getsid(pid) == pid
    # A pipe of make's, kept open, would leave whoever reads it waiting for its end.
    inherited = {str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)}
    assert inherited == {"/dev/null", str(second_engine.log)}
    client = docker.DockerClient(base_url=second_engine.host)
    assert engine_facts(client).images == {}
    client.close()


@pytest.mark.docker
def test_an_engine_comes_back_after_a_kill_though_its_numbers_belong_to_others(
    second_engine: Dockerd,
) -> None:
    dockerd_host.start(second_engine, print)
    containerd = int(second_engine.containerd_pid_file.read_text())
    _end(int(second_engine.pid_file.read_text()), signal.SIGKILL)
    if psutil.pid_exists(containerd):
        _end(containerd, signal.SIGKILL)
    second_engine.pid_file.write_text(str(os.getpid()))
    second_engine.containerd_pid_file.write_text(str(os.getpid()))
    dockerd_host.start(second_engine, print)
    assert dockerd_host.answers(second_engine.host)


@pytest.mark.docker
def test_an_engine_that_does_not_start_says_what_its_log_said(second_engine: Dockerd) -> None:
    broken = replace(second_engine, arguments=(*second_engine.arguments, "--no-such-flag"))
    with pytest.raises(EngineUnavailable, match="unknown flag: --no-such-flag"):
        dockerd_host.start(broken, print)


def test_a_live_engine_that_is_slow_is_never_replaced(tmp_path: Path) -> None:
    own_name = psutil.Process().name()
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    assert dockerd_host.live(pid_file, own_name) == os.getpid()
    assert pid_file.exists()


def test_a_pid_file_that_names_another_program_is_removed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    assert dockerd_host.live(pid_file, "dockerd") is None
    assert not pid_file.exists()
