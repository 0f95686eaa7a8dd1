from __future__ import annotations

import pytest

from episodes.errors import PolicyInvalid
from policies.engine import decide_request
from policies.loading import parse_policy
from policies.request import WebRequest

HEAD = "version: 1\nname: hostile\ntools: [shell, browser]\n"
RULE = "    - {programs: [ls], effect: allow}\n"
FILES = {
    "ten megabytes": ("#" * 10_000_000, "larger than"),
    "keys without end": ("".join(f"k{n}: 1\n" for n in range(50_000)), "more than 1000 keys"),
    "nested lists": ("x: " + "[" * 300_000, "a.yaml:4: deeper than"),
    "nested keys": ("x: " + "{a: " * 100_000, "a.yaml:4: deeper than"),
    "aliases": ("a: &a [x]\nb: [*a, *a]\n", "a.yaml:4: an anchor"),
    "an alias alone": ("a: *a\n", "an alias"),
    "a tag": ("a: !!python/object:os.system {}\n", "a.yaml:4: a tag"),
    "a key twice": ("files: {}\n" * 9_000, "a.yaml:5: files: also given in line 4"),
    "a second document": ("---\nversion: 1\n", "a.yaml:4: a second document"),
    "a long number": (f"limits: {{seconds: {'9' * 300_000}}}\n", "a.yaml:4: a number"),
    "no number": ("rates: [{tools: [shell], per_second: .inf}]\n", "rates[0].per_second"),
    "too many rules": ("shell:\n  rules:\n" + RULE * 10_001, "shell.rules"),
    "every rule wrong": (
        "shell:\n  rules:\n" + "    - {program: [x]}\n" * 3_000,
        "at least 980 more",
    ),
    "deep braces": (
        "web: {rules: [{hosts: [a.b], effect: deny, paths: ['/" + "{a," * 20 + "}" * 20 + "']}]}",
        "braces lie over",
    ),
    "a long pattern": (
        f"shell: {{rules: [{{programs: [ls], effect: deny, arguments: [{'a' * 2_000}]}}]}}\n",
        "over 1024 characters",
    ),
    "a zero byte": ("x: \0\n", "not YAML"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_with_its_place(name: str) -> None:
    text, said = FILES[name]
    with pytest.raises(PolicyInvalid) as raised:
        parse_policy((HEAD + text).encode(), "a.yaml")
    assert said in str(raised.value)
    assert str(raised.value).startswith("a.yaml:")
    assert len(str(raised.value)) < 10_000


def test_patterns_that_would_take_for_ever_deny() -> None:
    rule = f"    - {{hosts: ['*'], effect: deny, paths: ['/{'**a' * 300}b']}}\n"
    policy = parse_policy((HEAD + "web:\n  rules:\n" + rule * 500).encode(), "a.yaml")
    decision = decide_request(WebRequest(url="https://x.test/" + "ab" * 2_000), policy)
    assert (decision.verdict, decision.rule_id) == ("deny", "error")
    quick = decide_request(WebRequest(url="https://x.test/"), policy)
    assert (quick.verdict, quick.rule_id) == ("deny", "default")
