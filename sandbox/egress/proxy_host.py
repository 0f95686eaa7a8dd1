"""One container of the egress proxy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import docker
from docker.types import LogConfig, Mount

from containers.exchange import Exchange
from sandbox.boxes.engine_errors import engine_errors
from sandbox.boxes.orphans_host import remove
from sandbox.egress.door import Door, Who
from sandbox.egress.doors import Doors

PLACE = "/run/longleash-egress"
"""Where the doors are, in the proxy's container; in a box's it is that box's own door."""

_USER = 10002
_MEMORY = 512 << 20
_PROCESSES = 128
_SCRATCH_BYTES = 16 << 20
_START_SECONDS = 60.0
_BRIDGE = "bridge"
_NEIGHBOURS = {
    f"net.ipv4.neigh.eth0.{name}": value
    for name, value in {
        "base_reachable_time_ms": "1000",
        "delay_first_probe_time": "1",
        "retrans_time_ms": "200",
        "ucast_solicit": "1",
    }.items()
}
"""A bridge may have the address of one of its containers, and another one when that has gone; as
the kernel has it, what is sent to the old address is lost for more than a minute."""


class Proxy:
    """A container that was created, and is this one's to remove.

    Args:
        client: The engine.
        image: The proxy's image.
        labels: For whoever cleans up.

    Raises:
        EnvironmentFault: It did not come up.
    """

    def __init__(self, client: docker.DockerClient, image: str, labels: dict[str, str]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._doors = Doors(lambda message: self._line.send(message))
        self.opened = 0
        """How many doors it has had."""
        with engine_errors():
            created = client.api.create_container_from_config(_config(client, image, labels))
            self.container = str(created["Id"])
            """Its id."""
            try:
                self._start()
            except BaseException:
                remove(client, self.container)
                raise

    def _start(self) -> None:
        attached = self._client.api.attach_socket(
            self.container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        )
        name = f"egress proxy {self.container[:12]}"
        self._line = Exchange(attached, name, self._doors.heard)
        self._client.api.start(self.container)
        self.ca_pem = str(self._line.request("hello", timeout=_START_SECONDS)["ca_pem"])
        """The certificate of the authority that this proxy made for itself."""
        mounts = self._client.api.inspect_container(self.container)["Mounts"]
        self._folder = next(str(one["Source"]) for one in mounts if one["Destination"] == PLACE)

    @property
    def gone(self) -> Exception | None:
        """What ended it; None while it lives."""
        return self._line.gone

    @property
    def idle(self) -> bool:
        """Whether it has no door any more."""
        return self._doors.none

    def open(self, who: Who, on_close: Callable[[], None]) -> Door:
        """Makes a door.

        Raises:
            EnvironmentFault: The proxy is gone, or could not.
        """
        with self._lock:
            name, self.opened = f"d{self.opened:06d}", self.opened + 1

        def close() -> None:
            self._doors.remove(name)
            if self._line.gone is None:
                self._line.request("close", door=name)
            on_close()

        def lead(host: str, address: str, port: int) -> None:
            self._line.request("site", door=name, name=host, address=address, port=port)

        # A bind of the volume's own folder: this engine mounts no part of a volume.
        mount = Mount(PLACE, f"{self._folder}/{name}", type="bind", read_only=True)
        door = Door(who, mount, self.ca_pem, lambda: self._line.gone, close, lead)
        self._doors.add(name, door)
        self._line.request("open", door=name)
        return door

    def trust(self, ca_pem: str) -> None:
        """Trusts servers whose certificates one more authority signed."""
        self._line.request("trust", ca_pem=ca_pem)

    def close(self) -> None:
        """Removes it with all that goes through it."""
        self._line.close()
        self._doors.close()
        with engine_errors():
            remove(self._client, self.container)


def _config(client: docker.DockerClient, image: str, labels: dict[str, str]) -> dict[str, Any]:
    network = _network(client)
    host = client.api.create_host_config(
        # Its listeners are sockets in a volume: on no network is there anything to reach.
        network_mode=network,
        # The host's network knows neighbours of its own.
        sysctls=_NEIGHBOURS if network == _BRIDGE else None,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
        mem_limit=_MEMORY,
        memswap_limit=_MEMORY,
        pids_limit=_PROCESSES,
        log_config=LogConfig(type="none"),
        # Without a name: it goes when its container does.
        mounts=[Mount(PLACE, None, type="volume")],
        # The authority's private key is here, and nowhere else.
        tmpfs={
            "/tmp": f"rw,nosuid,nodev,noexec,size={_SCRATCH_BYTES},uid={_USER},gid={_USER},mode=0700"  # noqa: S108, E501
        },
    )
    return dict(
        client.api.create_container_config(
            image=image,
            command=[],
            user=f"{_USER}:{_USER}",
            labels=labels,
            stdin_open=True,
            tty=False,
            host_config=host,
        )
        | {"StdinOnce": True, "AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
    )


def _network(client: docker.DockerClient) -> str:
    """The engine's bridge; the host's own network where it was started without one."""
    return _BRIDGE if client.api.networks(names=[_BRIDGE]) else "host"
