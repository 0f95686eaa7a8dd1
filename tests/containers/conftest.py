"""Guests in real containers, with the settings that a box has."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.types import LogConfig, Mount

from containers.channel import Channel
from containers.engine_host import ensure_engine
from containers.images_host import Images, build_task_image, ensure_images, guest_volume

AGENT = 10001
IMAGES = Path(__file__).parent / "images"
RULES = [
    *(["r", path] for path in ("/usr/lib", "/usr/share", "/lib", "/lib64", "/etc", "/proc")),
    *(["rw", path] for path in ("/workspace", "/tmp")),
]
PROGRAMS = [
    *("cat", "chmod", "env", "grep", "head", "id", "kill", "ln", "ls", "mkdir", "mv"),
    *("python3", "rm", "rmdir", "setsid", "sh", "sleep", "tail", "yes"),
]


class OpenGuest:
    """A container with a guest, and the channel to it."""

    def __init__(
        self, client: docker.DockerClient, image: str, volume: str, *, unconfined: bool
    ) -> None:
        self.client = client
        mount = f"rw,nosuid,nodev,noexec,uid={AGENT},gid={AGENT},size=64m"
        host = client.api.create_host_config(
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=["SETUID", "SETGID", "SETPCAP", "KILL"],
            security_opt=["seccomp=unconfined"] if unconfined else ["no-new-privileges"],
            read_only=True,
            mem_limit="512m",
            memswap_limit="512m",
            pids_limit=128,
            log_config=LogConfig(type="none"),
            mounts=[Mount("/longleash", volume, type="volume", read_only=True)],
            tmpfs={
                "/workspace": f"{mount},mode=755",
                "/tmp": f"{mount},mode=700",
                "/run/longleash": "rw,nosuid,nodev,noexec,mode=700,size=64m",
            },
        )
        config = client.api.create_container_config(
            image,
            None,
            entrypoint=["/longleash/bin/launch", "guest"],
            user="0:0",
            stdin_open=True,
            labels={"longleash.test": "guest"},
            host_config=host,
        )
        config |= {"StdinOnce": True, "AttachStdin": True}
        self.container: str = client.api.create_container_from_config(
            config, name=f"longleash-test-{uuid.uuid4().hex[:12]}"
        )["Id"]
        attached = client.api.attach_socket(
            self.container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        )
        self.channel = Channel(attached)
        client.api.start(self.container)
        self.hello = self.ask("hello")

    def ask(self, op: str, *, timeout: float = 60, **arguments: Any) -> dict[str, Any]:
        """The reply, whatever it says."""
        return decoded(self.channel.request(op, timeout=timeout, **arguments))

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Configure it as a box is, but for the changes."""
        settings: dict[str, Any] = {
            "uid": AGENT,
            "gid": AGENT,
            "rules": RULES,
            "programs": PROGRAMS,
            "env": {"HOME": "/workspace", "LANG": "C.UTF-8"},
            "path": "/usr/bin:/bin",
            "cwd": "/workspace",
            "limits": {"open_files": 512, "file_bytes": 1 << 28},
            "output_bytes": 1 << 16,
        }
        return self.ask("configure", **settings | changes)

    def run(self, command: str, **more: Any) -> dict[str, Any]:
        """Run a command; streams come back as bytes."""
        return self.ask("run", command=command, **{"seconds": 30, **more})

    def python(self, program: str, **more: Any) -> dict[str, Any]:
        """Run a Python program inside."""
        return self.ask("run", argv=["python3", "-c", program], **{"seconds": 30, **more})

    def close(self) -> None:
        """Remove the container."""
        self.channel.close()
        self.client.api.remove_container(self.container, force=True, v=True)


def decoded(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply with its streams as bytes: `out` and `err` whole, where they fit."""
    for stream, name in (("stdout", "out"), ("stderr", "err")):
        if stream in reply:
            parts = {key: base64.b64decode(reply[stream][key]) for key in ("head", "tail")}
            reply[stream] |= parts
            reply[name] = parts["head"] + parts["tail"]
    return reply


@pytest.fixture(scope="session")
def client() -> Iterator[docker.DockerClient]:
    found = ensure_engine(print)
    yield found
    found.close()


@pytest.fixture(scope="session")
def images(client: docker.DockerClient) -> Images:
    return ensure_images(client, print)


@pytest.fixture(scope="module")
def open_guest(client: docker.DockerClient, images: Images) -> Iterator[Callable[..., OpenGuest]]:
    volume = guest_volume(client, images)
    opened: list[OpenGuest] = []

    def open_one(image: str | None = None, *, unconfined: bool = False) -> OpenGuest:
        name = images.shell if image is None else build_task_image(client, IMAGES / image, print)
        opened.append(OpenGuest(client, name, volume, unconfined=unconfined))
        return opened[-1]

    yield open_one
    for guest in opened:
        guest.close()


@pytest.fixture(scope="module")
def module_guest(open_guest: Callable[..., OpenGuest]) -> OpenGuest:
    return open_guest()


@pytest.fixture
def guest(module_guest: OpenGuest) -> OpenGuest:
    """One container for a module, emptied and configured anew for each test."""
    module_guest.ask("end_agent")
    module_guest.configure()
    module_guest.run("cd /; rm -rf /workspace/* /workspace/.[!.]* /tmp/*")
    module_guest.configure()
    return module_guest
