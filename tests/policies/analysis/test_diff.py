from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pydantic import BaseModel

from episodes.actions import ReadFile, RunCommand, RunProgram, WriteFile
from policies.analysis.diff import diff
from policies.analysis.difference import Diff
from policies.analysis.reach import COMPARED_AS_LANGUAGES
from policies.direction import direction
from policies.engine import decide, decide_request
from policies.policy import Policy
from policies.request import WebRequest
from policies.rules import Files, Shell, ShellRule
from policies.state import State
from policies.web import Web, WebRule
from tests.tries import tries

MakePolicy = Callable[..., Policy]

NAMES = st.sampled_from(["ls", "git", "echo", "env", "rm"])
PATTERNS = st.sampled_from(["a", "a b", "* b", "-x", "a*", "[ab]", "{a,b} b"])
RULES = st.builds(
    ShellRule,
    programs=st.lists(NAMES, min_size=1, max_size=2).map(tuple),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    arguments=st.none() | st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
)
ROOTS = st.sampled_from(["/", "/workspace", "/workspace/a", "/etc", "/tmp/x"]).map(PurePosixPath)
FILES = st.builds(
    Files,
    read=st.lists(ROOTS, max_size=2).map(tuple),
    write=st.lists(ROOTS, max_size=2).map(tuple),
    execute=st.lists(ROOTS, max_size=1).map(tuple),
    deny=st.lists(ROOTS, max_size=1).map(tuple),
)
HOSTS = st.sampled_from(["a.com", "*.a.com", "b.a.com", "*", "10.0.0.1"])
WEB_RULES = st.builds(
    WebRule,
    hosts=st.lists(HOSTS, min_size=1, max_size=2).map(tuple),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    schemes=st.none() | st.just(("https",)),
    ports=st.none() | st.just((443, 8080)),
    methods=st.none() | st.sampled_from([("GET",), ("POST", "GET")]),
    paths=st.none() | st.sampled_from([("/a/*",), ("/**",), ("/a/**", "/b")]),
    types=st.none() | st.sampled_from([("text/html",), ("text/*",)]),
)
WEBS = st.builds(
    Web,
    allowedDomains=st.lists(HOSTS, max_size=2).map(tuple),
    deniedDomains=st.lists(HOSTS, max_size=1).map(tuple),
    rules=st.lists(WEB_RULES, max_size=2).map(tuple),
)
POLICIES = st.builds(
    lambda rules, files, web: Policy(
        version=1,
        name="law",
        tools=("shell", "files"),
        shell=Shell(rules=tuple(rules)),
        files=files,
        web=web,
    ),
    st.lists(RULES, max_size=4),
    FILES,
    WEBS,
)
WORDS = st.sampled_from(["a", "b", "-x", "ab", "$v", "c"])
COMMANDS = st.builds(
    lambda parts, out: " | ".join(" ".join([name, *words]) for name, words in parts) + out,
    st.lists(
        st.tuples(
            NAMES | st.sampled_from(["/workspace/a/rm", "/etc/ls", "/usr/bin/git"]),
            st.lists(WORDS | st.sampled_from(["/etc/x", "/tmp/x/y"]), max_size=3),
        ),
        min_size=1,
        max_size=2,
    ),
    st.sampled_from(["", " > /tmp/x/y", " < /etc/passwd"]),
)
ACTIONS = st.one_of(
    COMMANDS.map(lambda command: RunCommand(command=command)),
    st.builds(
        lambda name, words: RunProgram(argv=(name, *words)),
        NAMES,
        st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3),
    ),
    st.sampled_from(["a", "/etc/x", "/tmp/x"]).map(lambda path: ReadFile(path=PurePosixPath(path))),
    st.sampled_from(["a/b", "/etc/x"]).map(
        lambda path: WriteFile(path=PurePosixPath(path), data=b"")
    ),
)
REQUESTS = st.builds(
    WebRequest,
    url=st.builds(
        "{}://{}{}".format,
        st.sampled_from(["https", "http"]),
        st.sampled_from(["a.com", "b.a.com", "c.a.com:8080", "d.org", "10.0.0.1"]),
        st.sampled_from(["/", "/a/b", "/b"]),
    ),
    method=st.sampled_from(["GET", "POST"]),
    content_type=st.sampled_from([None, "text/html", "text/plain"]),
)
LENIENCE = {"deny": 0, "ask": 1, "allow": 2}
SLOW = tries(12, suppress_health_check=[HealthCheck.too_slow])


@given(POLICIES)
@SLOW
def test_a_policy_does_not_differ_from_itself(policy: Policy) -> None:
    again = policy.model_copy(update={"shell": Shell(rules=tuple(reversed(policy.shell.rules)))})
    assert diff(policy, policy).differences == ()
    assert diff(policy, again).differences == ()


@given(POLICIES, POLICIES)
@SLOW
def test_each_example_is_judged_as_it_is_said_to_be(old: Policy, new: Policy) -> None:
    verdicts = {"allowed": "allow", "asked": "ask", "denied": "deny"}
    for one in diff(old, new).differences:
        if one.action is None:
            continue
        before, after = (decide(one.action, State(), policy) for policy in (old, new))
        assert after.verdict == verdicts[one.change]
        assert before.verdict != after.verdict
        assert one.before == f"{before.verdict} ({before.rule_id})"
        assert one.after == f"{after.verdict} ({after.rule_id})"
        assert one.widens == (LENIENCE[after.verdict] > LENIENCE[before.verdict])


@given(POLICIES, POLICIES, ACTIONS)
@SLOW
def test_no_action_is_newly_let_through_without_a_word(
    old: Policy, new: Policy, action: Any
) -> None:
    before, after = (decide(action, State(), policy).verdict for policy in (old, new))
    if LENIENCE[after] > LENIENCE[before]:
        assert diff(old, new).widens
    if LENIENCE[after] < LENIENCE[before]:
        assert any(not one.widens for one in diff(old, new).differences)


@given(POLICIES, POLICIES, REQUESTS)
@SLOW
def test_no_request_is_newly_let_through_without_a_word(
    old: Policy, new: Policy, request: WebRequest
) -> None:
    before, after = (decide_request(request, policy).verdict for policy in (old, new))
    if LENIENCE[after] > LENIENCE[before]:
        found = diff(old, new)
        assert any(one.widens for one in found.differences if one.field == "web")


@given(POLICIES, RULES, WEB_RULES, ROOTS)
@SLOW
def test_narrowing_never_widens(
    policy: Policy, rule: ShellRule, web_rule: WebRule, root: PurePosixPath
) -> None:
    files, web = policy.files, policy.web
    narrower = policy.model_copy(
        update={
            "shell": Shell(rules=(*policy.shell.rules, rule.model_copy(update={"effect": "deny"}))),
            "files": files.model_copy(update={"deny": (*files.deny, root)}),
            "web": web.model_copy(
                update={"rules": (*web.rules, web_rule.model_copy(update={"effect": "deny"}))}
            ),
        }
    )
    assert not diff(policy, narrower).widens
    assert not any(one.widens is False for one in diff(narrower, policy).differences)


def changes(found: Diff) -> list[tuple[str, str, str | None]]:
    return [(one.change, one.field, one.witness) for one in found.differences]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"web": {"allowedDomains": ["a.com"]}},
            {"web": {"allowedDomains": ["*.a.com", "a.com"]}},
            [("allowed", "web", "GET https://x.a.com/")],
        ),
        (
            {"web": {"allowedDomains": ["*.a.com", "b.a.com"]}},
            {"web": {"allowedDomains": ["*.a.com"]}},
            [],
        ),
        (
            {"web": {"rules": [{"hosts": ["a.com"], "methods": ["GET"], "effect": "allow"}]}},
            {"web": {"rules": [{"hosts": ["a.com"], "effect": "allow"}]}},
            [("allowed", "web", "PUT https://a.com/")],
        ),
        (
            {"web": {"rules": [{"hosts": ["a.com"], "largest": 10, "effect": "allow"}]}},
            {"web": {"rules": [{"hosts": ["a.com"], "largest": 20, "effect": "allow"}]}},
            [("allowed", "web", "GET https://a.com/ (20 bytes)")],
        ),
        ({"files": {"read": ["/a"]}}, {"files": {"read": ["/a", "/a/b"]}}, []),
        (
            {"files": {"read": ["/a"], "deny": ["/a/b"]}},
            {"files": {"read": ["/a"]}},
            [("allowed", "files.read", "read /a/b"), ("allowed", "files.deny", ": /a/b")],
        ),
        (
            {"files": {"read": ["/a"]}},
            {"files": {"write": ["/a"]}},
            [("allowed", "files.write", "write /a")],
        ),
        (
            {"files": {}},
            {"files": {"execute": ["/a"]}},
            [("allowed", "files.read", "read /a"), ("allowed", "files.execute", "/a")],
        ),
        ({"files": {"deny": ["/a"]}}, {}, [("allowed", "files.deny", ": /a")]),
        ({"files": {"deny": ["/b**.c"]}}, {}, [("allowed", "files.deny", ": /b.c")]),
        (
            {"files": {"deny": ["/b.c"]}},
            {"files": {"deny": ["/b**.c"]}},
            [("denied", "files.deny", ": /bx.c")],
        ),
        (
            {
                "files": {"execute": ["/a"]},
                "shell": {"rules": [{"programs": ["x"], "effect": "deny"}]},
            },
            {"files": {"execute": ["/a"]}},
            [("allowed", "shell.rules", "/a/x")],
        ),
        (
            {"limits": {"seconds": 5}},
            {"limits": {"seconds": 4}},
            [("denied", "limits.seconds", None)],
        ),
        ({}, {"budgets": {"actions": 4}}, [("denied", "budgets.actions", None)]),
        ({"review": {"deny_at": 0.5}}, {}, [("allowed", "review.deny_at", None)]),
        (
            {"obligations": {"redact": ["jwt"]}},
            {},
            [("allowed", "obligations.redact", None)],
        ),
        (
            {"rates": [{"hosts": ["*"], "per_second": 1.0}]},
            {"rates": [{"hosts": ["*"], "per_second": 2.0}]},
            [("allowed", "rates", None)],
        ),
        (
            {"rates": [{"hosts": ["*"], "per_second": 2.0}]},
            {"rates": [{"hosts": ["*"], "per_second": 1.0}]},
            [("denied", "rates", None)],
        ),
        ({}, {"web": {"private": ["10.0.0.0/8"]}}, [("allowed", "web.private", None)]),
        (
            {"web": {"private": ["10.0.0.0/8"]}},
            {"web": {"private": ["10.1.0.0/16"]}},
            [("denied", "web.private", None)],
        ),
        (
            {"web": {"private": ["10.0.0.0/8"]}},
            {"web": {"private": ["10.0.0.0/9", "10.128.0.0/9"]}},
            [],
        ),
        (
            {"shell": {"rules": [{"programs": ["git"], "effect": "allow", "arguments": ["log"]}]}},
            {"shell": {"rules": [{"programs": ["git"], "effect": "ask"}]}},
            [("asked", "shell.rules", "git log"), ("asked", "shell.rules", "git")],
        ),
        (
            {"shell": {"rules": [{"programs": ["tr"], "effect": "allow", "arguments": ["a*"]}]}},
            {"shell": {"rules": [{"programs": ["tr"], "effect": "allow", "arguments": ["a*b"]}]}},
            [("denied", "shell.rules", "tr a")],
        ),
        (
            {"shell": {"not_understood": "deny"}},
            {"shell": {"not_understood": "ask"}},
            [("allowed", "shell.not_understood", "eval x")],
        ),
    ],
)
def test_what_a_change_does_is_told_with_a_shortest_example(
    policy: MakePolicy,
    old: dict[str, Any],
    new: dict[str, Any],
    expected: list[tuple[str, str, str | None]],
) -> None:
    found = diff(policy(**old), policy(**new))
    assert sorted(changes(found), key=str) == sorted(expected, key=str)
    assert not found.unknown


def test_a_word_known_only_as_the_command_runs_can_be_all_that_is_newly_let_through(
    policy: MakePolicy,
) -> None:
    allow = {"programs": ["rm"], "effect": "allow"}
    deny = {"programs": ["rm"], "effect": "deny", "arguments": ["-r"]}
    found = diff(policy(shell={"rules": [allow, deny]}), policy(shell={"rules": [allow]}))
    assert ("allowed", "shell.rules", 'rm "$x"') in changes(found) or (
        "allowed",
        "shell.rules",
        "rm -r",
    ) in changes(found)


def test_reach_comes_before_commands(policy: MakePolicy) -> None:
    rules = [{"programs": ["python3", "ls"], "effect": "allow"}]
    found = diff(policy(), policy(shell={"rules": rules}, limits={"seconds": 90}))
    assert [one.part for one in found.differences] == ["reach", "reach", "commands"]
    assert "starting python3, which runs whatever code" in found.differences[0].what


def rule_fields(model: type[BaseModel], place: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        where = f"{place}.{name}" if place else name
        match direction(model, name):
            case "rule":
                yield where
            case "parts":
                assert isinstance(field.annotation, type)
                yield from rule_fields(field.annotation, where)


def test_every_field_whose_width_takes_the_engine_is_compared_with_it() -> None:
    assert set(rule_fields(Policy)) <= COMPARED_AS_LANGUAGES


def test_a_search_past_its_budget_says_unknown_and_counts_as_wider(policy: MakePolicy) -> None:
    new = policy(web={"allowedDomains": ["a.com"]})
    found = diff(policy(), new, budget=3)
    assert found.unknown
    assert found.widens


def test_the_digest_of_a_widening_is_of_exactly_that_widening(policy: MakePolicy) -> None:
    old = policy()
    one = diff(old, policy(web={"allowedDomains": ["a.com"]}))
    same = diff(old, policy(web={"allowedDomains": ["a.com"]}, limits={"seconds": 5}))
    more = diff(old, policy(web={"allowedDomains": ["a.com", "b.com"]}))
    assert one.widening == same.widening
    assert one.widening != more.widening
    assert diff(old, old).widening is None
