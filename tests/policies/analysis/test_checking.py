from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from policies.analysis.checking import problems
from policies.analysis.opens import facts, opened_by
from policies.analysis.places import Places
from policies.loading import load_policy, presets


def found(tmp_path: Path, **sections: object) -> set[tuple[str, str, str]]:
    file = tmp_path / "x.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "name": "x", "tools": ["shell"], **sections}))
    policy = load_policy(file)
    return {
        (one.level, one.code, one.where)
        for one in problems(policy, Places(str(file), policy))
        if one.level != "note"
    }


def allow(*programs: str, **more: object) -> dict[str, object]:
    return {"programs": list(programs), "effect": "allow", **more}


def deny(*programs: str, **more: object) -> dict[str, object]:
    return {"programs": list(programs), "effect": "deny", **more}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            {"shell": {"rules": [allow("ls"), deny("ls")]}},
            {("error", "shadowed", "shell.rules[0]")},
        ),
        ({"shell": {"rules": [allow("ls"), deny("ls", arguments=["-l"])]}}, set()),
        (
            {"shell": {"rules": [allow("ls", arguments=["-l*"]), deny("ls", arguments=["-*"])]}},
            {("error", "shadowed", "shell.rules[0]")},
        ),
        (
            {"shell": {"rules": [allow("ls"), allow("ls", "cat")]}},
            {("warning", "repeated", "shell.rules[1]")},
        ),
        (
            {"web": {"allowedDomains": ["a.b.com"], "deniedDomains": ["*.b.com"]}},
            {("error", "shadowed", "web.allowedDomains[0]")},
        ),
        ({"web": {"allowedDomains": ["*.b.com"], "deniedDomains": ["a.b.com"]}}, set()),
        (
            {
                "web": {
                    "rules": [
                        {"hosts": ["a.com"], "methods": ["GET"], "effect": "allow"},
                        {"hosts": ["*"], "effect": "deny"},
                    ]
                }
            },
            {("error", "shadowed", "web.rules[0]")},
        ),
        (
            {"web": {"rules": [{"hosts": ["10.0.0.1"], "effect": "allow"}]}},
            {("error", "shadowed", "web.rules[0]")},
        ),
        (
            {"files": {"read": ["/a/b"], "deny": ["/a"]}},
            {("error", "shadowed", "files.read[0]")},
        ),
        ({"web": {"allowedDomains": ["*.com"]}}, {("error", "broad", "web.allowedDomains[0]")}),
        (
            {"web": {"allowedDomains": ["*.github.io"]}},
            {("error", "broad", "web.allowedDomains[0]")},
        ),
        ({"web": {"allowedDomains": ["*.example.com"]}}, set()),
        ({"web": {"allowedDomains": ["*"]}}, {("error", "broad", "web.allowedDomains[0]")}),
        (
            {"web": {"rules": [{"hosts": ["*"], "methods": ["GET"], "effect": "allow"}]}},
            set(),
        ),
        ({"files": {"read": ["/"]}}, {("error", "broad", "files.read[0]")}),
        ({"files": {"write": ["/etc/x"]}}, {("warning", "broad", "files.write[0]")}),
        (
            {"tools": ["files"], "shell": {"rules": [allow("ls")]}},
            {("error", "shadowed", "shell.rules")},
        ),
    ],
)
def test_rules_that_never_decide_or_are_wider_than_they_look_are_found(
    tmp_path: Path, sections: dict[str, object], expected: set[tuple[str, str, str]]
) -> None:
    assert found(tmp_path, **sections) == expected


@pytest.mark.parametrize("name", presets())
def test_no_preset_has_a_rule_that_never_decides_or_is_wider_than_it_looks(name: str) -> None:
    policy = load_policy(name)
    assert not [one for one in problems(policy, Places(name, policy)) if one.level == "error"]


def test_a_notice_names_the_line_of_the_rule(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "version: 1\nname: x\ntools: [shell]\nshell:\n  rules:\n"
        "    - {programs: [ls], effect: deny}\n"
        "    - {id: list, programs: [ls], effect: allow}\n"
    )
    policy = load_policy(file)
    (one,) = problems(policy, Places(str(file), policy))
    assert (one.where, one.line) == ("list", 7)


@pytest.mark.parametrize(
    ("program", "kind"), [("python3", "interprets"), ("find", "runs"), ("curl", "connects")]
)
def test_what_programs_open_is_known(program: str, kind: str) -> None:
    assert kind in opened_by(program)
    assert opened_by("ls") == ()


def test_each_fact_names_its_source() -> None:
    assert all(group.source for group in facts().groups)
