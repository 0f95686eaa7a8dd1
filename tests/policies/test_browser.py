from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from episodes.actions import (
    Back,
    Click,
    Fill,
    Goto,
    Hover,
    OpenTab,
    Press,
    ReadPage,
    Scroll,
    Select,
    Target,
    Upload,
)
from policies.engine import decide, paths_of
from policies.keys import canonical_keys
from policies.policy import Policy
from policies.state import State

Make = Callable[..., Policy]

FIELD = Target(selector="#q")
SECTIONS: dict[str, Any] = {
    "tools": ["browser"],
    "web": {"allowedDomains": ["example.com"], "uploads": "ask", "forms": "allow"},
    "keys": {"allowed": ["Enter", "Control+A", "x"], "gestures": ["click", "multi_click"]},
    "files": {"read": ["/workspace"], "deny": ["/workspace/.env"]},
}
ACTIONS = [
    (Goto(url="https://example.com/a"), "allow", "web.allowedDomains[0]", ""),
    (Goto(url="https://evil.test/"), "deny", "default", "hosts allowed here: example.com"),
    (Goto(url="about:blank"), "allow", "tools", ""),
    (Goto(url="data:text/html,x"), "deny", "default", "only http"),
    (OpenTab(url="https://evil.test/"), "deny", "default", ""),
    (OpenTab(), "allow", "tools", ""),
    (Back(), "allow", "tools", ""),
    (ReadPage(), "allow", "tools", ""),
    (Fill(target=FIELD, text="cats"), "allow", "web.forms", ""),
    (Select(target=FIELD, values=("a",)), "allow", "web.forms", ""),
    (Upload(target=FIELD, path=PurePosixPath("a.txt")), "ask", "web.uploads", "approver"),
    (Upload(target=FIELD, path=PurePosixPath("/etc/passwd")), "deny", "default", "/etc/passwd"),
    (Upload(target=FIELD, path=PurePosixPath(".env")), "deny", "files.deny[0]", "closed"),
    (Press(keys="Enter"), "allow", "keys.allowed[0]", ""),
    (Press(keys="Control+a"), "allow", "keys.allowed[1]", ""),
    (Press(keys="ControlOrMeta+A"), "allow", "keys.allowed[1]", ""),
    (Press(keys="x"), "allow", "keys.allowed[2]", ""),
    (Press(keys="y"), "deny", "keys.characters", "keys allowed here: Enter"),
    (Press(keys="F12"), "deny", "default", "F12 is not allowed"),
    (Press(keys="Control+Shift+I"), "deny", "default", ""),
    (Press(keys="Control+Control+A"), "deny", "default", "each once"),
    (Press(keys=""), "deny", "default", "no key"),
    (Press(keys="Enter\n"), "deny", "default", "no key"),
    (Click(target=FIELD), "allow", "keys.gestures", ""),
    (Click(target=FIELD, count=2), "allow", "keys.gestures", ""),
    (Click(target=FIELD, button="right"), "deny", "keys.gestures", "right_click is not allowed"),
    (Hover(target=FIELD), "deny", "keys.gestures", ""),
    (Scroll(dy=10.0), "deny", "keys.gestures", "allowed here: click"),
]


@pytest.mark.parametrize(("action", "verdict", "rule", "reason"), ACTIONS, ids=str)
def test_an_action_in_a_browser_is_judged(
    policy: Make, action: Any, verdict: str, rule: str, reason: str
) -> None:
    decision = decide(action, State(), policy(**SECTIONS))
    assert (decision.verdict, decision.rule_id) == (verdict, rule), decision.reason
    assert reason in decision.reason


@pytest.mark.parametrize("action", [case[0] for case in ACTIONS], ids=str)
def test_no_browser_is_there_where_the_tool_is_not_granted(policy: Make, action: Any) -> None:
    decision = decide(action, State(), policy(**{**SECTIONS, "tools": ["shell"]}))
    assert (decision.verdict, decision.rule_id) == ("deny", "tools")


def test_characters_may_be_asked_for_or_allowed(policy: Make) -> None:
    for characters in ("ask", "allow"):
        made = policy(tools=["browser"], keys={"characters": characters})
        assert decide(Press(keys="y"), State(), made).verdict == characters
        assert decide(Press(keys="Control+Y"), State(), made).verdict == "deny"


def test_the_file_of_an_upload_is_resolved(policy: Make) -> None:
    upload = Upload(target=FIELD, path=PurePosixPath("link"))
    assert paths_of(upload, State()) == ("link",)
    state = State(resolved={"link": PurePosixPath("/root/.ssh/id_rsa")})
    assert decide(upload, state, policy(**SECTIONS)).rule_id == "default"


@pytest.mark.parametrize(
    ("keys", "straight"),
    [
        ("Shift+Control+a", "Control+Shift+A"),
        ("a", "a"),
        ("A", "A"),
        ("+", "+"),
        ("Control++", "Control++"),
        ("Alt+F4", "Alt+F4"),
        ("Meta+Control+Alt+Shift+z", "Control+Alt+Shift+Meta+Z"),
    ],
)
def test_keys_have_one_spelling(keys: str, straight: str) -> None:
    assert canonical_keys(keys) == straight
    assert canonical_keys(straight) == straight


@pytest.mark.parametrize("keys", ["", "++", "Control+", "+a", "a+b", "Hyper+A", "Shift", "é", "ab"])
def test_what_is_no_key_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match=r"write e\.g|each once"):
        canonical_keys(keys)
