"""The plugin as another project's tests load it: by its entry point, in a pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow  # Each starts a pytest of its own.

POLICY = """
version: 1
name: mine
tools: [shell]
shell:
  rules:
    - {id: look, programs: [ls, cat], effect: allow}
    - {id: no-push, programs: [git], effect: deny, arguments: [push]}
    - {id: careful, programs: [rm], effect: ask}
files:
  read: [/workspace]
"""

CASES = """
version: 1
cases:
  - {action: ls -la, verdict: allow, rule: look}
  - {action: git push origin, verdict: deny, rule: no-push}
"""

# An editable install has a finder of its own, before everything else; an ordinary one has not.
AS_INSTALLED = f"""
import sys

sys.meta_path = [one for one in sys.meta_path if "Editable" not in getattr(one, "__name__", "")]
sys.path.append({str(ROOT)!r})
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs pytest in a project: `project({file: content}, *arguments)`."""

    def run(files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_assertions_hold_a_policy_to_its_word(project):
    tests = """
import pytest

def test_good(assert_allowed, assert_denied, longleash_policy):
    assert longleash_policy.name == "mine"
    assert_allowed("ls -la", "look")
    assert_denied({"kind": "shell", "command": "git push"}, rule="no-push")
    assert assert_denied("cat x > y").verdict == "deny"
    assert_denied("cat > y", cwd="/tmp")

def test_wrongly_allowed(assert_denied):
    assert_denied("ls")

def test_asked_is_not_denied(assert_denied):
    assert_denied("rm x")

def test_by_another_rule(assert_allowed):
    assert_allowed("ls", "careful")

@pytest.mark.longleash_policy("locked-down")
def test_another_policy(assert_denied, longleash_policy):
    assert longleash_policy.name == "locked-down"
    assert_denied("rm x")
"""
    files = {"rules/mine.yaml": POLICY, "test_it.py": tests}
    files["pytest.ini"] = "[pytest]\nlongleash_policy = rules/mine.yaml\n"
    ran = project(files)
    assert "2 passed" in ran.stdout, ran.stdout
    assert "3 failed" in ran.stdout
    assert "mine: expected deny, got allow by look" in ran.stdout
    assert "mine: expected deny, got ask by careful" in ran.stdout
    assert "mine: expected allow by careful, got allow by look" in ran.stdout


def test_the_marker_runs_each_case_as_a_test(project):
    tests = """
import pytest

@pytest.mark.longleash_cases("mine.yaml")
def test_cases():
    pass

@pytest.mark.longleash_cases("mine.yaml")
def test_looks_at_them(longleash_case):
    assert longleash_case.decision.policy_digest
"""
    wrong = CASES + "  - {action: rm x, verdict: allow, rule: careful}\n"
    files = {"mine.yaml": POLICY, "mine.cases.yaml": wrong, "test_it.py": tests}
    ran = project(files)
    assert "4 passed" in ran.stdout, ran.stdout
    assert "2 failed" in ran.stdout
    assert "expected allow by careful, got ask by careful" in ran.stdout
    assert "test_cases[mine.yaml-allow: ls -la]" in ran.stdout


def test_a_policy_without_cases_is_told(project):
    tests = "import pytest\n@pytest.mark.longleash_cases('mine.yaml')\ndef test_it(): pass\n"
    ran = project({"mine.yaml": POLICY, "test_it.py": tests})
    assert ran.returncode != 0
    assert "write mine.cases.yaml" in ran.stdout + ran.stderr


def test_a_policy_that_does_not_validate_is_told_with_its_line(project):
    tests = "def test_it(assert_denied): assert_denied('ls')\n"
    files = {"mine.yaml": POLICY.replace("effect: ask", "effect: aks"), "test_it.py": tests}
    ran = project(files, "--longleash-policy", "mine.yaml")
    assert "mine.yaml:9: shell.rules[2].effect" in ran.stdout, ran.stdout
    assert "(did you mean 'ask'?)" in ran.stdout


def test_without_a_policy_it_says_where_to_name_one(project):
    ran = project({"test_it.py": "def test_it(assert_denied): assert_denied('ls')\n"})
    assert "no policy is named" in ran.stdout


def test_a_folder_of_the_projects_that_stands_before_ours_is_named(project):
    tests = "def test_it(assert_denied): assert_denied('ls')\n"
    files = {"policies/__init__.py": "", "policies/mine.yaml": POLICY, "test_it.py": tests}
    files["conftest.py"] = AS_INSTALLED
    ran = project(files, "--longleash-policy", "policies/mine.yaml")
    assert "stands before Longleash's own package 'policies'" in ran.stdout, ran.stdout


def test_a_folder_of_policies_without_code_is_in_nobodys_way(project):
    tests = "def test_it(assert_denied): assert_denied('curl x')\n"
    files = {"policies/mine.yaml": POLICY, "test_it.py": tests, "conftest.py": AS_INSTALLED}
    ran = project(files, "--longleash-policy", "policies/mine.yaml")
    assert "1 passed" in ran.stdout, ran.stdout


def test_a_project_that_does_not_use_it_pays_nothing(project):
    tests = """
import sys

def test_it():
    assert "longleash_pytest" in sys.modules
    assert not {"policies", "episodes", "semantics", "pydantic"} & set(sys.modules)
"""
    ran = project({"test_it.py": tests})
    assert "1 passed" in ran.stdout, ran.stdout
