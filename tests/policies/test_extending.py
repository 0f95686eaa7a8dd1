from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from episodes.actions import RunCommand
from episodes.errors import PolicyInvalid
from policies.engine import decide
from policies.loading import load_policy, parse_policy
from policies.policy import Policy
from policies.state import State

BASE = """\
version: 1
name: base
tools: [shell, files, browser, finish]
shell:
  rules:
    - {id: look, programs: [ls, cat], effect: allow}
    - {id: log, programs: [git], arguments: [log], effect: allow}
    - {id: no-push, programs: [git], arguments: [push], effect: deny}
  environment: [LANG, TZ]
files: {read: [/etc], write: [/workspace], deny: [/workspace/.env]}
web:
  allowedDomains: ["*.example.com"]
  deniedDomains: [tracker.example.com]
  rules: [{id: wiki, hosts: ["*.wikipedia.org"], effect: allow}]
  private: [10.0.0.0/8]
  forms: ask
keys: {allowed: [Enter, Tab]}
limits: {seconds: 60}
rates: [{id: slow, tools: [shell], per_second: 1.0}]
lag: [{id: lag, kinds: [click], seconds: 1.0}]
budgets: {actions: 100}
review: {ask_at: 0.5}
obligations: {redact: [jwt]}
"""

Extend = Callable[[str], Policy]


@pytest.fixture
def extend(tmp_path: Path) -> Extend:
    (tmp_path / "base.yaml").write_text(BASE)

    def made(text: str) -> Policy:
        head = "version: 1\nname: mine\nextends: ./base.yaml\n"
        return parse_policy((head + text).encode(), str(tmp_path / "mine.yaml"))

    return made


def test_nothing_added_is_the_same_policy_by_another_name(extend: Extend) -> None:
    base = parse_policy(BASE.encode(), "base.yaml")
    made = extend("")
    same = {"name": "base", "extends": None}
    assert made.model_copy(update=same).digest == base.digest
    assert made.digest != base.digest


NARROWER = [
    "tools: [shell, finish]",
    "shell: {rules: [{programs: [cat], effect: deny}]}",
    "shell: {rules: [{programs: [ls, cat], effect: ask}]}",
    "shell: {rules: [{id: look, programs: [ls, cat], effect: allow}]}",
    "shell: {environment: [LANG], survivors: kill, not_understood: deny}",
    "files: {read: [/etc/ssl, /workspace/a], write: [/workspace/b], deny: [/workspace/c]}",
    "web: {allowedDomains: [a.example.com, '*.b.example.com'], deniedDomains: [x.example.com]}",
    "web: {rules: [{hosts: [de.wikipedia.org], effect: ask}]}",
    "web: {rules: [{hosts: ['*'], methods: [POST], effect: deny}], private: [10.1.0.0/16]}",
    "web: {forms: deny}",
    "keys: {allowed: [Tab], gestures: []}",
    "keys: {per_second: 2.0}",
    "limits: {seconds: 30, steps: 10}",
    "rates: [{hosts: ['*'], per_second: 5.0}]",
    "lag: [{kinds: [goto], seconds: 0.1}]",
    "budgets: {actions: 99, money: 1.0}",
    "review: {ask_at: 0.4, deny_at: 0.9}",
    "obligations: {redact: [email], notify: [deny]}",
]


@pytest.mark.parametrize("text", NARROWER)
def test_what_narrows_is_taken(extend: Extend, text: str) -> None:
    extend(text)


WIDER = [
    ("tools: [shell, processes]", "tools", 4),
    ("shell:\n  rules:\n    - {programs: [rm], effect: allow}", "shell.rules", 6),
    ("shell: {rules: [{programs: [rm], effect: ask}]}", "shell.rules", 4),
    ("shell: {rules: [{programs: [git], effect: ask}]}", "shell.rules", 4),
    ("shell: {rules: [{id: no-push, programs: [sl], effect: deny}]}", "shell.rules", 4),
    ("shell: {environment: [LANG, LC_ALL]}", "shell.environment", 4),
    ("shell: {survivors: keep}", "shell.survivors", 4),
    ("shell: {not_understood: ask}", "shell.not_understood", 4),
    ("files: {read: [/]}", "files.read", 4),
    ("files: {write: [/etc]}", "files.write", 4),
    ("files: {execute: [/workspace]}", "files.execute", 4),
    ("web: {allowedDomains: [example.com]}", "web.allowedDomains", 4),
    ("web: {allowedDomains: ['*']}", "web.allowedDomains", 4),
    ("web: {rules: [{hosts: [a.test], effect: ask}]}", "web.rules", 4),
    ("web: {private: [127.0.0.1]}", "web.private", 4),
    ("web: {private: [10.0.0.0/7]}", "web.private", 4),
    ("web: {private: [localhost]}", "web.private", 4),
    ("web: {forms: allow}", "web.forms", 4),
    ("keys: {allowed: [F12]}", "keys.allowed", 4),
    ("keys: {gestures: [right_click]}", "keys.gestures", 4),
    ("limits: {seconds: 61}", "limits.seconds", 4),
    ("budgets: {actions: null}", "budgets.actions", 4),
    ("review: {ask_at: 0.6}", "review.ask_at", 4),
    ("review: {override: approver}", "review.override", 4),
]


@pytest.mark.parametrize(("text", "field", "line"), WIDER)
def test_what_widens_is_refused_with_its_line(
    extend: Extend, text: str, field: str, line: int
) -> None:
    with pytest.raises(PolicyInvalid) as raised:
        extend(text)
    assert f"mine.yaml:{line}: {field}" in str(raised.value)
    assert "allows more than base: there it is" in str(raised.value) or f"field: {field}" in str(
        raised.value
    )


@pytest.mark.parametrize(("text", "field", "line"), WIDER)
def test_what_widens_is_taken_where_it_says_so_with_a_reason(
    extend: Extend, text: str, field: str, line: int
) -> None:
    extend(f"{text}\nwiden: [{{field: {field}, reason: it is needed}}]")
    section = field.split(".")[0]
    extend(f"{text}\nwiden: [{{field: {section}, reason: it is needed}}]")


def test_denials_rates_and_duties_add_up(extend: Extend) -> None:
    made = extend(
        "web: {deniedDomains: [x.test]}\nfiles: {deny: [/workspace/k]}\n"
        "rates: [{hosts: ['*'], per_second: 5.0}]\nobligations: {redact: [email]}\n"
    )
    assert made.web.deniedDomains == ("tracker.example.com", "x.test")
    assert made.files.deny == (PurePosixPath("/workspace/.env"), PurePosixPath("/workspace/k"))
    assert [rate.id for rate in made.rates] == ["slow", None]
    assert made.obligations.redact == ("jwt", "email")


def test_a_denial_is_dropped_only_where_widening_is_said(extend: Extend) -> None:
    text = "files: {deny: [/workspace/k]}\n"
    widened = extend(text + "widen: [{field: files.deny, reason: the file is public}]\n")
    assert widened.files.deny == (PurePosixPath("/workspace/k"),)


def test_a_rule_of_the_same_id_takes_the_others_place(extend: Extend) -> None:
    made = extend(
        "shell:\n  rules:\n"
        "    - {id: no-push, programs: [git], arguments: [push --force], effect: deny}\n"
        "widen: [{field: shell.rules, reason: pushing is needed}]\n"
    )
    assert [rule.id for rule in made.shell.rules] == ["look", "log", "no-push"]
    assert decide(RunCommand(command="git push --force"), State(), made).rule_id == "no-push"
    assert decide(RunCommand(command="git push"), State(), made).rule_id == "default"


def test_leave_that_is_not_needed_is_refused(extend: Extend) -> None:
    with pytest.raises(PolicyInvalid, match=r"widen\[0\].field: files.read allows no more"):
        extend("files: {read: [/etc]}\nwiden: [{field: files.read, reason: old}]\n")
    with pytest.raises(PolicyInvalid, match=r"widen: it extends nothing"):
        parse_policy((BASE + "widen: [{field: files, reason: x}]\n").encode(), "a.yaml")


def test_a_preset_can_be_extended_by_name() -> None:
    text = b"version: 1\nname: mine\nextends: coding\ntools: [shell]\n"
    made = parse_policy(text, "mine.yaml")
    assert made.files == load_policy("coding").files
    assert made.tools == ("shell",)


@pytest.mark.parametrize(
    "named",
    ["../base.yaml", "/etc/passwd", "/etc/x.yaml", "./a/../../b.yaml", "./base.txt"],
)
def test_only_files_beside_it_can_be_extended(extend: Extend, named: str) -> None:
    with pytest.raises(PolicyInvalid, match=r"mine.yaml:3: extends: a file is named"):
        parse_policy(f"version: 1\nname: mine\nextends: {named}\n".encode(), "mine.yaml")


def test_what_is_not_there_or_broken_is_told_with_both_places(tmp_path: Path) -> None:
    text = b"version: 1\nname: mine\nextends: ./other.yaml\n"
    with pytest.raises(PolicyInvalid, match=r"mine.yaml:3: extends: .*other.yaml: cannot be read"):
        parse_policy(text, str(tmp_path / "mine.yaml"))
    (tmp_path / "other.yaml").write_text("version: 1\n")
    with pytest.raises(PolicyInvalid, match=r"mine.yaml:3: extends: .*other.yaml:1: name: missing"):
        parse_policy(text, str(tmp_path / "mine.yaml"))
    with pytest.raises(PolicyInvalid, match=r"extends: no policy is called 'codnig'"):
        parse_policy(b"version: 1\nname: mine\nextends: codnig\n", "mine.yaml")


def test_circles_and_long_chains_end(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nname: a\nextends: ./b.yaml\n")
    (tmp_path / "b.yaml").write_text("version: 1\nname: b\nextends: ./a.yaml\n")
    with pytest.raises(PolicyInvalid, match="cut the circle"):
        load_policy(tmp_path / "a.yaml")
    for at in range(20):
        text = f"version: 1\nname: c\nextends: ./c{at + 1}.yaml\n"
        (tmp_path / f"c{at}.yaml").write_text(text)
    with pytest.raises(PolicyInvalid, match="chain"):
        load_policy(tmp_path / "c0.yaml")


def test_ids_that_meet_are_told(extend: Extend) -> None:
    with pytest.raises(PolicyInvalid, match="'slow' is the id of another rule"):
        extend("shell: {rules: [{id: slow, programs: [cat], effect: deny}]}\n")
