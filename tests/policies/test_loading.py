from __future__ import annotations

from pathlib import Path

import pytest

from episodes.errors import PolicyInvalid
from policies.loading import load_policy, parse_policy, presets

HEAD = "version: 1\nname: x\ntools: [shell]\n"
RULE = HEAD + "shell:\n  rules:\n  - "

WRONG = [
    ("", ":1:", "holds no keys"),
    ("- a\n", ":1:", "such as `version: 1`"),
    ("version: 2\nname: x\ntools: []\n", ":1: version:", "is not 1; write 1"),
    ("name: x\ntools: []\n", ": version:", "write `version: 1`"),
    ("version: 1\nname: X Y\ntools: []\n", ":2: name:", "offline-shell"),
    ("version: 1\nname: x\ntools: [shel]\n", ":3: tools[0]:", "did you mean 'shell'?"),
    (HEAD + "shel: {}\n", ":4: shel:", "did you mean 'shell'?"),
    (HEAD + "shell: [a]\n", ":4: shell:", "keys with values"),
    (HEAD + "shell: {rules: {}}\n", ":4: shell.rules:", "a list is needed"),
    (RULE + "programs: [ls]\n    efect: allow\n", ":7: shell.rules[0].efect:", "'effect'"),
    (RULE + "programs: [ls]\n", ":6: shell.rules[0].effect:", "write `effect: allow`"),
    (RULE + "programs: [ls]\n    effect: alow\n", ":7: shell.rules[0].effect:", "'allow'"),
    (RULE + "programs: [yes]\n    effect: allow\n", ":6: shell.rules[0].programs[0]:", "quotes"),
    (RULE + "programs: [/bin/ls]\n    effect: allow\n", "programs[0]:", "a bare name"),
    (RULE + "programs: ['*']\n    effect: allow\n", "programs[0]:", "name each program"),
    (RULE + "programs: []\n    effect: allow\n", ":6: shell.rules[0].programs:", "at least one"),
    (
        RULE + "{programs: [a], effect: deny, arguments: [' ']}\n",
        ":6: shell.rules[0].arguments[0]:",
        "'remote add *'",
    ),
    (
        RULE + "{programs: [a], effect: deny, id: b}\n  - {programs: [a], effect: ask, id: b}\n",
        ":7: shell.rules[1].id:",
        "choose another",
    ),
    (RULE + "{programs: [a], effect: deny, id: default}\n", ":6:", "choose another"),
    (HEAD + "shell: {environment: [PATH]}\n", "shell.environment[0]:", "leave it out"),
    (HEAD + "shell: {survivors: no}\n", "shell.survivors:", "`kill`"),
    (HEAD + "files: {read: [workspace]}\n", ":4: files.read[0]:", "'/workspace'"),
    (HEAD + "files: {read: [/a/../b]}\n", ":4: files.read[0]:", "write '/b'"),
    (HEAD + "files: {read: [/a/]}\n", ":4: files.read[0]:", "write '/a'"),
    (HEAD + "files: {read: ['/a/*']}\n", ":4: files.read[0]:", "name a directory"),
    (HEAD + "files: {read: [/proc/self/root]}\n", ":4: files.read[0]:", "name the file itself"),
    (HEAD + "files: {read: [1]}\n", ":4: files.read[0]:", "a text is needed"),
    (HEAD + "limits:\n  second: 60\n", ":5: limits.second:", "did you mean 'seconds'?"),
    (HEAD + "limits: {seconds: 0}\n", ":4: limits.seconds:", "equal to 1"),
    (HEAD + "limits: {seconds: 1.5}\n", ":4: limits.seconds:", "a whole number"),
    (HEAD + "limits: {seconds: '60'}\n", ":4: limits.seconds:", "a whole number"),
    (HEAD + "limits: {seconds: .nan}\n", ":4: limits.seconds:", "whole number"),
    (HEAD + f"limits: {{seconds: {'9' * 9000}}}\n", ":4:", "shorten it"),
    (HEAD + "name: y\n", ":4: name:", "also given in line 2"),
    (HEAD + "description: &a x\n", ":4:", "an anchor"),
    (HEAD + "description: *a\n", ":4:", "an alias"),
    (HEAD + "description: !!python/object:os.system x\n", ":4:", "a tag"),
    (HEAD + "description: 2020-01-01\n", ":4:", "put it in quotes"),
    (HEAD + "? [a]\n: b\n", ":4:", "write `key: value`"),
    (HEAD + "files: {read: [/a\n", ":5:", "not YAML"),
    (HEAD + "description: \x01\n", ":4:", "control characters"),
    (HEAD + 'description: "\\uD800"\n', ":4:", "not YAML"),
    (HEAD + "shell: " + "[" * 2000 + "\n", ":4:", "deeper than"),
    (HEAD + "#" * 1_100_000, "test.yaml:", "larger than"),
]


@pytest.mark.parametrize(("text", "where", "what"), WRONG)
def test_a_wrong_file_gets_its_place_and_what_to_write(text: str, where: str, what: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text.encode(), "test.yaml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith("test.yaml:")
    assert where in first
    assert what in first
    assert len(first) < 400
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_utf8_gets_its_line() -> None:
    with pytest.raises(PolicyInvalid, match=r"test\.yaml:2: not UTF-8"):
        parse_policy(b"version: 1\nname: \xff\n", "test.yaml")


def test_every_mistake_is_told_at_once() -> None:
    text = HEAD + "files: {read: [a, /b], write: [c]}\nlimits: {second: 1}\n"
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text.encode(), "test.yaml")
    assert len(str(caught.value).splitlines()) == 3


def test_a_minimal_policy_is_accepted() -> None:
    policy = parse_policy(HEAD.encode(), "test.yaml")
    assert policy.tools == ("shell",)
    assert policy.shell.not_understood == "deny"


def test_a_policy_file_is_loaded_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD)
    assert load_policy(file) == load_policy(str(file)) == parse_policy(HEAD.encode(), "x")


def test_a_missing_file_and_a_misspelled_preset_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match=r"did you mean 'offline-shell'\?"):
        load_policy("ofline-shell")
    with pytest.raises(PolicyInvalid, match=r"nowhere\.yaml: cannot be read"):
        load_policy(str(tmp_path / "nowhere.yaml"))
    with pytest.raises(PolicyInvalid, match="cannot be read"):
        load_policy(tmp_path)


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(PolicyInvalid, match="larger than"):
        load_policy("/dev/zero")


@pytest.mark.parametrize("name", presets())
def test_presets_load_under_their_own_name(name: str) -> None:
    assert load_policy(name).name == name


def test_the_digest_changes_with_any_rule_and_with_nothing_else() -> None:
    plain = parse_policy(HEAD.encode(), "a.yaml")
    commented = parse_policy(("# why\n" + HEAD + "limits: {seconds: 60}\n").encode(), "b.yaml")
    wider = parse_policy((HEAD + "files: {read: [/etc]}\n").encode(), "c.yaml")
    assert plain.digest == commented.digest
    assert plain.digest != wider.digest
    assert plain.model_copy(update={"files": wider.files}).digest == wider.digest


def test_every_field_has_an_example_that_validates() -> None:
    from policies.policy import Policy
    from policies.rules import Files, Limits, Shell, ShellRule

    for model in (Policy, Shell, ShellRule, Files, Limits):
        for name, field in model.model_fields.items():
            assert field.examples, f"{model.__name__}.{name}"
            assert field.description, f"{model.__name__}.{name}"


def test_a_mistake_behind_two_thousand_rules_is_found() -> None:
    rule = "  - {programs: [p], effect: allow}\n"
    text = HEAD + "shell:\n  rules:\n" + rule * 2_000 + "  - {program: [p]}\n"
    with pytest.raises(PolicyInvalid, match="did you mean 'programs'"):
        parse_policy(text.encode(), "test.yaml")


def test_the_examples_of_the_manual_are_valid() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    parts = manual.split("```yaml\n")[1:]
    examples = [parse_policy(part.split("```")[0].encode(), "policy.md") for part in parts]
    assert [policy.name for policy in examples] == ["notes", "build-only"]
