"""A browser in its container behind a gate, with pages of ours where its proxy would be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from containers.images_host import ensure_image
from episodes.actions import Action, Click, Fill, Goto, Target
from episodes.entries import EpisodeStarted
from episodes.trajectory import Step
from episodes.writer import LogWriter
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import BoxSpec, KeepPages
from sandbox.boxes.browser_box_host import BrowserBox
from sandbox.boxes.browser_container import browser_container_config
from sandbox.boxes.episode_box_host import EpisodeBox
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.gate import Gate

SERVER = Path(__file__).parents[2] / "pages" / "server.py"
POLICY: dict[str, Any] = {
    "version": 1,
    "name": "browsing",
    "tools": ["browser", "files", "finish"],
    "web": {
        "allowedDomains": ["shop.test"],
        "forms": "allow",
        "uploads": "allow",
        "downloads": "allow",
    },
    "files": {"read": ["/workspace"], "write": ["/workspace"]},
    "keys": {"allowed": ["Enter", "Tab"], "gestures": ["click", "multi_click", "hover", "scroll"]},
    "limits": {"seconds": 15, "memory_bytes": 2 << 30},
}


class Browsing:
    """One browser, and a gate in front of it. The shell beside it is one in memory."""

    def __init__(
        self,
        client: docker.DockerClient,
        image: str,
        folder: Path,
        began: EpisodeStarted,
        keep: KeepPages = "none",
        **sections: Any,
    ) -> None:
        self.policy = Policy.model_validate(POLICY | sections)
        spec = BoxSpec("image", self.policy, keep)
        config = browser_container_config(client, image, self.policy)
        created = client.api.create_container_from_config(
            config | {"Labels": {"longleash.test": "browser"}}
        )
        self.browser = BrowserBox(client, created["Id"], self.policy, keep, "test")
        self.isolation = self.browser.open(None)
        self.container = client.containers.get(created["Id"])
        self.files = FakeBackend().start(spec)
        self.box = EpisodeBox(
            spec,
            self.browser,
            self.isolation,
            self.files,  # type: ignore[arg-type]
            lambda: self.files,  # type: ignore[arg-type,return-value]
            lambda _: None,
        )
        self.log = LogWriter.open(folder / "log.db")
        self.log.append("episode:e", began)
        self.gate = Gate(policy=self.policy, box=self.box, log=self.log, episode="e")
        self._serve()

    def _serve(self) -> None:
        self.container.exec_run(["python3", "-c", SERVER.read_text()], detach=True)
        ask = "import socket; socket.create_connection(('127.0.0.1', 3128)).close()"
        for _ in range(100):
            if self.container.exec_run(["python3", "-c", ask]).exit_code == 0:
                return
            time.sleep(0.1)
        raise AssertionError("the pages are not served")

    def act(self, action: Action) -> Step:
        return self.gate.perform(Proposal(action), 60.0)

    def goto(self, page: str) -> Any:
        """What is seen of one of the tests' pages."""
        return self.act(Goto(url=f"http://shop.test/{page}")).observation

    def click(self, selector: str) -> Any:
        return self.act(Click(target=Target(selector=selector))).observation

    def fill(self, selector: str, text: str) -> Any:
        return self.act(Fill(target=Target(selector=selector), text=text)).observation

    def python(self, program: str) -> str:
        """What a program prints that runs as the browser's user, in its container."""
        ran = self.container.exec_run(["python3", "-c", program])
        assert ran.exit_code == 0, ran.output
        return str(ran.output.decode())

    def close(self) -> None:
        self.box.close()
        self.log.close()


@pytest.fixture(scope="session")
def browser_image(client: docker.DockerClient) -> str:
    return ensure_image(client, "browser", print)


@pytest.fixture(scope="module")
def open_browsing(
    client: docker.DockerClient,
    browser_image: str,
    tmp_path_factory: pytest.TempPathFactory,
    began: Callable[[], EpisodeStarted],
) -> Iterator[Callable[..., Browsing]]:
    opened: list[Browsing] = []

    def open_one(keep: KeepPages = "none", **sections: Any) -> Browsing:
        folder = tmp_path_factory.mktemp("browsing")
        opened.append(Browsing(client, browser_image, folder, began(), keep, **sections))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def browsing(open_browsing: Callable[..., Browsing]) -> Browsing:
    """One browser for a module."""
    return open_browsing()
