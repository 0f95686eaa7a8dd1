from __future__ import annotations

from typing import Any

import pytest

from taxonomy.missing import missing_name
from taxonomy.texts import quote

CASES = [
    ("cat /srv/a.ini", "cat: /srv/a.ini: No such file or directory\n", True),
    ("ls 'a b' x", "ls: cannot access 'x y': No such file or directory\n", False),
    ("ls data", "ls: cannot access 'data': No such file or directory\n", True),
    ("frobnicate", "bash: line 1: frobnicate: command not found\n", True),
    ("python3 -m nose", "/usr/bin/python3: No module named nose\n", True),
    ("python3 run.py", "ModuleNotFoundError: No module named 'flask'\n", False),
    ("ls --colour-mode", "ls: unrecognized option '--colour-mode'\n", True),
    ("git checkout dev", "error: pathspec 'dev' did not match any file(s) known to git\n", True),
    ("make", "make: cc1: No such file or directory\n", False),
    ("./build", "ld: crt1.o: No such file or directory\n", False),
    ("file x.bin; ./y", "y: cannot open z: No such file or directory\n", False),
    ("pytest", "1 failed\n", False),
]


@pytest.mark.parametrize(("command", "err", "named"), CASES)
def test_name_counts_only_where_the_action_holds_it(
    make: Any, command: str, err: str, named: bool
) -> None:
    trajectory = make.episode(make.shell(command, err=err, code=1))
    evidence = missing_name(trajectory.steps[0])
    assert (evidence is not None) == named
    if evidence is not None:
        assert quote(trajectory, evidence) == err.rstrip("\n")


def test_warning_of_a_command_that_went_well_is_no_failure(make: Any) -> None:
    err = "cat: a: No such file or directory\n"
    assert missing_name(make.episode(make.shell("cat a || true", err=err)).steps[0]) is None


def test_file_that_was_asked_for_and_is_not_there_is_named(make: Any) -> None:
    assert missing_name(make.episode(make.read("/a", None)).steps[0]) is not None
