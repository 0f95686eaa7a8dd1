"""The front door: the public names, and the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import longleash

LONGLEASH = Path(sys.executable).with_name("longleash")


def python(program: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=cwd
    )
    return done.stdout.strip()


def test_the_public_names_are_these() -> None:
    names = ["Sandbox", "__version__", "go_on", "main", "pause", "stop"]
    assert sorted(longleash.__all__) == names
    assert all(getattr(longleash, name) for name in longleash.__all__)


def test_a_name_that_is_not_there_is_told_by_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Sandbux'"):
        longleash.Sandbux  # noqa: B018


def test_it_is_light_to_import(tmp_path: Path) -> None:
    heavy = ("docker", "pydantic", "rich", "typer", "sqlite_utils", "scipy", "tree_sitter")
    program = f"import sys, longleash; print([name for name in {heavy} if name in sys.modules])"
    assert python(program, tmp_path) == "[]"


@pytest.mark.slow
def test_the_command_lists_what_there_is() -> None:
    done = subprocess.run([LONGLEASH, "--help"], capture_output=True, text=True, check=True)
    for command in ("run", "stop", "up", "doctor", "clean", "init-task", "show", "verify"):
        assert command in done.stdout


@pytest.mark.slow
def test_a_folder_of_the_users_does_not_stand_in_for_a_package_of_ours(tmp_path: Path) -> None:
    for name in ("episodes", "sandbox", "policies", "taxonomy", "containers", "semantics"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('taken')\n")
    answer = subprocess.run(
        [LONGLEASH, "init-task", "mine"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "mine" / "task.yaml").is_file()


@pytest.mark.slow
def test_an_error_of_ours_is_a_message_and_its_exit_code(tmp_path: Path) -> None:
    answer = subprocess.run(
        [LONGLEASH, "verify", tmp_path / "gone.db"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("longleash: ")
    assert "there is no such log" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.slow
def test_terminal_escapes_in_what_was_named_do_not_reach_the_terminal(tmp_path: Path) -> None:
    answer = subprocess.run(
        [LONGLEASH, "verify", tmp_path / "a\x1b[31mb.db"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "\x1b" not in answer.stderr
