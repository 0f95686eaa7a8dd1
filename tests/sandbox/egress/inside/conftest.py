"""Two episodes' boxes, each a browser and a shell, with what there is to reach around them."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import psutil
import pytest

from containers.images_host import ensure_image
from episodes.entries import EpisodeStarted
from episodes.writer import LogWriter
from policies.policy import Policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.docker_host import DockerBackend, open_docker
from sandbox.boxes.episode_box_host import EpisodeBox
from sandbox.ledger import Ledger
from sandbox.stop_switch import StopSwitch
from sandbox.throttle import Buckets, Throttle

AGENT = "10001:10001"
METADATA = "169.254.169.254"
ABSTRACT = f"\0longleash-test-{uuid.uuid4().hex}"

PROBE = (Path(__file__).parent / "probe.py").read_text()
METADATA_SERVICE = (Path(__file__).parent / "metadata.py").read_text()


class Service(http.server.BaseHTTPRequestHandler):
    """Says that it is up."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"up")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def policy(**web: object) -> Policy:
    """Everything on the public internet, and what `web` says beside it."""
    rules = [{"hosts": ["*"], "effect": "allow", "id": "all"}]
    return Policy.model_validate(
        {
            "version": 1,
            "name": "open",
            "tools": ["shell", "browser", "files", "finish"],
            "shell": {"rules": [{"programs": ["curl"], "effect": "allow"}]},
            "files": {"read": ["/usr", "/etc", "/workspace"], "write": ["/workspace"]},
            "web": {"rules": rules, **web},
        }
    )


class Inside:
    """Runs the probe in both containers of a box."""

    def __init__(self, client: docker.DockerClient, box: EpisodeBox) -> None:
        assert box._shell is not None
        self.box = box
        self.doors = (box._door, box._shell._door)
        """Both ways out."""
        self.containers = {
            "shell": client.containers.get(box._shell.container),
            "browser": client.containers.get(box.browser.container),
        }

    def run(self, where: str, *argv: str, user: str = AGENT) -> str:
        ran = self.containers[where].exec_run(list(argv), user=user)
        assert ran.exit_code == 0, ran.output
        return str(ran.output.decode())

    def python(self, where: str, program: str, *argv: str, user: str = AGENT) -> str:
        return self.run(where, "python3", "-c", program, *argv, user=user)

    def probe(self, where: str, targets: dict[str, tuple[str, str, Any]]) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.python(where, PROBE, json.dumps(targets)))
        return found


@pytest.fixture(scope="package")
def backend() -> Iterator[DockerBackend]:
    opened = open_docker(f"r{uuid.uuid4().hex[:8]}", print)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def begin(
    client: docker.DockerClient,
    backend: DockerBackend,
    tmp_path_factory: pytest.TempPathFactory,
    began: Callable[[], EpisodeStarted],
) -> Iterator[Any]:
    """A box in which an episode is under way."""
    with contextlib.ExitStack() as stack:

        def begin_one(given: Policy) -> Inside:
            box = backend.start(BoxSpec(backend.image_id("longleash-shell"), given))
            assert isinstance(box, EpisodeBox)
            folder = tmp_path_factory.mktemp("inside")
            log = stack.enter_context(LogWriter.open(folder / "log.db"))
            log.append("episode:e", began())
            buckets = Buckets()
            throttle = Throttle(given, "e", buckets, StopSwitch())
            box.begin("e", log, throttle, Ledger(given.budgets, buckets.clock))
            box.at_step(0)
            return Inside(client, box)

        yield begin_one


@pytest.fixture(scope="package")
def inside(begin: Any) -> Inside:
    """The box that everything is tried from: every host, and no private address."""
    return begin(policy())  # type: ignore[no-any-return]


@pytest.fixture(scope="package")
def other(begin: Any, gateway: str) -> Inside:
    """Another episode's: every host, and the private addresses too."""
    named = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", METADATA]
    return begin(policy(private=named, tls_passthrough=["other.test"]))  # type: ignore[no-any-return]


@pytest.fixture(scope="package")
def on_host(client: docker.DockerClient) -> Iterator[dict[str, tuple[str, str, Any]]]:
    """What is up on the host, reached from there, by every address that the host has."""
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind(("0.0.0.0", 0))
    threading.Thread(target=_echo, args=(echo,), daemon=True).start()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(ABSTRACT)
    listening.listen()
    addresses = sorted(
        one.address
        for given in psutil.net_if_addrs().values()
        for one in given
        if one.family == socket.AF_INET
    )
    targets: dict[str, tuple[str, str, Any]] = {
        f"tcp {one}": ("direct", "tcp", [one, server.server_port]) for one in addresses
    }
    targets |= {f"udp {one}": ("direct", "udp", [one, echo.getsockname()[1]]) for one in addresses}
    targets |= {
        f"socket {path}": ("direct", "unix", path)
        for path in ("/var/run/docker.sock", "/run/docker.sock")
    }
    targets["abstract socket"] = ("direct", "unix", ABSTRACT)
    assert any(not one.startswith("127.") for one in addresses)
    yield targets
    server.shutdown()
    server.server_close()
    echo.close()
    listening.close()


def _echo(here: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            data, sender = here.recvfrom(100)
            here.sendto(data + b" up", sender)


@pytest.fixture(scope="package")
def metadata(client: docker.DockerClient, backend: DockerBackend, inside: Inside) -> Iterator[None]:
    """A service at 169.254.169.254 that the proxy could reach."""
    container = client.containers.create(
        ensure_image(client, "egress", print),
        entrypoint=["python3.13", "-c", METADATA_SERVICE, METADATA],
        command=[],
        user="0:0",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN", "NET_BIND_SERVICE"],
        network_mode=f"container:{backend.egress.shared()}",
        labels={"longleash.test": "metadata"},
    )
    try:
        container.start()
        for _ in range(200):
            if b"ready" in container.logs():
                break
            time.sleep(0.05)
        yield
    finally:
        container.remove(force=True)


@pytest.fixture(scope="package")
def probe_here() -> Callable[[dict[str, tuple[str, str, Any]]], dict[str, str]]:
    """The same probe, from the host."""

    def probe(targets: dict[str, tuple[str, str, Any]]) -> dict[str, str]:
        argv = [sys.executable, "-c", PROBE, json.dumps(targets)]
        ran = subprocess.run(argv, check=True, capture_output=True)
        found: dict[str, str] = json.loads(ran.stdout)
        return found

    return probe
