"""What an agent may do on a page, by kind of action."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import mimetypes
import time
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Error

from . import targets
from .tab import Tab
from .tabs import Tabs
from .targets import MILLISECONDS
from .wire import Refused

Action = dict[str, Any]
Doing = Callable[[Tabs, Action, float], Awaitable[None]]

_SETTLE_SECONDS = 8.0
"""How long a page that comes to be shown may take to be whole."""
_QUIET_SECONDS = 1.5
"""How long requests that an action set off are waited for."""
_TURN_SECONDS = 1.0
"""How long a page may take to have a turn: one that is stuck, or hostile, may not let go."""
_POLL_SECONDS = 0.02


async def _goto(tabs: Tabs, action: Action, seconds: float) -> None:
    await _load(tabs.current, action["url"], seconds)


async def _load(tab: Tab, url: str, seconds: float) -> None:
    # The gate has judged it; that it goes nowhere else is said here once more.
    if url != "about:blank" and not url.lower().startswith(("http://", "https://")):
        raise Refused("not_a_page", f"{url[:200]}: only http and https pages are opened")
    tab.status = None
    await tab.page.goto(url, timeout=seconds * 1000, wait_until="domcontentloaded")


async def _click(tabs: Tabs, action: Action, _: float) -> None:
    element = targets.element(tabs, action["target"])
    await element.click(button=action["button"], click_count=action["count"], timeout=MILLISECONDS)


async def _fill(tabs: Tabs, action: Action, _: float) -> None:
    element = targets.element(tabs, action["target"])
    await element.fill(action["text"], timeout=MILLISECONDS)


async def _press(tabs: Tabs, action: Action, _: float) -> None:
    target = action.get("target")
    if target is None:
        page = tabs.current.page
        await page.keyboard.press(action["keys"])
        # An element's press waits for the page it leads to, the keyboard's does not: a form that is
        # sent is only planned when it returns, and begun when the page has had a turn.
        with contextlib.suppress(Error, TimeoutError):
            turn = page.evaluate("() => new Promise((done) => setTimeout(done))")
            await asyncio.wait_for(turn, _TURN_SECONDS)
        return
    element = targets.element(tabs, target)
    await element.press(action["keys"], timeout=MILLISECONDS)


async def _select(tabs: Tabs, action: Action, _: float) -> None:
    element = targets.element(tabs, action["target"])
    await element.select_option(action["values"], timeout=MILLISECONDS)


async def _hover(tabs: Tabs, action: Action, _: float) -> None:
    element = targets.element(tabs, action["target"])
    await element.hover(timeout=MILLISECONDS)


async def _scroll(tabs: Tabs, action: Action, _: float) -> None:
    target = action.get("target")
    tab = targets.tab_of(tabs, target)
    if target is None:
        size = tab.page.viewport_size or {"width": 1280, "height": 720}
        await tab.page.mouse.move(size["width"] / 2, size["height"] / 2)
    else:
        await targets.element(tabs, target).hover(timeout=MILLISECONDS)
    await tab.page.mouse.wheel(action["dx"], action["dy"])
    # The wheel's event is answered before the page has moved.
    await asyncio.sleep(0.1)


async def _back(tabs: Tabs, _: Action, seconds: float) -> None:
    if await tabs.current.page.go_back(timeout=seconds * 1000, wait_until="commit") is None:
        raise Refused("no_history", "there is no page to go back to in this tab")


async def _forward(tabs: Tabs, _: Action, seconds: float) -> None:
    if await tabs.current.page.go_forward(timeout=seconds * 1000, wait_until="commit") is None:
        raise Refused("no_history", "there is no page to go forward to in this tab")


async def _open_tab(tabs: Tabs, action: Action, seconds: float) -> None:
    before = len(tabs.all)
    tab = await tabs.open()
    assert len(tabs.all) == before + 1
    if action.get("url"):
        await _load(tab, action["url"], seconds)


async def _switch_tab(tabs: Tabs, action: Action, _: float) -> None:
    await tabs.switch(targets.tab_of(tabs, action))


async def _close_tab(tabs: Tabs, action: Action, _: float) -> None:
    await targets.tab_of(tabs, action).page.close()


async def _wait(tabs: Tabs, action: Action, seconds: float) -> None:
    most = min(action["seconds"], seconds)
    if action.get("text") is None:
        await asyncio.sleep(most)
        return
    wanted = tabs.current.page.get_by_text(action["text"]).first
    await wanted.wait_for(timeout=max(1.0, most * 1000))


async def _upload(tabs: Tabs, action: Action, _: float) -> None:
    element = targets.element(tabs, action["target"])
    kind = mimetypes.guess_type(action["name"])[0] or "application/octet-stream"
    data = base64.b64decode(action["data"])
    await element.set_input_files(
        {"name": action["name"], "mimeType": kind, "buffer": data}, timeout=MILLISECONDS
    )


async def _read_page(tabs: Tabs, action: Action, _: float) -> None:
    targets.tab_of(tabs, action)


DOING: dict[str, Doing] = {
    "goto": _goto,
    "click": _click,
    "fill": _fill,
    "press": _press,
    "select": _select,
    "hover": _hover,
    "scroll": _scroll,
    "back": _back,
    "forward": _forward,
    "open_tab": _open_tab,
    "switch_tab": _switch_tab,
    "close_tab": _close_tab,
    "wait": _wait,
    "upload": _upload,
    "read_page": _read_page,
}
"""Every kind of action that a page knows."""


async def settle(tab: Tab, navigations: int, until: float) -> None:
    """Waits for what an action set off: a page that loads, requests of the page's own.

    Args:
        tab: The tab.
        navigations: How often it had come to show another document before the action.
        until: The latest time, of the monotonic clock.
    """
    until = min(until, time.monotonic() + _SETTLE_SECONDS)
    quiet_by = time.monotonic() + _QUIET_SECONDS
    loaded = navigations
    while tab.pending or tab.navigations != loaded:
        now = time.monotonic()
        if now >= until or tab.crashed or tab.page.is_closed():
            return
        if tab.navigations != loaded:
            loaded = tab.navigations
            with contextlib.suppress(Error):
                await tab.page.wait_for_load_state("load", timeout=(until - now) * 1000)
            quiet_by = time.monotonic() + _QUIET_SECONDS
            continue
        moving = any(one.is_navigation_request() for one in tab.pending)
        if not moving and now >= quiet_by:
            return
        await asyncio.sleep(_POLL_SECONDS)
