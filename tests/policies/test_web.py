from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from episodes.errors import PolicyInvalid
from policies.engine import decide_request
from policies.policy import Policy
from policies.request import WebRequest

Make = Callable[..., Policy]

WEB = {
    "allowedDomains": ["example.com", "*.example.com", "127.0.0.1", "10.1.2.3", "[::1]"],
    "deniedDomains": ["tracker.example.com", "*.tracker.example.com"],
    "rules": [
        {
            "id": "wiki",
            "hosts": ["*.wikipedia.org"],
            "schemes": ["https"],
            "methods": ["GET", "HEAD"],
            "paths": ["/wiki/**", "/w/*.php"],
            "types": ["text/html", "image/*"],
            "largest": 1000,
            "effect": "allow",
        },
        {"hosts": ["api.test"], "ports": [8443], "effect": "allow"},
        {"id": "post", "hosts": ["api.test"], "methods": ["POST"], "effect": "ask"},
        {
            "id": "admin",
            "hosts": ["*"],
            "paths": ["/admin", "/admin/**"],
            "effect": "deny",
            "reason": "the administration is for people",
        },
        {"id": "scripts", "hosts": ["*"], "types": ["application/*"], "effect": "deny"},
    ],
    "private": ["10.1.0.0/16"],
}

WIKI = "https://en.wikipedia.org/wiki/Cat"
REQUESTS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"url": "https://example.com/"}, "allow", "web.allowedDomains[0]", "is allowed"),
    ({"url": "http://example.com/x?y#z"}, "allow", "web.allowedDomains[0]", ""),
    ({"url": "wss://a.b.example.com/"}, "allow", "web.allowedDomains[1]", ""),
    ({"url": "https://EXAMPLE.com./"}, "allow", "web.allowedDomains[0]", ""),
    ({"url": "https://example.com:8443/"}, "deny", "default", ":8443/ is not allowed"),
    ({"url": "https://example.com.evil.test/"}, "deny", "default", "hosts allowed here"),
    ({"url": "https://evilexample.com/"}, "deny", "default", ""),
    ({"url": "https://example.com@evil.test/"}, "deny", "default", "user name"),
    ({"url": "https://evil.test\\@example.com/"}, "deny", "default", "evil.test"),
    ({"url": "https://ex\tample.com/"}, "deny", "default", "belongs in none"),
    ({"url": "https://tracker.example.com/"}, "deny", "web.deniedDomains[0]", "is denied"),
    ({"url": "https://x.tracker.example.com/"}, "deny", "web.deniedDomains[1]", ""),
    ({"url": "ftp://example.com/"}, "deny", "default", "only http"),
    ({"url": "file:///etc/passwd"}, "deny", "default", "only http"),
    ({"url": "javascript:alert(1)"}, "deny", "default", ""),
    ({"url": "https://example.com/", "method": "CONNECT"}, "deny", "default", "CONNECT"),
    ({"url": "https://example.com/", "method": "get"}, "deny", "default", "never allowed"),
    ({"url": "https://example.com/admin/x"}, "deny", "admin", "for people"),
    ({"url": "https://example.com/a/../admin"}, "deny", "admin", "for people"),
    ({"url": "https://example.com/%61dmin/"}, "deny", "admin", "for people"),
    ({"url": "https://example.com/administer"}, "allow", "web.allowedDomains[0]", ""),
    ({"url": WIKI}, "allow", "wiki", ""),
    ({"url": "https://en.wikipedia.org/w/index.php?title=x"}, "allow", "wiki", ""),
    ({"url": "https://en.wikipedia.org/w/a/index.php"}, "deny", "default", ""),
    ({"url": "http://en.wikipedia.org/wiki/Cat"}, "deny", "default", ""),
    ({"url": "https://wikipedia.org/wiki/Cat"}, "deny", "default", ""),
    ({"url": WIKI, "method": "POST"}, "deny", "default", "POST https://en.wikipedia.org"),
    ({"url": WIKI, "content_type": "image/png", "size": 1000}, "allow", "wiki", ""),
    ({"url": WIKI, "content_type": "image/png", "size": 1001}, "deny", "default", ""),
    ({"url": WIKI, "content_type": "video/mp4"}, "deny", "default", ""),
    ({"url": "https://example.com/", "content_type": "application/zip"}, "deny", "scripts", ""),
    ({"url": "https://api.test:8443/x"}, "allow", "web.rules[1]", ""),
    ({"url": "https://api.test/x"}, "deny", "default", ""),
    ({"url": "https://api.test:8443/x", "method": "POST"}, "ask", "post", "approver"),
    ({"url": "http://127.0.0.1/"}, "deny", "web.private", "127.0.0.1 is a private address"),
    ({"url": "http://0x7f.1/"}, "deny", "web.private", "127.0.0.1"),
    ({"url": "http://2130706433/"}, "deny", "web.private", "127.0.0.1"),
    ({"url": "http://10.1.2.3/"}, "allow", "web.allowedDomains[3]", ""),
    ({"url": "http://10.2.2.3/"}, "deny", "web.private", ""),
    ({"url": "http://[::1]/"}, "deny", "web.private", "::1"),
    ({"url": "http://[::ffff:127.0.0.1]/"}, "deny", "web.private", ""),
    ({"url": "http://[64:ff9b::a00:1]/"}, "deny", "web.private", ""),
    ({"url": "http://[2002:7f00:1::]/"}, "deny", "web.private", ""),
    ({"url": "http://169.254.169.254/latest/"}, "deny", "web.private", ""),
    ({"url": "http://localhost/"}, "deny", "web.private", "localhost"),
    ({"url": "http://a.localhost/"}, "deny", "web.private", ""),
    ({"url": "https://example.com/", "addresses": ["93.184.216.34"]}, "allow", "web.allowed", ""),
    ({"url": "https://example.com/", "addresses": ["10.9.9.9"]}, "deny", "web.private", "10.9"),
    ({"url": "https://example.com/", "addresses": ["10.1.9.9"]}, "allow", "web.allowed", ""),
    ({"url": "https://example.com/", "addresses": ["1.1.1.1", "::1"]}, "deny", "web.private", ""),
    ({"url": "https://example.com/", "addresses": ["what"]}, "deny", "web.private", ""),
    ({"url": "https://example.com/", "purpose": "download"}, "deny", "web.downloads", ""),
    ({"url": "https://example.com/", "purpose": "upload"}, "deny", "web.uploads", ""),
    ({"url": "https://example.com/", "purpose": "form"}, "deny", "web.forms", ""),
    ({"url": "https://xn--exampl-5fg.com/"}, "deny", "default", ""),
    ({"url": "https://exаmple.com/"}, "deny", "default", "xn--"),  # noqa: RUF001 - the point.
    ({"url": "example.com"}, "deny", "default", "no absolute URL"),
    ({"url": "https://example.com/" + "a" * 9000}, "deny", "default", "shorter"),
]


@pytest.mark.parametrize(
    ("request_", "verdict", "rule", "reason"),
    REQUESTS,
    ids=[case[0]["url"][:60] for case in REQUESTS],
)
def test_a_request_is_judged(
    policy: Make, request_: dict[str, Any], verdict: str, rule: str, reason: str
) -> None:
    asked = WebRequest.model_validate(request_, strict=False)
    decision = decide_request(asked, policy(web=WEB))
    assert decision.verdict == verdict, decision.reason
    assert decision.rule_id.startswith(rule)
    assert reason in decision.reason


def test_what_pages_hand_out_and_take_is_allowed_where_the_policy_says_so(policy: Make) -> None:
    open_web = {**WEB, "downloads": "allow", "uploads": "ask", "forms": "allow"}
    made = policy(web=open_web)
    verdicts = [
        decide_request(WebRequest(url="https://example.com/", purpose=purpose), made).verdict
        for purpose in ("download", "upload", "form")
    ]
    assert verdicts == ["allow", "ask", "allow"]


def test_a_purpose_alone_opens_no_host(policy: Make) -> None:
    made = policy(web={"downloads": "allow"})
    asked = WebRequest(url="https://example.com/x.zip", purpose="download")
    assert decide_request(asked, made).verdict == "deny"


def test_localhost_is_open_where_it_is_named(policy: Make) -> None:
    web = {"rules": [{"hosts": ["localhost", "127.0.0.1"], "effect": "allow"}]}
    for url in ("http://localhost:8000/", "http://127.0.0.1:8000/"):
        asked = WebRequest(url=url)
        assert decide_request(asked, policy(web=web)).rule_id == "web.private"
        named = policy(web={**web, "private": ["localhost"]})
        assert decide_request(asked, named).verdict == "allow"


def test_an_error_while_judging_a_request_is_a_denial(policy: Make) -> None:
    made = policy(web=WEB)
    made.__dict__["web_index"] = None
    decision = decide_request(WebRequest(url="https://example.com/"), made)
    assert (decision.verdict, decision.rule_id, decision.basis) == ("deny", "error", "error")


WRONG = [
    ("allowedDomains: ['https://example.com']", "write the host alone"),
    ("allowedDomains: ['example.com:443']", "write the host alone"),
    ("allowedDomains: ['Example.com']", "small letters"),
    ("allowedDomains: ['bücher.de']", "xn--"),
    ("allowedDomains: ['exa*.com']", "*.example.com"),
    ("allowedDomains: ['*.*.com']", "*.example.com"),
    ("allowedDomains: ['**']", "*.example.com"),
    ("allowedDomains: ['example.com.']", "without a dot"),
    ("allowedDomains: ['127.1']", "no host in canonical form"),
    ("allowedDomains: ['[::0001]']", "write '[::1]'"),
    ("allowedDomains: ['::1']", "write '[::1]'"),
    ("private: ['10.0.0.1/8']", "host bits"),
    ("private: [internal]", "10.0.0.0/8"),
    ("rules: [{hosts: [a.b], effect: deny, largest: 5}]", "lets larger ones pass"),
    ("rules: [{hosts: [a.b], effect: allow, paths: [wiki]}]", "does not start with /"),
    ("rules: [{hosts: [a.b], effect: allow, paths: [/a/../b]}]", "dot segment"),
    ("rules: [{hosts: [a.b], effect: allow, paths: ['/a b']}]", "%XX"),
    ("rules: [{hosts: [a.b], effect: allow, paths: ['/{a']}]", "brace"),
    ("rules: [{hosts: [a.b], effect: allow, methods: [CONNECT]}]", "none of"),
    ("rules: [{hosts: [a.b], effect: allow, schemes: [ftp]}]", "none of"),
    ("rules: [{hosts: [a.b], effect: allow, ports: [0]}]", "greater than"),
    ("rules: [{hosts: [a.b], effect: allow, types: [html]}]", "text/html"),
    ("rules: [{hosts: [], effect: allow}]", "at least one"),
    ("downloads: sometimes", "none of"),
]


@pytest.mark.parametrize(("text", "what"), WRONG)
def test_a_wrong_web_gets_what_to_write(policy: Make, text: str, what: str) -> None:
    import yaml

    with pytest.raises(PolicyInvalid) as raised:
        policy(web=yaml.safe_load(text))
    assert what in str(raised.value)
    assert "web." in str(raised.value)
