from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
import typer
from click.testing import CliRunner, Result

from episodes.errors import UsageError
from policies.commands import register

OLD = """\
version: 1
name: x
tools: [shell, files, finish]
shell:
  rules:
    - id: look
      programs: [cat, ls]
      effect: allow
files:
  read: [/workspace]
"""
NEW = OLD.replace("[/workspace]", "[/workspace, /etc]").replace("[cat, ls]", "[cat]")
CASES = """\
version: 1
cases:
  - {action: ls, verdict: allow, rule: look}
  - {action: {kind: read_file, path: a}, verdict: allow, rule: "files.read[0]"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW), ("old.cases.yaml", CASES)):
        (tmp_path / name).write_text(text)
    return tmp_path


@cache
def command() -> click.Command:
    app = typer.Typer()
    register(app)
    app.command()(lambda: None)
    return typer.main.get_command(app)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command(), ["policy", *map(str, arguments)])


def test_check_and_test_say_of_good_presets_that_they_are_good() -> None:
    assert run("check", "locked-down").exit_code == 0
    assert run("test", "locked-down").exit_code == 0


def test_check_exits_2_where_one_file_is_wrong_and_names_the_line(folder: Path) -> None:
    bad = folder / "bad.yaml"
    bad.write_text(OLD + "shel: {}\n")
    result = run("check", folder / "old.yaml", bad)
    assert result.exit_code == 2
    assert f"{bad}:11: error: shel: no such key (did you mean 'shell'?)" in result.output


def test_a_case_that_does_not_hold_exits_1_and_says_what_came_instead(folder: Path) -> None:
    assert run("test", folder / "old.yaml").exit_code == 0
    (folder / "new.cases.yaml").write_text(CASES)
    result = run("test", folder / "new.yaml")
    assert result.exit_code == 1
    assert "expected allow by look, got deny by default" in result.output
    assert "files.read[1]: no case reaches it" in result.output
    assert "test: 1 as they should be, 1 errors" in result.output


def test_test_exits_1_where_there_are_no_cases(folder: Path) -> None:
    result = run("test", folder / "new.yaml")
    assert result.exit_code == 1
    assert "no cases beside it" in result.output


def test_diff_exits_1_and_tells_reach_before_commands(folder: Path) -> None:
    result = run("diff", folder / "old.yaml", folder / "new.yaml")
    assert result.exit_code == 1
    reach = result.output.index("newly allowed: reading /etc")
    assert reach < result.output.index("newly denied: ls: allow (look) -> deny (default)")
    assert "in an empty state" in result.output


def test_diff_of_a_policy_with_itself_exits_0(folder: Path) -> None:
    assert run("diff", folder / "old.yaml", folder / "old.yaml").exit_code == 0


def test_diff_fails_on_what_widened_and_not_on_what_narrowed(folder: Path) -> None:
    old, new = folder / "old.yaml", folder / "new.yaml"
    assert run("diff", old, new, "--fail-on", "widened").exit_code == 1
    narrowed = folder / "narrowed.yaml"
    narrowed.write_text(OLD.replace("[cat, ls]", "[cat]"))
    assert run("diff", old, narrowed, "--fail-on", "widened").exit_code == 0
    assert run("diff", old, narrowed).exit_code == 1
    assert run("diff", old, narrowed, "--fail-on", "never").exit_code == 0


def test_an_approval_is_of_exactly_one_widening(folder: Path) -> None:
    old, new = folder / "old.yaml", folder / "new.yaml"
    digest = json.loads(run("diff", old, new, "--json").output)["detail"]["widening"]
    (folder / "new.widenings.yaml").write_text(
        f"version: 1\napproved:\n  - {{digest: '{digest}', reason: read the hosts file}}\n"
    )
    approved = run("diff", old, new, "--fail-on", "widened")
    assert approved.exit_code == 0
    new.write_text(NEW.replace("/etc]", "/etc, /opt]"))
    result = run("diff", old, new, "--fail-on", "widened")
    assert result.exit_code == 1
    assert "to approve exactly this widening" in result.output


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_diff_takes_the_older_one_from_git_with_what_it_extends(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    policies = repository / "policies"
    policies.mkdir(parents=True)
    (policies / "base.yaml").write_text(OLD)
    child = policies / "child.yaml"
    child.write_text("version: 1\nname: child\nextends: ./base.yaml\n")
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "one")
    assert run("diff", child, "--base", "HEAD").exit_code == 0
    (policies / "base.yaml").write_text(NEW)
    result = run("diff", child, "--base", "HEAD", "--fail-on", "widened")
    assert result.exit_code == 1
    assert "newly allowed: reading /etc" in result.output


@pytest.mark.parametrize(
    ("base", "said"),
    [("no-such-branch", "git rev-parse"), ("--output=x", "no commit is called so")],
)
def test_a_base_that_is_no_commit_is_named(tmp_path: Path, base: str, said: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "x.yaml").write_text(OLD)
    result = run("diff", tmp_path / "x.yaml", f"--base={base}")
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_every_output_says_the_same(folder: Path) -> None:
    junit, sarif = folder / "junit.xml", folder / "out.sarif"
    result = run(
        "diff", folder / "old.yaml", folder / "new.yaml", "--json", "--github",
        "--junit", junit, "--sarif", sarif,
    )  # fmt: skip
    report = json.loads(result.stdout)
    errors = [one for one in report["notices"] if one["level"] == "error"]
    assert len(errors) == 2
    suite = ElementTree.parse(junit).getroot()[0]
    assert suite.get("failures") == "2"
    assert len(suite.findall("testcase/failure")) == 2
    found = json.loads(sarif.read_text())
    assert found["version"] == "2.1.0"
    results = found["runs"][0]["results"]
    assert [one["level"] for one in results].count("error") == 2
    ids = {rule["id"] for rule in found["runs"][0]["tool"]["driver"]["rules"]}
    assert {one["ruleId"] for one in results} <= ids
    lines = result.stderr.splitlines()
    assert sum(line.startswith("::error file=") for line in lines) == 2


def test_annotations_cannot_be_broken_out_of(folder: Path) -> None:
    (folder / "new.cases.yaml").write_text(
        'version: 1\ncases:\n  - {action: "echo a\\n::set-output name=x::y", verdict: deny}\n'
    )
    output = run("test", folder / "new.yaml", "--github").output
    assert not any(line.startswith("::set-output") for line in output.splitlines())


def test_a_lock_holds_until_what_it_pins_changes(folder: Path) -> None:
    old = folder / "old.yaml"
    assert run("lock", "--check", old).exit_code == 1
    image = f"base=sha256:{'0' * 64}"
    assert run("lock", old, "--image", image).exit_code == 0
    assert run("lock", "--check", old).exit_code == 0
    assert json.loads((folder / "old.lock.json").read_text())["images"]["base"].endswith("0")
    old.write_text(NEW)
    result = run("lock", "--check", old)
    assert result.exit_code == 1
    assert "policy: sha256:" in result.output


def test_another_image_than_was_pinned_may_allow_more(folder: Path) -> None:
    same = folder / "same.yaml"
    same.write_text(OLD)
    for file, digit in ((folder / "old.yaml", "0"), (same, "1")):
        assert run("lock", file, "--image", f"base=sha256:{digit * 64}").exit_code == 0
    result = run("diff", folder / "old.yaml", same, "--fail-on", "widened")
    assert result.exit_code == 1
    assert "images: newly allowed: the image base" in result.output


def test_explain_names_every_rule_that_matched_and_the_one_that_won() -> None:
    result = run("explain", "git push", "--policy", "coding")
    assert "deny by history-stays" in result.output
    assert "matched: run, history-stays" in result.output


def test_explain_takes_actions_as_json_and_commands_that_look_like_it() -> None:
    read = run("explain", '{"kind": "read_file", "path": "/etc/shadow"}', "--policy", "locked-down")
    assert "deny by default" in read.output
    asked = run("explain", '{"kind": "request", "url": "https://x.com/"}', "--policy", "coding")
    assert "x.com/ is not allowed" in asked.output
    assert "read: program ls" in run("explain", "{ ls; }").output
    wrong = run("explain", '{"kind": "reed_file"}')
    assert isinstance(wrong.exception, UsageError)


def test_explain_tells_what_a_policy_opens_and_what_still_holds() -> None:
    output = run("explain", "--policy", "coding").output
    assert "python3, sqlite3: runs whatever code it is given" in output
    assert "[files.execute[0]] all programs beneath /workspace may run; it may be written" in output
    assert "[history-stays] patterns of arguments: the kernel knows none" in output
    assert "proxy: no host but these is reached: none" in output
