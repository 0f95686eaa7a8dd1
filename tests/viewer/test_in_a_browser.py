"""Each page's main path in a real browser, and a hostile log on each of them.

Screenshots are kept in build/screens; they are there to be looked at.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from episodes import observations

pytestmark = pytest.mark.slow  # A browser takes seconds to start, and each page some more.

SCREENS = Path(__file__).parents[2] / "build" / "screens"
PATHS = ("", "episodes", "replay", "compare", "judge", "approvals", "policies")


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_every_page_shows_itself_whole_and_asks_nobody_else(full, serve, look, width, scheme):
    tab = look(serve(full.path), width, scheme)
    for path in PATHS:
        tab.go(path)
        tab.shot(f"{path or 'overview'}-{width}-{scheme}")
        assert tab.overflow <= 0, path
        assert not tab.page.locator('[data-testid="stException"]').count(), path
    assert tab.elsewhere == []
    assert tab.wrong == []


def test_keys_walk_through_an_episode_and_the_address_follows(full, serve, look):
    tab = look(serve(full.path))
    tab.go("replay?episode=e0001&step=0")
    title = tab.page.locator(".ll .title")
    assert title.inner_text().startswith("Step 0: shell")
    tab.page.keyboard.press("ArrowRight")
    assert title.inner_text().startswith("Step 1: shell · deny · denied")
    tab.page.keyboard.press("f")
    assert title.inner_text().startswith("Step 3: shell · allow · error")
    tab.page.wait_for_url(re.compile(r"step=3"))
    tab.page.keyboard.press("n")
    tab.page.wait_for_url(re.compile(r"episode=e0002"))
    tab.settled()
    assert tab.wrong == []


def test_a_link_without_the_token_opens_for_who_has_it_and_for_nobody_else(full, serve, look):
    link = serve(full.path)
    tab = look(link)
    tab.go("replay?episode=e0004&step=2")
    assert "token" not in tab.page.url
    assert tab.page.locator(".ll .title").inner_text().startswith("Step 2: write_file")
    stranger = tab.page.context.browser.new_context().new_page()
    answer = stranger.goto(tab.page.url)
    assert answer.status == 403
    assert "e0004" not in stranger.content()


def test_a_row_of_the_list_leads_to_its_episode(full, serve, look):
    tab = look(serve(full.path))
    tab.go("episodes?task=count")
    box = tab.page.locator('[data-testid="stDataFrame"] canvas').first.bounding_box()
    tab.page.mouse.click(box["x"] + 15, box["y"] + 52)
    tab.page.wait_for_url(re.compile(r"replay.*episode=e0005"))
    assert "of_task=count" in tab.page.url


def test_what_the_overview_is_by_is_chosen_on_it_and_goes_into_the_address(full, serve, look):
    tab = look(serve(full.path))
    tab.settled()
    tab.page.get_by_role("button", name="task", exact=True).click()
    tab.page.wait_for_url(re.compile(r"by=task"))
    tab.page.locator(".lm tbody th", has_text="count").wait_for()
    tab.go("?by=policy")
    chosen = tab.page.locator('.lm [aria-pressed="true"]')
    assert chosen.all_inner_texts() == ["policy"]
    assert tab.wrong == []


@pytest.mark.parametrize("script", ["react-dom.", "BidiComponent."])
def test_a_page_that_lost_a_script_on_its_way_begins_again(script, full, serve, look):
    # As Chromium loses them when a network interface comes or goes, which a container's does.
    tab = look(serve(full.path))
    tab.settled()
    left = [1]

    def lose(route):
        route.abort("failed") if left and left.pop() else route.continue_()

    tab.page.context.route(f"**/{script}*.js", lose)
    fresh = tab.page.context.new_page()
    fresh.goto(f"{tab.base}/replay?episode=e0001&step=0")
    fresh.wait_for_selector(".ll .title")
    assert left == []


EVIL = (
    "<script>document.title='owned';fetch('http://127.0.0.1:{port}/script')</script>"
    "<img src=http://127.0.0.1:{port}/img onerror=alert(1)>"
    "![x](http://127.0.0.1:{port}/md) [click](javascript:alert(2)) :material/home: $x^2$"
    "\x1b]8;;http://127.0.0.1:{port}/osc\x07link\x1b[2J \u202eevil\u2066 \x00"
)
SNAPSHOT = (
    "<!doctype html><body onload=\"fetch('http://127.0.0.1:{port}/onload')\">"
    "<img src=http://127.0.0.1:{port}/dom><link rel=stylesheet href=http://127.0.0.1:{port}/css>"
    "<style>@import 'http://127.0.0.1:{port}/import'; b { --u: u\\72l(http://127.0.0.1:{port}/own);"
    " background: var(--u) } @media all { p { background: u\\72l(http://127.0.0.1:{port}/rule) } }"
    "@font-face { font-family: f; src: url(http://127.0.0.1:{port}/font) }</style>"
    "<p style='font-family: f; background: url(http://127.0.0.1:{port}/attribute)'>kept text<b>x"
    "<svg><image href='http://127.0.0.1:{port}/svg'/><use href='http://127.0.0.1:{port}/use#x'/>"
    "<rect fill='url(http://127.0.0.1:{port}/fill#x)'/></svg><template shadowrootmode=open>"
    "<img src=http://127.0.0.1:{port}/shadow></template><video poster=http://127.0.0.1:{port}/video>"
    "<iframe src=http://127.0.0.1:{port}/frame></iframe><a ping=http://127.0.0.1:{port}/ping>a</a>"
    "<form action=http://127.0.0.1:{port}/form><button autofocus>Go</button></form>"
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:{port}/refresh'>"
    "<script>parent.document.title='owned'</script>"
)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """Somebody who waits to be called."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/page":
                port = self.server.server_address[1]
                self.wfile.write(EVIL.replace("{port}", str(port)).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()


def test_a_hostile_log_calls_nobody_and_runs_nothing(made, serve, look, listener):
    from episodes.blobs import Blobs, blobs_of

    port, heard = listener
    evil = EVIL.replace("{port}", str(port)).replace("\x00", "")
    dom = Blobs(blobs_of(made.path)).put(SNAPSHOT.replace("{port}", str(port)).encode())
    page = observations.Page(
        url=f"http://127.0.0.1:{port}/", title=evil, snapshot=evil, console=(evil,), dom=dom
    )
    made.episode(hostile=evil, page=page)
    made.episode(hostile=evil + "x" * (10 << 20))
    tab = look(serve(made.path))
    for path in (*PATHS, "replay?episode=e0000&step=0", "replay?episode=e0001&step=3"):
        tab.go(path)
        tab.shot(f"hostile-{path.partition('?')[0] or 'overview'}")
        assert tab.page.title() != "owned", path
        assert tab.overflow <= 0, path
        if path.endswith("step=0"):
            kept = tab.page.frame_locator(".ll iframe").get_by_text("kept text")
            assert kept.is_visible()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_timeout(1000)
    assert heard == []
    assert tab.elsewhere == []
    assert tab.wrong == []


def test_the_listener_would_have_heard(browser, listener):
    # The control: on a page that is not the viewer's, the same text calls.
    port, heard = listener
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    with page.expect_request(re.compile("/img")):
        page.goto(f"http://127.0.0.1:{port}/page")
    page.wait_for_load_state("networkidle")
    assert page.title() == "owned"
    assert {"/script", "/img"} <= set(heard)
    page.close()
