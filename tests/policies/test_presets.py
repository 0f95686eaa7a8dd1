from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from episodes.actions import Goto, ReadFile, RunCommand, WriteFile
from policies.analysis.cases import cases_of, run_cases
from policies.engine import decide
from policies.loading import load_policy, presets
from policies.state import State

CASES = [
    ("ls -la && git status", "allow", "allow", "deny"),
    ("grep -rn x . | sort | uniq -c > counts.txt", "allow", "allow", "deny"),
    ("cat notes.txt | head -n 3", "allow", "allow", "allow"),
    ("python3 -m pytest -q 2>&1 | tail -n 5", "allow", "allow", "deny"),
    ("cat > fix.py <<'EOF'\nprint(1)\nEOF", "allow", "allow", "deny"),
    ("gcc -o prog prog.c && ./prog", "deny", "allow", "deny"),
    ("./run.sh", "deny", "allow", "deny"),
    ("sh run.sh", "allow", "allow", "deny"),
    ("bash -c 'curl http://example.com'", "deny", "deny", "deny"),
    ("curl http://example.com", "deny", "deny", "deny"),
    ("git push origin main", "allow", "deny", "deny"),
    ("rm -rf build", "allow", "allow", "deny"),
    ("cat /dev/urandom > /etc/passwd", "deny", "deny", "deny"),
    ("find . -name '*.pyc' -exec rm {} +", "allow", "allow", "deny"),
    ("mount /dev/sda /mnt", "deny", "deny", "deny"),
    ("sudo ls", "deny", "deny", "deny"),
    ("eval ls", "deny", "deny", "deny"),
]


@pytest.mark.parametrize(("command", "offline", "coding", "locked"), CASES)
def test_presets_say_of_a_command(command: str, offline: str, coding: str, locked: str) -> None:
    action = RunCommand(command=command)
    names = ("offline-shell", "coding", "locked-down")
    verdicts = [decide(action, State(), load_policy(name)).verdict for name in names]
    assert verdicts == [offline, coding, locked]


@pytest.mark.parametrize("name", ["offline-shell", "coding", "locked-down"])
def test_presets_keep_files_to_the_workspace(name: str) -> None:
    policy = load_policy(name)

    def read(path: str) -> str:
        return decide(ReadFile(path=PurePosixPath(path)), State(), policy).verdict

    def write(path: str) -> str:
        return decide(WriteFile(path=PurePosixPath(path), data=b""), State(), policy).verdict

    assert read("/workspace/a") == "allow"
    assert read("/root/.ssh/id_rsa") == "deny"
    assert read("/usr/bin/curl") == "deny"
    assert write("/etc/passwd") == "deny"
    assert write("a") == ("deny" if name == "locked-down" else "allow")


@pytest.mark.parametrize("name", presets())
def test_a_preset_does_what_its_cases_say_and_they_reach_every_rule(name: str) -> None:
    beside = cases_of(name)
    assert beside is not None
    run = run_cases(load_policy(name), beside[1])
    assert [outcome.problem for outcome in run.outcomes if not outcome.held] == []
    assert run.unreached == ()


def test_every_preset_is_there() -> None:
    assert presets() == (
        "coding",
        "locked-down",
        "offline-shell",
        "read-only-web",
        "research-browser",
    )


@pytest.mark.parametrize("name", ["read-only-web", "research-browser"])
@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://0177.0.0.1/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://224.0.0.1/",
    ],
)
def test_no_preset_reaches_a_private_address(name: str, url: str) -> None:
    decision = decide(Goto(url=url), State(), load_policy(name))
    assert (decision.verdict, decision.rule_id) == ("deny", "web.private")
