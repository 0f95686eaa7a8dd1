from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.kernel import kernel_rules
from policies.loading import load_policy, parse_policy, presets
from policies.policy import Policy
from policies.render import describe, rule_ids

Make = Callable[..., Policy]


def test_rights_add_up_on_a_path(policy: Make) -> None:
    made = policy(
        files={
            "read": ["/etc", "/workspace"],
            "write": ["/workspace", "/tmp"],
            "execute": ["/workspace", "/usr/lib/gcc"],
        }
    )
    assert kernel_rules(made).rules == (
        ("r", "/etc"),
        ("rw", "/tmp"),
        ("rx", "/usr/lib/gcc"),
        ("rwx", "/workspace"),
    )


def test_programs_that_may_run_at_all_are_the_kernels(policy: Make) -> None:
    made = policy(
        shell={
            "rules": [
                {"programs": ["b", "a"], "effect": "allow"},
                {"programs": ["asked"], "effect": "ask"},
                {"programs": ["some"], "effect": "allow", "arguments": ["x"]},
                {"programs": ["some", "a"], "effect": "deny", "arguments": ["y"]},
                {"programs": ["never", "b"], "effect": "deny"},
                {"programs": ["never"], "effect": "allow"},
            ]
        }
    )
    assert kernel_rules(made).programs == ("a", "asked", "some")


def test_limits_and_survivors_go_along(policy: Make) -> None:
    made = policy(shell={"survivors": "keep", "environment": ["TZ"]}, limits={"seconds": 7})
    rules = kernel_rules(made)
    assert (rules.survivors, rules.environment, rules.limits.seconds) == ("keep", ("TZ",), 7)


@pytest.mark.parametrize("name", presets())
def test_no_preset_opens_the_systems_programs_or_a_home(name: str) -> None:
    for rights, path in kernel_rules(load_policy(name)).rules:
        assert path not in ("/", "/usr", "/usr/bin", "/bin", "/root", "/home", "/dev", "/sys")
        if "w" in rights:
            assert path.startswith(("/workspace", "/tmp", "/dev/"))


def test_only_coding_runs_what_it_wrote() -> None:
    for name in presets():
        rules = {path: rights for rights, path in kernel_rules(load_policy(name)).rules}
        assert ("x" in rules.get("/workspace", "")) == (name == "coding")


@pytest.mark.parametrize("name", presets())
def test_what_an_agent_is_shown_names_every_rule(name: str) -> None:
    policy = load_policy(name)
    shown = describe(policy)
    for rule_id in rule_ids(policy):
        assert rule_id == "error" or f"[{rule_id}]" in shown
    for rule in policy.shell.rules:
        assert all(program in shown for program in rule.programs)


def test_an_agent_is_shown_every_part_of_the_language() -> None:
    text = """\
version: 1
name: whole
tools: [shell, browser, finish]
shell: {rules: [{id: look, programs: [ls], arguments: ["-l *"], effect: allow, reason: why}]}
files: {read: [/a], write: [/b], execute: [/c], deny: [/b/d]}
web:
  allowedDomains: [e.test]
  deniedDomains: [f.e.test]
  rules:
    - {hosts: [g.test], schemes: [https], ports: [8443], methods: [GET], paths: [/h/**],
       types: [text/html], largest: 99, effect: ask, reason: because}
  private: [10.0.0.0/8]
keys: {allowed: [Enter]}
rates: [{id: slow, programs: [ls], per_second: 0.5, burst: 3}, {denials: true, per_second: 1.0}]
lag: [{kinds: [goto], seconds: 1.0, to_seconds: 2.0}]
budgets: {money: 2.5, irreversible: 0}
"""
    policy = parse_policy(text.encode(), "whole.yaml")
    shown = describe(policy)
    for rule_id in rule_ids(policy):
        assert rule_id == "error" or f"[{rule_id}]" in shown
    for said in (
        "g.test by https on port 8443 with GET under /h/** of type text/html of at most 99 bytes",
        "ls: 0.5 a second, 3 at once",
        "denied actions: 1 a second",
        "goto: each waits 1 to 2 s first",
        "At most 2.5 in all",
        "except 10.0.0.0/8",
    ):
        assert said in shown
