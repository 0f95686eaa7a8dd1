"""Between a browser's actions and its guest: what to ask for each, and what its answer means."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, get_args

from episodes.actions import (
    Action,
    Back,
    Click,
    CloseTab,
    Fill,
    Forward,
    Goto,
    Hover,
    OpenTab,
    Press,
    ReadPage,
    Scroll,
    Select,
    SwitchTab,
    Upload,
    Wait,
)
from episodes.errors import ChannelBroken
from episodes.observations import Failed, Page, WebRequest
from policies.policy import Policy
from policies.state import Element
from sandbox.boxes.backend import KeepPages, Kept, Look
from semantics.urls import canonical_url

BrowserAction = (
    Goto
    | Click
    | Fill
    | Press
    | Select
    | Hover
    | Scroll
    | Back
    | Forward
    | OpenTab
    | SwitchTab
    | CloseTab
    | Wait
    | Upload
    | ReadPage
)
"""What the browser's guest can do."""

WIDTH, HEIGHT = 1280, 720
"""The window, in pixels."""

LARGEST_FILE = 24 << 20
"""Bytes of a file that goes between the containers: it passes the channel whole."""

_SNAPSHOT_CHARS = 40_000
_DOM_CHARS = 262_144
_LARGEST_PICTURE = 262_144
_LONGEST = 2048
_MOST = 32
_JPEG = b"\xff\xd8\xff"
_POINTED = (Click, Fill, Select, Hover, Upload)
_LOOKED_AT = (Click, Fill, Press, Select, Upload)

# What the guest refuses through the agent's own doing; anything else is a fault.
_FAILURES = frozenset(
    {
        "unknown_reference",
        "stale_reference",
        "no_target",
        "no_such_tab",
        "no_history",
        "not_a_page",
        "cancelled",
    }
)


def is_for_browser(action: Action) -> bool:
    """Whether it is the browser's guest that does such an action."""
    return isinstance(action, get_args(BrowserAction))


def configuration(policy: Policy, ca_pem: str | None, keep: KeepPages) -> dict[str, Any]:
    """What `configure` tells the guest.

    Args:
        policy: For what it allows and limits.
        ca_pem: The certificate of the run's authority, where there is a proxy.
        keep: What is kept of pages.
    """
    limits = policy.limits
    return {
        "ca_pem": ca_pem,
        "before": keep == "all",
        "downloads": policy.web.downloads != "deny",
        "download_bytes": min(limits.file_bytes, LARGEST_FILE),
        "width": WIDTH,
        "height": HEIGHT,
        "snapshot_chars": min(limits.output_bytes, _SNAPSHOT_CHARS),
        "text_chars": limits.output_bytes,
        "dom_chars": _DOM_CHARS,
    }


def look_for(action: Action) -> dict[str, Any]:
    """What to ask before an action is judged."""
    target = getattr(action, "target", None)
    return {
        # What is only pointed at leads nowhere, and costs a question.
        "element": isinstance(action, _LOOKED_AT),
        "keys": isinstance(action, Press),
        "target": None if target is None else target.model_dump(),
    }


def looked(reply: Mapping[str, Any]) -> Look:
    """What the guest saw.

    Raises:
        ChannelBroken: It is no answer to the question.
    """
    found = reply.get("element")
    try:
        element = None
        if found is not None:
            element = Element(
                tag=_text(found["tag"]),
                kind=_text(found["type"]),
                name=_text(found["name"]),
                link=_whole(found["link"]),
                download=bool(found["download"]),
                form=_whole(found["form"]),
                method=_whole(found["method"]),
            )
        return Look(_text(reply["url"]), element)
    except (LookupError, TypeError, ValueError) as problem:
        raise _nonsense(problem) from problem


def request_for(
    action: Action, seconds: float, keep: KeepPages, data: bytes | None = None
) -> dict[str, Any]:
    """What to ask for an action that was judged.

    Args:
        action: The action.
        seconds: The most it may take.
        keep: What is kept of pages.
        data: The file, for an upload.
    """
    asked = action.model_dump(mode="json")
    if isinstance(action, Upload):
        asked |= {"name": action.path.name, "data": base64.b64encode(data or b"").decode()}
    return {
        "action": asked,
        "seconds": seconds,
        "keep": {"before": keep == "all", "after": keep != "none", "dom": keep != "none"},
    }


def failed(reply: Mapping[str, Any]) -> Failed | None:
    """The agent's own mistake, where the guest did nothing because of one."""
    code, message = reply.get("error"), reply.get("message")
    if reply["ok"] or not isinstance(code, str) or code not in _FAILURES:
        return None
    return Failed(code=code, message=_text(message if isinstance(message, str) else ""))


def page_of(
    reply: Mapping[str, Any], requests: tuple[WebRequest, ...], downloads: tuple[str, ...]
) -> Page:
    """What the agent is shown.

    Raises:
        ChannelBroken: It is no page.
    """
    try:
        status = reply["status"]
        return Page(
            url=_url(reply["url"]),
            title=_text(reply.get("title", "")),
            status=status if type(status) is int and status >= 0 else None,
            snapshot=_text(reply.get("snapshot", ""), 2 * _SNAPSHOT_CHARS),
            text=_text(reply.get("text", ""), 1 << 20),
            tabs=tuple(_url(tab) for tab in _list(reply["tabs"])),
            console=tuple(_text(line) for line in _list(reply["console"])),
            dialogs=tuple(_text(line) for line in _list(reply["dialogs"])),
            downloads=downloads,
            requests=requests,
            problem=_text(reply["problem"]),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise _nonsense(problem) from problem


def kept_of(reply: Mapping[str, Any]) -> Kept:
    """What is to be kept besides; a picture that is none, or is too large, is not."""
    dom = reply.get("dom")
    return Kept(
        before=_picture(reply.get("before")),
        after=_picture(reply.get("after")),
        dom=dom if isinstance(dom, str) and len(dom) <= 2 * _DOM_CHARS else None,
    )


def _picture(encoded: object) -> bytes | None:
    if not isinstance(encoded, str) or len(encoded) > 2 * _LARGEST_PICTURE:
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    return data if data.startswith(_JPEG) and len(data) <= _LARGEST_PICTURE else None


def _url(text: object) -> str:
    given = _text(text, 8192)
    try:
        return str(canonical_url(given))
    except ValueError:
        # Of pages that are nowhere, such as about:blank, and of what the browser could not load.
        return given[:_LONGEST]


def _text(value: object, most: int = _LONGEST) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text should be")
    # A lone surrogate has no UTF-8, and would break the log rather than the page.
    return value[:most].encode("utf-8", "replace").decode("utf-8")


def _whole(value: object) -> str | None:
    return None if value is None else _text(value, 8192)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} where a list should be")
    return value[:_MOST]


def _nonsense(problem: Exception) -> ChannelBroken:
    return ChannelBroken(
        f"the browser's guest gave an answer that is none ({type(problem).__name__}: {problem}); "
        "it is given up as taken over or damaged"
    )
