from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from episodes.actions import Goto, Press, ReadFile, RunCommand, WriteFile
from policies.engine import decide, decide_request
from policies.extending import extended
from policies.kernel import kernel_rules
from policies.keys import Keys, canonical_keys
from policies.policy import Policy
from policies.request import WebRequest
from policies.rules import Files, Shell, ShellRule
from policies.state import State
from policies.web import Web, WebRule
from semantics.urls import canonical_url
from tests.tries import tries

STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}

NAMES = st.sampled_from(["ls", "cat", "rm", "git", "env"])
PATTERNS = st.sampled_from(["a", "a b", "* b", "-x"])
ROOTS = st.sampled_from(["/", "/workspace", "/workspace/a", "/etc", "/tmp/x"]).map(PurePosixPath)
RULES = st.builds(
    ShellRule,
    programs=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    arguments=st.none() | st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
)
FILES = st.builds(
    Files,
    read=st.lists(ROOTS, max_size=3).map(tuple),
    write=st.lists(ROOTS, max_size=2).map(tuple),
    execute=st.lists(ROOTS, max_size=2).map(tuple),
    deny=st.lists(ROOTS, max_size=2).map(tuple),
)
WORDS = st.sampled_from(["a", "b", "-x", "$v", "'c d'", "/etc/x", "*"])
SIMPLE = st.builds(
    lambda name, words, out: " ".join([name, *words, *out]),
    NAMES | st.sampled_from(["/usr/bin/git", "./ls", "a/run"]),
    st.lists(WORDS, max_size=3),
    st.sampled_from([[], [">", "out"], ["<", "/etc/passwd"], [">", "a/../../etc/x"]]),
)
COMMANDS = st.lists(SIMPLE, min_size=1, max_size=3).map(" | ".join)
ACTIONS = st.one_of(
    COMMANDS.map(lambda command: RunCommand(command=command)),
    st.sampled_from(["a", "/etc/x", "a/../../tmp/x"]).map(
        lambda path: ReadFile(path=PurePosixPath(path))
    ),
    st.sampled_from(["a/b", "/etc/x"]).map(
        lambda path: WriteFile(path=PurePosixPath(path), data=b"")
    ),
)


def made(rules: list[ShellRule], files: Files) -> Policy:
    shell = Shell(rules=tuple(rules))
    return Policy(version=1, name="law", tools=("shell", "files"), shell=shell, files=files)


def strictness(action: Any, policy: Policy) -> int:
    return STRICTNESS[decide(action, State(), policy).verdict]


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, st.randoms())
@tries(50)
def test_the_order_of_rules_never_matters(
    rules: list[ShellRule], files: Files, action: Any, random: Any
) -> None:
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert strictness(action, made(rules, files)) == strictness(action, made(shuffled, files))


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, RULES)
@tries(50)
def test_one_more_deny_never_allows_more(
    rules: list[ShellRule], files: Files, action: Any, rule: ShellRule
) -> None:
    denying = rule.model_copy(update={"effect": "deny"})
    assert strictness(action, made([*rules, denying], files)) >= strictness(
        action, made(rules, files)
    )


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, ROOTS)
@tries(50)
def test_one_more_closed_path_never_allows_more(
    rules: list[ShellRule], files: Files, action: Any, root: PurePosixPath
) -> None:
    closed = files.model_copy(update={"deny": (*files.deny, root)})
    assert strictness(action, made(rules, closed)) >= strictness(action, made(rules, files))


@given(st.lists(RULES, max_size=5), FILES, ACTIONS)
@tries(50)
def test_a_decision_is_a_function_of_its_arguments(
    rules: list[ShellRule], files: Files, action: Any
) -> None:
    again = made(list(rules), files)
    assert decide(action, State(), made(rules, files)) == decide(action, State(), again)


@given(st.lists(RULES, max_size=5), FILES, ACTIONS)
@tries(50)
def test_an_empty_policy_allows_no_more_than_any_other(
    rules: list[ShellRule], files: Files, action: Any
) -> None:
    assert strictness(action, made([], Files())) >= strictness(action, made(rules, files))


@given(st.lists(RULES, max_size=5), FILES, NAMES)
@tries(50)
def test_the_kernel_lets_run_whatever_the_gate_does(
    rules: list[ShellRule], files: Files, name: str
) -> None:
    policy = made(rules, files)
    if strictness(RunCommand(command=f"{name} a b"), policy) < STRICTNESS["deny"]:
        assert name in kernel_rules(policy).programs


HOSTS = st.sampled_from(["a.test", "*.a.test", "b.a.test", "*", "10.0.0.1", "xn--e1a.test"])
PATHS = st.sampled_from(["/", "/a", "/a/*", "/a/**", "/**/c", "/{a,b}"])


def some(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(values, min_size=1, max_size=most).map(tuple)


WEB_RULES = st.builds(
    WebRule,
    hosts=st.lists(HOSTS, min_size=1, max_size=2).map(tuple),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    schemes=some(st.sampled_from(["http", "https"])),
    ports=some(st.sampled_from([80, 443, 8080])),
    methods=some(st.sampled_from(["GET", "POST"])),
    paths=some(PATHS),
    types=some(st.sampled_from(["text/html", "text/*", "image/png"])),
)
EFFECTS = st.sampled_from(["deny", "ask", "allow"])
WEBS = st.builds(
    Web,
    allowedDomains=st.lists(HOSTS, max_size=2).map(tuple),
    deniedDomains=st.lists(HOSTS, max_size=2).map(tuple),
    rules=st.lists(WEB_RULES, max_size=4).map(tuple),
    private=st.lists(st.sampled_from(["10.0.0.0/8", "10.0.0.1"]), max_size=1).map(tuple),
    downloads=EFFECTS,
)
REQUESTS = st.builds(
    WebRequest,
    url=st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(["http", "https", "HTTPS", "ftp"]),
        st.sampled_from(["a.test", "b.a.test", "B.A.test.", "c.test", "10.0.0.1", "ё.test"]),
        st.sampled_from(["", ":8080", ":443"]),
        st.sampled_from(["", "/a", "/a/b", "/a/b/c", "/%61/../b", "/x/c?q"]),
    ),
    method=st.sampled_from(["GET", "POST", "TRACE"]),
    purpose=st.sampled_from(["page", "download"]),
    content_type=st.sampled_from([None, "text/html", "text/plain", "image/png"]),
    addresses=st.sampled_from([(), ("1.1.1.1",), ("10.0.0.2",)]),
)


def on_the_web(web: Web) -> Policy:
    return Policy(version=1, name="law", tools=("browser",), web=web)


def asked(request: WebRequest, web: Web) -> int:
    return STRICTNESS[decide_request(request, on_the_web(web)).verdict]


@given(WEBS, REQUESTS, st.randoms())
@tries(50)
def test_the_order_of_rules_on_requests_never_matters(
    web: Web, request: WebRequest, random: Any
) -> None:
    shuffled = list(web.rules)
    random.shuffle(shuffled)
    other = web.model_copy(update={"rules": tuple(shuffled)})
    assert asked(request, web) == asked(request, other)


@given(WEBS, REQUESTS, WEB_RULES, HOSTS)
@tries(50)
def test_one_more_denied_request_or_host_never_allows_more(
    web: Web, request: WebRequest, rule: WebRule, host: str
) -> None:
    denying = rule.model_copy(update={"effect": "deny"})
    ruled = web.model_copy(update={"rules": (*web.rules, denying)})
    assert asked(request, ruled) >= asked(request, web)
    closed = web.model_copy(update={"deniedDomains": (*web.deniedDomains, host)})
    assert asked(request, closed) >= asked(request, web)


@given(WEBS, REQUESTS)
@tries(50)
def test_a_page_is_decided_as_its_request_is(web: Web, request: WebRequest) -> None:
    page = WebRequest(url=request.url, purpose="page")
    assert strictness(Goto(url=request.url), on_the_web(web)) == asked(page, web)


@given(WEBS, REQUESTS)
@example(
    Web(
        rules=(
            WebRule(hosts=("a.test",), effect="allow"),
            WebRule(hosts=("a.test",), effect="ask", types=("text/html",)),
        )
    ),
    WebRequest(url="http://a.test", content_type="text/plain"),
)
@example(
    Web(
        rules=(
            WebRule(hosts=("a.test",), effect="allow"),
            WebRule(hosts=("a.test",), effect="deny", types=("text/html",)),
        )
    ),
    WebRequest(url="http://a.test", content_type="text/plain"),
)
@tries(50)
def test_once_the_type_is_known_no_more_is_allowed_than_before_or_an_approver_allowed(
    web: Web, request: WebRequest
) -> None:
    before = asked(request.model_copy(update={"content_type": None}), web)
    assert asked(request, web) >= before or before == STRICTNESS["ask"]


@given(
    st.lists(RULES, max_size=4),
    FILES,
    WEBS,
    st.lists(RULES, max_size=3),
    FILES,
    WEBS,
    ACTIONS,
    REQUESTS,
)
@pytest.mark.slow
@tries(50)
def test_what_extends_without_widening_never_allows_more(
    rules: list[ShellRule],
    files: Files,
    web: Web,
    more: list[ShellRule],
    other: Files,
    wider: Web,
    action: Any,
    request: WebRequest,
) -> None:
    base = made(rules, files).model_copy(update={"web": web})
    file = made(more, other).model_copy(update={"web": wider})
    narrow, problems = extended(base, file)
    # Where it would widen, what is at fault is left out, as its author would.
    for _ in range(10):
        if not problems:
            break
        blamed = {problem.place[:2] for problem in problems}
        for section, field in blamed:
            part = getattr(file, str(section))
            given = part.model_fields_set - {str(field)}
            kept = type(part)(**{name: getattr(part, name) for name in given})
            fields = {name: getattr(file, name) for name in file.model_fields_set}
            file = Policy(**{**fields, str(section): kept})
        narrow, problems = extended(base, file)
    assert not problems
    assert strictness(action, narrow) >= strictness(action, base)
    assert (
        STRICTNESS[decide_request(request, narrow).verdict]
        >= STRICTNESS[decide_request(request, base).verdict]
    )


@given(REQUESTS | st.builds(WebRequest, url=st.text(max_size=30).map("http://a.test/{}".format)))
@tries(50)
def test_a_canonical_url_is_a_fixed_point(request: WebRequest) -> None:
    try:
        url = canonical_url(request.url)
    except ValueError:
        return
    again = canonical_url(str(url))
    assert (again.scheme, again.host, again.port, again.path, again.query) == (
        url.scheme,
        url.host,
        url.port,
        url.path,
        url.query,
    )


@given(
    st.lists(st.sampled_from(["Control", "Shift", "Alt", "Meta", "ControlOrMeta"]), max_size=3),
    st.sampled_from(["a", "A", "Enter", "+", "F5", "é", ""]),
)
def test_a_canonical_key_is_a_fixed_point(held: list[str], last: str) -> None:
    try:
        keys = canonical_keys("+".join([*held, last]))
    except ValueError:
        return
    assert canonical_keys(keys) == keys
    named = Policy(version=1, name="law", tools=("browser",), keys=Keys(allowed=(keys,)))
    assert strictness(Press(keys="+".join([*held, last])), named) == STRICTNESS["allow"]
