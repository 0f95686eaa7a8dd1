"""Each page in a real browser, and a hostile log on each of them."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator

import pytest

from episodes import observations

pytestmark = pytest.mark.slow  # A browser takes seconds to start, and each page some more.

PATHS = ("", "episodes", "replay", "compare", "judge", "approvals", "policies")


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
