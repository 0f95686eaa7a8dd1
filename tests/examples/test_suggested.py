"""A policy that was suggested out of real runs, put under the same agents again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from episodes.reader import LogReader

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
# What they start, their agents name: `make` would start compilers that no log knows of.
TASKS = ("clean-csv", "find-duplicates", "read-log", "recover-file", "verify-backup")


def longleash(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("longleash"), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_agents_do_again_under_it_what_they_did(tmp_path: Path) -> None:
    tasks = [ROOT / "examples" / "tasks" / name for name in TASKS]
    run = ["run", *tasks, "--agent", "scripted:solve", "--parallel", "2", "--log"]
    first, second, made = (tmp_path / name for name in ("a.db", "b.db", "made.yaml"))
    assert longleash(*run, first).returncode == 0
    suggested = longleash("policy", "suggest", first, "--out", made)
    assert suggested.returncode == 0, suggested.stderr
    checked = longleash("policy", "check", made)
    assert checked.returncode == 0, checked.stdout
    assert longleash("policy", "backtest", made, first).returncode == 0
    assert longleash(*run, second, "--policy", made).returncode == 0
    with LogReader.open(second) as log:
        rows = log.episodes()
    assert [(row.task, row.reward, row.denials) for row in rows if row.reward != 1.0] == []
    assert len(rows) == len(TASKS)
