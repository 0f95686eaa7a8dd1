"""A real proxy with one door, and a server on the engine's bridge that keeps what reaches it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest

from episodes.entries import Body, EpisodeStarted, Noted, Requested, Responded
from episodes.reader import LogReader
from episodes.writer import LogWriter
from policies.policy import Policy
from sandbox.boxes.orphans_host import LABEL_OWNER, LABEL_RUN, owner
from sandbox.egress.door import Door
from sandbox.egress.egress_host import Egress
from sandbox.ledger import Ledger
from sandbox.stop_switch import StopSwitch
from sandbox.throttle import Buckets, Throttle

_SECONDS = 20.0


@dataclass
class Origin:
    """A server that says what a test wants, and keeps each request's bytes."""

    address: str
    certificate: Path
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    port: int = 0
    tls_port: int = 0

    def start(self) -> None:
        """Serves plainly on one port, and with TLS on another."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        for secure in (False, True):
            listener = socket.create_server((self.address, 0))
            if secure:
                self.tls_port = listener.getsockname()[1]
            else:
                self.port = listener.getsockname()[1]
            threading.Thread(
                target=self._accept, args=(listener, context if secure else None), daemon=True
            ).start()

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            connection, _ = listener.accept()
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, context), daemon=True).start()

    def _serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        with connection, contextlib.suppress(OSError):
            if context is None:
                self._answer(connection)
                return
            with context.wrap_socket(connection, server_side=True) as secured:
                self._answer(secured)

    def _answer(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                break
            data += more
        self.requests.append(data)
        connection.sendall(self.answer)
        while connection.recv(65536):
            pass


@dataclass
class Outside:
    """One door with an episode behind it."""

    client: docker.DockerClient
    egress: Egress
    door: Door
    origin: Origin
    log: LogWriter
    trusted: ssl.SSLContext

    def connect(self) -> socket.socket:
        """A connection as a program in the box has it."""
        folder = os.open(self.door.mount["Source"], os.O_RDONLY)
        near = socket.socket(socket.AF_UNIX)
        near.settimeout(_SECONDS)
        try:
            # By its folder: the volume's own path is longer than a socket's may be.
            near.connect(f"/proc/self/fd/{folder}/proxy.sock")
        except OSError:
            near.close()
            raise
        finally:
            os.close(folder)
        return near

    @staticmethod
    def read(near: socket.socket) -> bytes:
        """One small answer."""
        return read(near)

    def ask(self, request: bytes) -> bytes:
        """What comes back until the proxy hangs up or a whole small answer is there."""
        with self.connect() as near:
            near.sendall(request)
            return read(near)

    def tunnel(self, host: str = "shop.test", name: str | None = None) -> ssl.SSLSocket:
        """TLS within a tunnel."""
        near = self.connect()
        near.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert b" 200 " in near.recv(65536)
        try:
            return self.trusted.wrap_socket(near, server_hostname=name or host)
        except OSError:
            near.close()
            raise

    def requested(self) -> list[Requested]:
        """What is on record, once all that was let go of is."""
        return [body for body in self._bodies() if isinstance(body, Requested)]

    def responded(self) -> list[Responded]:
        """Likewise of how requests ended, once one has."""
        for _ in range(200):
            found = [body for body in self._bodies() if isinstance(body, Responded)]
            if found:
                return found
        return []

    def _bodies(self) -> list[Body]:
        self.door.take_requests()
        # What is let go of soon is committed before what is asked for after it.
        self.log.append("annotations", Noted(who="test", text="all before this"))
        with LogReader.open(self.log.path) as reader:
            return [entry.body for entry in reader.entries("episode:e")]


def read(near: socket.socket) -> bytes:
    """One small answer."""
    data = b""
    try:
        while more := near.recv(65536):
            data += more
            head, found, body = data.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line.partition(b":")[2])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                None,
            )
            if found and (b" 101 " in head or (length is not None and len(body) >= length)):
                break
    except (ConnectionError, ssl.SSLError):
        return data
    return data


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority's `ca.crt`, and `site.pem` that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    (folder / "names").write_text("subjectAltName=DNS:shop.test,DNS:other.test\n")
    signed = "-CA ca.crt -CAkey ca.key -CAcreateserial -extfile names"
    for command in (
        f"req -x509 {key} -keyout ca.key -out ca.crt -subj /CN=fixtures",
        f"req {key} -keyout site.key -out site.csr -subj /CN=shop.test",
        f"x509 -req -in site.csr {signed} -out site.crt",
    ):
        words = ["openssl", *command.split()]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    pem = (folder / "site.crt").read_bytes() + (folder / "site.key").read_bytes()
    (folder / "site.pem").write_bytes(pem)
    return folder


@pytest.fixture(scope="session")
def gateway(client: docker.DockerClient) -> str:
    """The host's address on the engine's bridge."""
    pool = client.api.inspect_network("bridge")["IPAM"]["Config"]
    return str(pool[0].get("Gateway") or pool[0]["Subnet"].rpartition(".")[0] + ".1")


@pytest.fixture(scope="session")
def open_origin(gateway: str) -> Callable[[Path], Origin]:
    """Starts a server with a certificate."""

    def open_one(certificate: Path) -> Origin:
        origin = Origin(gateway, certificate)
        origin.start()
        return origin

    return open_one


@pytest.fixture(scope="module")
def egress(client: docker.DockerClient, certificates: Path) -> Iterator[Egress]:
    """One proxy for a module's tests."""
    with Egress(client, {LABEL_RUN: "test", LABEL_OWNER: owner()}, print) as egress:
        egress.trust((certificates / "ca.crt").read_text())
        yield egress


@pytest.fixture
def opened(
    client: docker.DockerClient,
    egress: Egress,
    gateway: str,
    certificates: Path,
    tmp_path: Path,
    began: Callable[[], EpisodeStarted],
) -> Iterator[Callable[[Policy], Outside]]:
    """Opens a door for an episode under a policy."""
    doors: list[Outside] = []

    def open_one(policy: Policy) -> Outside:
        origin = Origin(gateway, certificates / "site.pem")
        origin.start()
        log = LogWriter.open(tmp_path / f"log{len(doors)}.db")
        log.append("episode:e", began())
        door = egress.open("shell")
        for name in ("shop.test", "other.test"):
            door.add_site(name, gateway, origin.port)
        clock = Buckets().clock
        throttle = Throttle(policy, "e", Buckets(), StopSwitch())
        door.begin("e", policy, log, throttle, Ledger(policy.budgets, clock))
        door.at_step(3)
        trusted = ssl.create_default_context(cadata=door.ca_pem)
        doors.append(Outside(client, egress, door, origin, log, trusted))
        return doors[-1]

    yield open_one
    for one in doors:
        one.door.close()
        one.log.close()


@pytest.fixture
def policy(gateway: str) -> Policy:
    """Some paths of one host."""
    return Policy.model_validate(
        {
            "version": 1,
            "name": "web",
            "tools": ("shell",),
            "web": {
                "rules": (
                    {"hosts": ("shop.test",), "paths": ("/ok/**",), "effect": "allow", "id": "ok"},
                ),
                "private": (gateway,),
            },
        }
    )


@pytest.fixture
def outside(opened: Callable[[Policy], Outside], policy: Policy) -> Outside:
    """A door under that policy."""
    return opened(policy)
