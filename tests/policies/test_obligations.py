from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from episodes.actions import Action, ReadFile, RunCommand
from policies.engine import decide, decide_request
from policies.policy import Policy
from policies.request import WebRequest
from policies.state import State

Make = Callable[..., Policy]

DUTIES = {
    "redact": ["private_key"],
    "redact_patterns": ["sk-live-*"],
    "snapshot": ["read_file", "irreversible"],
    "notify": ["deny", "irreversible"],
}
SECTIONS = {
    "shell": {"rules": [{"programs": ["ls", "rm"], "effect": "allow"}]},
    "files": {"read": ["/workspace"]},
    "web": {"allowedDomains": ["a.test"]},
    "obligations": DUTIES,
}


def duties(action: Action, policy: Policy) -> list[tuple[str, str]]:
    return [(duty.kind, duty.detail) for duty in decide(action, State(), policy).obligations]


REDACTED = [("redact", "private_key"), ("redact", "sk-live-*")]


def test_what_is_allowed_is_redacted(policy: Make) -> None:
    assert duties(RunCommand(command="ls"), policy(**SECTIONS)) == REDACTED


def test_a_snapshot_is_taken_before_the_kinds_that_are_named(policy: Make) -> None:
    read = ReadFile(path=PurePosixPath("a"))
    assert duties(read, policy(**SECTIONS)) == [*REDACTED, ("snapshot", "read_file")]


def test_what_cannot_be_undone_is_kept_and_told(policy: Make) -> None:
    assert duties(RunCommand(command="ls; rm x"), policy(**SECTIONS)) == [
        *REDACTED,
        ("snapshot", "irreversible"),
        ("notify", "irreversible"),
    ]


def test_of_what_is_denied_only_the_denial_is_told(policy: Make) -> None:
    assert duties(RunCommand(command="git x"), policy(**SECTIONS)) == [("notify", "deny")]


def test_a_request_has_no_duty_but_telling(policy: Make) -> None:
    made = policy(**SECTIONS)
    denied = decide_request(WebRequest(url="https://b.test/"), made)
    assert [(duty.kind, duty.detail) for duty in denied.obligations] == [("notify", "deny")]
    assert decide_request(WebRequest(url="https://a.test/"), made).obligations == ()


def test_a_policy_without_duties_puts_none_on_anything(policy: Make) -> None:
    made = policy(**{**SECTIONS, "obligations": {}})
    assert duties(RunCommand(command="rm x"), made) == []
