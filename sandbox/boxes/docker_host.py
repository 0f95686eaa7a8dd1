"""Boxes that are Docker containers: no network, no capability, one guest each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
from docker.errors import ImageNotFound

from containers.engine_host import ensure_engine
from containers.images_host import (
    Images,
    build_task_image,
    ensure_image,
    ensure_images,
    guest_volume,
)
from episodes.errors import EnvironmentFault, TaskInvalid
from episodes.provenance import Isolation
from policies.loading import load_policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.browser_box_host import BrowserBox
from sandbox.boxes.browser_container import browser_container_config
from sandbox.boxes.container import container_config
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.engine_errors import engine_errors
from sandbox.boxes.episode_box_host import EpisodeBox, has_browser, has_shell
from sandbox.boxes.orphans_host import LABEL_OWNER, LABEL_RUN, owner, sweep
from sandbox.boxes.room import room
from sandbox.egress.door import Door, Who
from sandbox.egress.egress_host import Egress
from sandbox.egress.granted import grants_network
from sandbox.sites.sites_host import OpenSites, Sites


def connect(say: Callable[[str], None] = lambda _: None) -> docker.DockerClient:
    """A client for the engine that answers, or for one that was brought up.

    Raises:
        EngineUnavailable: None answers and none may be brought up.
    """
    return ensure_engine(say)


def open_docker(run: str, say: Callable[[str], None]) -> DockerBackend:
    """A backend that is ready: engine up, images made, orphans of crashed runs gone.

    Args:
        run: The run's id, for the labels.
        say: Is told what takes long.

    Raises:
        EngineUnavailable: There is no engine or no image, and what to do.
    """
    client = connect(say)
    images = ensure_images(client, say)
    left = sweep(client)
    if left:
        say(f"removed {left} containers that a crash had left")
    return DockerBackend(client, images, run, say)


class DockerBackend:
    """Makes boxes in a Docker engine, each labelled with its run and the process it belongs to.

    Args:
        client: The engine.
        images: Ours.
        run: The run's id.
        say: Is told what takes long.
    """

    def __init__(
        self, client: docker.DockerClient, images: Images, run: str, say: Callable[[str], None]
    ) -> None:
        self._client, self._images, self._run, self._say = client, images, run, say
        self.volume = guest_volume(client, images)
        """The volume that holds the guest."""
        self._owner = owner()
        self._version = str(client.version()["Version"])
        self._lock = threading.Lock()
        self._boxes: set[DockerBox | EpisodeBox] = set()
        labels = {LABEL_RUN: run, LABEL_OWNER: self._owner}
        self.egress = Egress(client, labels, say)
        """The run's way out, which starts when the first box needs it."""
        self._sites = Sites(client, self.egress, labels)

    def image_id(self, name: str) -> str:
        """The id of an image by name; ours go by their short names."""
        own = {f"longleash-{kind}": getattr(self._images, kind) for kind in ("base", "shell")}
        if name in own:
            return str(own[name])
        with engine_errors():
            try:
                return str(self._client.api.inspect_image(name)["Id"])
            except ImageNotFound as problem:
                raise TaskInvalid(
                    f"image '{name}': the engine has none by that name; pull or build it first, "
                    "or name 'longleash-shell'"
                ) from problem

    def build(self, folder: Path) -> str:
        """Builds a task's own image, where it is not there yet."""
        return build_task_image(self._client, folder, self._say)

    def room(self, specs: Sequence[BoxSpec]) -> int:
        """How many of them the engine's machine has the memory for."""
        with engine_errors():
            return room(int(self._client.info()["MemTotal"]), specs)

    def start(self, spec: BoxSpec) -> DockerBox | EpisodeBox:
        """What the policy's tools need: a container for commands and files, a browser's, or both.

        Both come up at the same time.
        """
        sites = self._sites.open(spec.sites) if spec.sites else None
        try:
            return self._start(spec, sites)
        except BaseException:
            if sites is not None:
                sites.close()
            raise

    def _start(self, spec: BoxSpec, sites: OpenSites | None) -> DockerBox | EpisodeBox:
        if not has_browser(spec):
            return self._start_shell(spec, sites)
        image = ensure_image(self._client, "browser", self._say)
        with ThreadPoolExecutor(2, thread_name_prefix="box") as hands:
            shell = hands.submit(self._start_shell, spec, sites) if has_shell(spec) else None
            opened = hands.submit(self._start_browser, spec, image, sites)
        faults = [one.exception() for one in (shell, opened) if one is not None]
        fault = next((one for one in faults if one is not None), None)
        if fault is not None:
            if opened.exception() is None:
                browser, _, door = opened.result()
                browser.close()
                if door is not None:
                    door.close()
            if shell is not None and shell.exception() is None:
                shell.result().close()
            raise fault
        browser, isolation, door = opened.result()
        box = EpisodeBox(
            spec,
            browser,
            isolation,
            None if shell is None else shell.result(),
            lambda: self._start_shell(spec, sites),
            self._forget,
            door,
            sites,
        )
        with self._lock:
            self._boxes.add(box)
        return box

    def _start_shell(self, spec: BoxSpec, sites: OpenSites | None) -> DockerBox:
        door = self._door("shell", spec, sites)
        mounts = () if door is None else (door.mount,)
        try:
            created = self._create(container_config(self._client, spec, self.volume, *mounts))
        except BaseException:
            if door is not None:
                door.close()
            raise
        box = DockerBox(self._client, created, spec, self._version, self._forget, door, sites)
        with self._lock:
            self._boxes.add(box)
        try:
            box.open()
        except BaseException:
            box.close()
            raise
        return box

    def _start_browser(
        self, spec: BoxSpec, image: str, sites: OpenSites | None
    ) -> tuple[BrowserBox, Isolation, Door | None]:
        door = self._door("browser", spec, sites)
        mounts = () if door is None else (door.mount,)
        created = self._create(browser_container_config(self._client, image, spec.policy, *mounts))
        browser = BrowserBox(self._client, created, spec.policy, spec.keep, self._version)
        try:
            return browser, browser.open(None if door is None else door.ca_pem), door
        except BaseException:
            browser.close()
            if door is not None:
                door.close()
            raise

    def _door(self, who: Who, spec: BoxSpec, sites: OpenSites | None) -> Door | None:
        if not grants_network(spec.policy):
            return None
        door = self.egress.open(who)
        if sites is not None:
            sites.reached_by(door)
        return door

    def _create(self, config: dict[str, Any]) -> str:
        labels = {LABEL_RUN: self._run, LABEL_OWNER: self._owner}
        with engine_errors():
            created = self._client.api.create_container_from_config(config | {"Labels": labels})
        return str(created["Id"])

    def close(self) -> None:
        """Removes every container that is left."""
        with self._lock:
            left = list(self._boxes)
        for box in left:
            box.close()
        self._sites.close()
        self.egress.close()
        self._client.close()

    def _forget(self, box: DockerBox | EpisodeBox) -> None:
        with self._lock:
            self._boxes.discard(box)


def probe(client: docker.DockerClient, say: Callable[[str], None]) -> tuple[Isolation | None, str]:
    """What holds in a box that is started to find out, or why none came up."""
    images = ensure_images(client, say)
    backend = DockerBackend(client, images, "doctor", say)
    try:
        # It is to be told what is missing, and not that it cannot start for that.
        policy = load_policy("locked-down").model_copy(update={"require": ()})
        box = backend.start(BoxSpec(images.shell, policy))
    except EnvironmentFault as fault:
        return None, str(fault)
    isolation = box.isolation
    box.close()
    return isolation, ""
