from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from episodes.actions import (
    Action,
    Click,
    ReadFile,
    RunCommand,
    RunProgram,
    Say,
    Target,
    Upload,
    WriteFile,
)
from semantics.reversibility import can_be_undone
from semantics.shell import read_argv, read_command


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("ls -la && cat x | head", True),
        ("cd src; grep -rn x .", True),
        ("git status", True),
        ("cat < x", True),
        ("rm x", False),
        ("ls && /bin/rm -rf build", False),
        ("find . -delete", False),
        ("find . -exec rm {} +", False),
        ("sh -c 'rm x'", False),
        ("git push origin main", False),
        ("git reset --hard", False),
        ("git clean -fd", False),
        ("git branch -D x", False),
        ("git -C x push", None),
        ("git commit -m x", None),
        ("python3 x.py", None),
        ("ls > x", None),
        ("eval rm x", None),
        ("find . -name x", None),
    ],
)
def test_a_command_is_told_by_its_text(command: str, answer: bool | None) -> None:
    assert can_be_undone(RunCommand(command=command), read_command(command)) is answer


def test_a_program_without_a_shell_is_told_likewise() -> None:
    for argv, answer in ((("rm", "x"), False), (("ls",), True), (("python3",), None)):
        assert can_be_undone(RunProgram(argv=argv), read_argv(argv)) is answer


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        (ReadFile(path=PurePosixPath("x")), True),
        (WriteFile(path=PurePosixPath("x"), data=b""), None),
        (Upload(target=Target(ref="e1"), path=PurePosixPath("x")), False),
        (Say(text="x"), False),
        (Click(target=Target(ref="e1")), None),
    ],
)
def test_other_actions_are_told_by_their_kind(action: Action, answer: bool | None) -> None:
    assert can_be_undone(action, None) is answer
