"""How fast the viewer is on a large log, as a person in front of a browser sees it.

    python benchmarks/view.py [--log build/big.db] [--out build/bench-viewer.json]

Makes the log first where it is not there: 1,000,000 steps in 20,000 episodes, some ten minutes and
three gigabytes. Every figure is a median. A first render begins with an empty cache and ends when
totals, matrix and both charts are drawn; beside it stands the same for an app of Streamlit's that
says one word, in the same browser at the same time: no page of Streamlit's goes under that.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from figure import Figure
from make_log import make_log
from playwright.sync_api import Browser, Page, sync_playwright

from episodes.facts import Facts
from episodes.search import Search

LAUNCHES, VISITS = 3, 7

_Wanted = tuple[str, str, int]
"""A selector, a pattern for the text, and of how many."""
_READY: _Wanted = ('[data-testid="stApp"][data-test-script-state="notRunning"]', "", 1)
_TABLE: _Wanted = ('[data-testid="stMain"] [data-testid="stDataFrame"] canvas', "", 1)
_LINK = re.compile(r"http://\S+")
_WORD = '[data-testid="stText"]'
_COUNT = '[data-testid="stCaptionContainer"]'
_MATRIX = ".lm td button"
_CHART = '[data-testid="stVegaLiteChart"] :is(canvas, svg)'
_TITLE = ".ll .title"

# Asked by the page itself with each frame that it draws. To wait for a selector is no measure:
# Playwright looks for it after 0, 20, 70, 170, 270 and 770 ms, and knows nothing between.
_DRAWN = """wanted => {
    const find = (root, selector) => [
        ...root.querySelectorAll(selector),
        ...[...root.querySelectorAll("*")]
            .flatMap((one) => one.shadowRoot ? find(one.shadowRoot, selector) : []),
    ];
    return wanted.every(([selector, text, least]) => find(document, selector).filter(
        (one) => one.getClientRects().length && new RegExp(text).test(one.innerText ?? "")
    ).length >= least);
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the viewer.")
    parser.add_argument("--log", type=Path, default=Path("build/big.db"))
    parser.add_argument("--out", type=Path, default=Path("build/bench-viewer.json"))
    arguments = parser.parse_args()
    if not arguments.log.exists():
        make_log(arguments.log, 20_000, 50, seed=1)
    with Facts(arguments.log) as facts:
        search = Search(facts)
        while search.advance():
            pass
    figures = measure(arguments.log, arguments.out.parent / "screens")
    arguments.out.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    for figure in figures:
        print(f"{figure.name}: {figure.verdict()}")
    return int(any(figure.misses(1.0) for figure in figures))


def measure(log: Path, screens: Path) -> list[Figure]:
    """Opens the viewer as a person would, and times what that person waits for."""
    screens.mkdir(parents=True, exist_ok=True)
    first: list[dict[str, float]] = []
    alone: list[dict[str, float]] = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for launch in range(LAUNCHES):
            with _empty(Path(folder)) as link, _page(browser) as page:
                alone.append(_phases(page, link, _WORD))
            with _serving(log) as (server, link), _page(browser) as page:
                first.append(_phases(page, link, _MATRIX, (_CHART, "", 2)))
                if launch == LAUNCHES - 1:
                    page.screenshot(path=screens / "big-overview.png", full_page=True)
                    taken = _walk(page, link.split("/?")[0], screens)
                    memory = psutil.Process(server.pid).memory_info().rss / (1 << 20)
        browser.close()
    for told, phases in (("this viewer", first), ("Streamlit alone", alone)):
        spent = {name: statistics.median(one[name] for one in phases) for name in phases[0]}
        print(f"{told}: " + ", ".join(f"{name} {at:.0f} ms" for name, at in spent.items()))
    rendered = statistics.median(one["all drawn"] for one in first)
    floor = statistics.median(one["all drawn"] for one in alone)
    return [
        Figure("viewer_first_render", rendered, "streamlit_alone", rendered / floor, most_ms=2500),
        *(Figure(name, statistics.median(times), most_ms=most) for name, most, times in taken),
        # Not a time: the figure's unit is the only one there is, and the name says what it is.
        Figure("viewer_server_megabytes", memory, most_ms=400),
    ]


def _phases(page: Page, link: str, shown: str, *last: _Wanted) -> dict[str, float]:
    """Milliseconds from the start to each thing that is seen on the way."""
    began = time.perf_counter()
    taken: dict[str, float] = {}

    def passed(name: str) -> None:
        taken[name] = (time.perf_counter() - began) * 1000

    page.goto(link, wait_until="commit")
    passed("first byte")
    _wait(page, ('[data-testid="stApp"]', "", 1))
    passed("scripts run")
    _wait(page, (shown, "", 1))
    passed("first content")
    _wait(page, _READY, *last)
    passed("all drawn")
    return taken


def _wait(page: Page, *wanted: _Wanted) -> None:
    """Until so many of what a selector names, in components too, show a text that matches."""
    page.wait_for_function(_DRAWN, arg=wanted)


def _walk(page: Page, base: str, screens: Path) -> list[tuple[str, float, list[float]]]:
    filters, searches, links, steps = [], [], [], []
    page.goto(f"{base}/episodes")
    _wait(page, _TABLE, _READY)
    for visit in range(VISITS):
        # Tasks, since no two of them have the same number of episodes.
        page.get_by_label("Task").click()
        option = page.get_by_role("option").nth(visit + 1)
        task = option.inner_text()
        filters.append(_told(page, option.click, f"task={task}"))
        field = page.get_by_test_id("stTextInputField")
        field.fill(f"needle {visit}")
        enter = functools.partial(field.press, "Enter")
        searches.append(_told(page, enter, f"text=needle\\+{visit}"))
        field.fill("")
        _told(page, enter, f"task={task}$")
    page.screenshot(path=screens / "big-episodes.png")
    for visit in range(VISITS):
        place = f"{base}/replay?episode=m{visit * 2000:06d}&step={visit}"
        links.append(_timed(lambda place=place: _goto(page, place)))
        for step in range(3):
            title = (_TITLE, f"^Step {visit + step + 1}:", 1)
            steps.append(_timed(lambda title=title: _next(page, title)))
    page.screenshot(path=screens / "big-replay.png", full_page=True)
    return [
        ("viewer_filter", 300, filters),
        ("viewer_search", 300, searches),
        ("viewer_permalink", 600, links),
        ("viewer_next_step", 200, steps),
    ]


def _told(page: Page, act: Callable[[], object], address: str) -> float:
    """Milliseconds until the page tells another count of episodes, and its address why."""
    before = page.locator(_COUNT, has_text="episodes match").inner_text()
    other = (_COUNT, f"^(?!{re.escape(before)}$).*episodes match", 1)

    def work() -> None:
        act()
        page.wait_for_url(re.compile(address))
        _wait(page, other, _READY)

    return _timed(work)


def _next(page: Page, title: _Wanted) -> None:
    page.keyboard.press("ArrowRight")
    _wait(page, title)


def _goto(page: Page, link: str) -> None:
    page.goto(link, wait_until="commit")
    _wait(page, (_TITLE, "", 1), _READY)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@contextlib.contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    """A page of its own, with an empty cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


@contextlib.contextmanager
def _serving(log: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    longleash = (sys.executable, "-P", "-c", "import longleash; longleash.main()")
    server = subprocess.Popen(
        [*longleash, "view", "--log", str(log), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        yield server, next(found[0] for line in server.stdout if (found := _LINK.search(line)))
    finally:
        server.terminate()
        server.communicate()


@contextlib.contextmanager
def _empty(folder: Path) -> Iterator[str]:
    """Streamlit's own server with an app that says one word."""
    app = folder / "app.py"
    app.write_text("import streamlit\nstreamlit.text('hello')\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    told = [word for name, value in options.items() for word in (f"--{name}", value)]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(app), *told], stdout=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.communicate()


if __name__ == "__main__":
    sys.exit(main())
