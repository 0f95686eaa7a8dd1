"""A person's tab on a viewer of its own. Screenshots are kept in build/screens, to be looked at."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SCREENS = Path(__file__).parents[3] / "build" / "screens"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found, "these tests need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Starts `longleash view`; gives the link that it prints."""
    started: list[subprocess.Popen[str]] = []

    def start(log: Path) -> str:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-c",
                "import longleash; longleash.main()",
                "view",
                "--log",
                str(log),
                "--port",
                "0",
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                return found[0]
        raise AssertionError("the viewer ended without a link")

    yield start
    for process in started:
        process.terminate()
        process.communicate()


class Looking:
    """One person's tab, with what it asked for and what went wrong in it."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.base = link.split("/?")[0]
        self.elsewhere: list[str] = []
        self.wrong: list[str] = []
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        page.goto(link)

    def _asked(self, request: object) -> None:
        url = request.url  # type: ignore[attr-defined]
        if not url.startswith((self.base, "data:", "blob:", self.base.replace("http", "ws"))):
            self.elsewhere.append(url)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}/{path}")
        self.settled()

    def settled(self) -> None:
        """Waits until nothing is being computed any more."""
        self.page.wait_for_selector(
            '[data-testid="stMain"] [data-testid="stElementContainer"] >> visible=true'
        )
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        self.page.wait_for_timeout(500)  # Charts and tables are drawn once their data is there.

    def shot(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        # Streamlit scrolls within its page, so that what is beneath the window is in no full page.
        size = self.page.viewport_size
        assert size is not None
        tall = int(self.page.locator('[data-testid="stMain"]').evaluate("one => one.scrollHeight"))
        self.page.set_viewport_size({**size, "height": min(max(tall, size["height"]), 5000)})
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=SCREENS / f"{name}.png")
        self.page.set_viewport_size(size)

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.querySelector('[data-testid=\"stMain\"]').scrollWidth"
                " - document.querySelector('[data-testid=\"stMain\"]').clientWidth"
            )
        )


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Looking]]:
    with contextlib.ExitStack() as stack:

        def open_tab(link: str, width: int = 1280, scheme: str = "light") -> Looking:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            stack.callback(context.close)
            return Looking(context.new_page(), link)

        yield open_tab
