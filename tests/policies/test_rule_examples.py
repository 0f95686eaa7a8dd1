from __future__ import annotations

import pytest

from episodes.errors import PolicyInvalid
from policies.loading import parse_policy

HEAD = "version: 1\nname: a\ntools: [shell]\n"
SHELL = "shell:\n  rules:\n    - programs: [git]\n      arguments: ['log *']\n      effect: allow\n"
WEB = "web:\n  rules:\n    - hosts: ['*.b.test']\n      paths: [/x/**]\n      effect: deny\n"


@pytest.mark.parametrize(
    "text",
    [
        SHELL + "      match: ['git log -3', 'ls && /usr/bin/git log x']\n",
        SHELL + "      not_match: ['git log', 'git push x', 'eval git log x']\n",
        WEB + "      match: ['https://a.b.test/x/y']\n",
        WEB + "      not_match: ['https://b.test/x/y', 'https://a.b.test/y', 'no url']\n",
    ],
)
def test_examples_that_hold_are_taken(text: str) -> None:
    parse_policy((HEAD + text).encode(), "a.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHELL + "      match: ['git push x']\n", "a.yaml:9: shell.rules[0].match[0]: the rule do"),
        (SHELL + "      match: ['eval x']\n", "does not match 'eval x'"),
        (SHELL + "      not_match: [ls, git log x]\n", "not_match[1]: the rule matches"),
        (WEB + "      match: ['https://b.test/x/y']\n", "web.rules[0].match[0]: the rule does not"),
        (WEB + "      not_match: ['https://a.b.test/x/']\n", "not_match[0]: the rule matches"),
    ],
)
def test_an_example_that_does_not_hold_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PolicyInvalid) as raised:
        parse_policy((HEAD + text).encode(), "a.yaml")
    assert said in str(raised.value)


def test_too_many_examples_are_refused() -> None:
    text = SHELL + f"      match: [{', '.join(['git log x'] * 201)}]\n"
    with pytest.raises(PolicyInvalid, match="201 examples"):
        parse_policy((HEAD + text).encode(), "a.yaml")
