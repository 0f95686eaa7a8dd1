"""Where attacks are tried: containers as an episode has them, and one without what holds them."""

from __future__ import annotations

import os
import time
from typing import Any, Self

import docker
from docker.types import Mount

from containers.images_host import Images, ensure_image, guest_volume
from episodes.errors import EnvironmentFault
from policies.policy import Policy
from sandbox.attacks import neighbour
from sandbox.attacks.looker_host import Looker
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.browser_container import browser_container_config
from sandbox.boxes.container import container_config
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.docker_host import DockerBackend
from sandbox.boxes.guest_calls import configuration
from sandbox.boxes.guest_host import Guest
from sandbox.boxes.orphans_host import LABEL_OWNER, LABEL_RUN, owner, remove

_SECONDS = 6
_BROWSER_SECONDS = 60
_WIDE = "rw,exec,suid,dev,size=256m,mode=1777"
_RUN = "attacks"
HARNESS = "LONGLEASH_ATTACK_SECRET"
"""A variable of the harness's own, which no container is given but the open one."""

# Open to every user: what keeps an agent from it is the policy, in the kernel.
_FOREIGN = Mount("/srv", None, type="tmpfs")
_BARE: dict[str, Any] = {
    "CapAdd": [
        *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "IPC_LOCK", "KILL", "MKNOD"),
        *("NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW", "SETGID", "SETPCAP", "SETUID"),
        *("SYS_ADMIN", "SYS_CHROOT", "SYS_NICE", "SYS_PTRACE"),
    ],
    "CapDrop": [],
    "SecurityOpt": ["seccomp=unconfined"],
    "ReadonlyRootfs": False,
    # Far above the policy's, and yet no danger to the machine.
    "Memory": 1 << 30,
    "MemorySwap": 1 << 30,
    "PidsLimit": 1024,
    "Tmpfs": dict.fromkeys(("/workspace", "/tmp"), "rw,exec,size=256m,mode=1777"),  # noqa: S108
}


class Ground:
    """The engine's side: a neighbour, and whatever containers attacks are tried in.

    Args:
        client: The engine.
        images: Ours.
    """

    def __init__(self, client: docker.DockerClient, images: Images) -> None:
        self.client = client
        self._images = images
        self._volume = guest_volume(client, images)
        self._engine = str(client.version()["Version"])
        self._labels = {LABEL_RUN: _RUN, LABEL_OWNER: owner()}
        self._started: list[str] = []
        self._backend: DockerBackend | None = None
        self.hearer: Looker | None = None
        try:
            self._start_neighbour()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def image_id(self, name: str) -> str:
        """Ours, whatever the name: attacks are tried in one image."""
        return self._images.shell

    def start(self, spec: BoxSpec) -> DockerBox:
        """A container as each episode has it, with a folder in it that no policy opens."""
        config = container_config(self.client, spec, self._volume, _FOREIGN)
        box = DockerBox(self.client, self._create(config), spec, self._engine, lambda _: None)
        box.open()
        return box

    def start_bare(self, policy: Policy) -> Bare:
        """A container without any of what holds an agent."""
        config = container_config(
            self.client, BoxSpec(self._images.shell, policy), self._volume, _FOREIGN
        )
        host = config["HostConfig"]
        wide = dict.fromkeys(("/workspace", "/tmp", "/dev/shm"), _WIDE)  # noqa: S108
        host |= _BARE | {
            "NetworkMode": f"container:{self.neighbour}",
            "Tmpfs": host["Tmpfs"] | wide,
        }
        config.pop("NetworkDisabled", None)
        return Bare(self.client, self._create(config), policy)

    def backend(self) -> DockerBackend:
        """What makes an episode's browser, with its way out and its sites; the same each time."""
        if self._backend is None:
            self._backend = DockerBackend(self.client, self._images, _RUN, lambda _: None)
        return self._backend

    def start_bare_browser(self, policy: Policy, *argv: str) -> str:
        """A container with a browser's image and nothing that holds one; returns its id."""
        image = ensure_image(self.client, "browser", lambda _: None)
        config = browser_container_config(self.client, image, policy)
        config["HostConfig"] |= _BARE | {
            "NetworkMode": f"container:{self.neighbour}",
            "Tmpfs": {"/tmp": "rw,exec,size=256m,mode=1777"},  # noqa: S108
        }
        config.pop("NetworkDisabled", None)
        own = {"Entrypoint": list(argv), "Cmd": [], "User": "0:0"}
        container = self._create(config | own)
        self.client.api.start(container)
        return container

    def run(self, container: str, user: str, *argv: str) -> bytes:
        """What a program prints that runs in a container as one of its users."""
        api = self.client.api
        given = {HARNESS: os.environ[HARNESS]} if user == "0:0" and HARNESS in os.environ else {}
        limited = ["timeout", "-s", "KILL", str(_BROWSER_SECONDS), *argv]
        made = api.exec_create(container, limited, user=user, environment=given)
        return bytes(api.exec_start(made["Id"]))

    def heard(self, token: str) -> bool:
        """Whether the neighbour heard a token."""
        return self.hearer is not None and self.hearer.sees(f"grep -qa {token} {neighbour.HEARD}")

    def close(self) -> None:
        """Removes every container; a second call does nothing."""
        if self.hearer is not None:
            self.hearer.close()
        if self._backend is not None:
            self._backend.close()
        while self._started:
            remove(self.client, self._started.pop())

    def _create(self, config: dict[str, Any]) -> str:
        made = self.client.api.create_container_from_config(config | {"Labels": self._labels})
        self._started.append(made["Id"])
        return str(made["Id"])

    def _start_neighbour(self) -> None:
        host = self.client.api.create_host_config(
            network_mode="none", cap_add=["NET_ADMIN", "NET_RAW"], mem_limit="128m"
        )
        config = self.client.api.create_container_config(
            self._images.shell,
            ["python3", "-c", neighbour.PROGRAM],
            user="0:0",
            host_config=host,
        )
        self.neighbour = self._create(dict(config))
        self.client.api.start(self.neighbour)
        hearer = self.hearer = Looker(self.client, self.neighbour)
        until = time.monotonic() + 10
        while not hearer.sees(f"[ -s {neighbour.HEARD} ]"):
            if time.monotonic() > until:
                said = self.client.api.logs(self.neighbour).decode(errors="replace")
                raise EnvironmentFault(f"the neighbour's container does not listen: {said[-500:]}")
            time.sleep(0.05)


class Bare:
    """A container in which commands run as root, with every capability and none of our layers.

    Its guest is there as in others, for attacks on it.
    """

    def __init__(self, client: docker.DockerClient, container: str, policy: Policy) -> None:
        self._client = client
        self.container = container
        self._guest = Guest(client, container)
        self._guest.open(configuration(policy))

    def run(self, *argv: str) -> bytes:
        """What a program prints, run beside the guest and not by it."""
        api = self._client.api
        limited = ["timeout", "-s", "KILL", str(_SECONDS), *argv]
        made = api.exec_create(self.container, limited, **self._as_root())
        return bytes(api.exec_start(made["Id"]))

    def start(self, *argv: str) -> str:
        """Starts a program and does not wait for it; returns what `running` takes."""
        api = self._client.api
        limited = ["timeout", "-s", "KILL", str(_SECONDS), *argv]
        made = api.exec_create(self.container, limited, **self._as_root())
        api.exec_start(made["Id"], detach=True)
        return str(made["Id"])

    def running(self, started: str) -> bool:
        """Whether it still runs."""
        return bool(self._client.api.exec_inspect(started)["Running"])

    def answers(self) -> bool:
        """Whether the guest does."""
        try:
            self._guest.granted("hello", 3.0)
        except EnvironmentFault:
            return False
        return True

    def close(self) -> None:
        """Removes it."""
        self._guest.close()

    def _as_root(self) -> dict[str, Any]:
        harness = {HARNESS: os.environ[HARNESS]} if HARNESS in os.environ else {}
        return {
            "user": "0:0",
            "workdir": "/workspace",
            "environment": {"HOME": "/workspace", "LANG": "C.UTF-8", **harness},
        }
