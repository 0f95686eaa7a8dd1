"""Judges what an agent does in a browser: where it goes, what it presses, clicks and fills in."""

from __future__ import annotations

from episodes.actions import (
    Action,
    Click,
    Fill,
    Goto,
    Hover,
    OpenTab,
    Press,
    Scroll,
    Select,
    Upload,
)
from policies import files_judged, web_judged
from policies.finding import Finding
from policies.keys import Gesture, canonical_keys
from policies.policy import Policy
from policies.request import WebRequest
from policies.state import State

_BLANK = "about:blank"


def judge(action: Action, state: State, policy: Policy) -> list[Finding]:
    """Judges an action in the browser, whose tool is granted.

    Returns:
        Each rule that matched; empty where the tool alone decides, such as for going back.
    """
    match action:
        case Goto(url=url) | OpenTab(url=str(url)) if url != _BLANK:
            return web_judged.judge(WebRequest(url=url, purpose="page"), policy)
        case Fill():
            return [web_judged.effect("forms", policy.web.forms, "filling in a page's fields")]
        case Select():
            return [web_judged.effect("forms", policy.web.forms, "choosing in a page's lists")]
        case Upload():
            given = web_judged.effect("uploads", policy.web.uploads, "giving a page a file")
            return [given, *files_judged.judge(action.path, "read", state, policy)]
        case Press():
            return [_pressed(action.keys, policy)]
        case Click():
            return [_gesture(gesture, policy) for gesture in _clicks(action)]
        case Hover():
            return [_gesture("hover", policy)]
        case Scroll():
            return [_gesture("scroll", policy)]
    return []


def _clicks(action: Click) -> list[Gesture]:
    clicks: dict[str, Gesture] = {
        "left": "click",
        "middle": "middle_click",
        "right": "right_click",
    }
    button = clicks[action.button]
    return [button, "multi_click"] if action.count > 1 else [button]


def _gesture(gesture: Gesture, policy: Policy) -> Finding:
    if gesture in policy.keys.gestures:
        return Finding("allow", "keys.gestures", f"the gesture {gesture} is allowed")
    allowed = ", ".join(policy.keys.gestures) or "none"
    return Finding(
        "deny",
        "keys.gestures",
        f"policy, do not retry: the gesture {gesture} is not allowed; allowed here: {allowed}",
    )


def _pressed(keys: str, policy: Policy) -> Finding:
    try:
        straight = canonical_keys(keys)
    except ValueError as error:
        return Finding("deny", "default", f"policy, do not retry: {error}", "default")
    named = policy.keys.allowed
    if straight in named:
        at = named.index(straight)
        return Finding("allow", f"keys.allowed[{at}]", f"the key {straight} is allowed")
    allowed = ", ".join(named) or "no key"
    if len(straight) > 1:
        return Finding(
            "deny",
            "default",
            f"policy, do not retry: the key {straight} is not allowed; allowed here: {allowed}",
            "default",
        )
    what = f"the character {straight}"
    match policy.keys.characters:
        case "allow":
            return Finding("allow", "keys.characters", f"{what} is allowed")
        case "ask":
            return Finding("ask", "keys.characters", f"an approver has to allow {what}")
    return Finding(
        "deny",
        "keys.characters",
        f"policy, do not retry: {what} is not allowed; keys allowed here: {allowed}",
    )
