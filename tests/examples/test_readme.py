"""What the pages say holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from longleash import Sandbox
from policies.loading import load_policy

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)


def test_every_test_that_the_security_model_names_exists() -> None:
    page = (ROOT / "docs/security-model.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) >= 20
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []


def test_every_page_that_a_page_links_to_exists() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_policy_on_the_page_is_the_one_of_the_example() -> None:
    written = (ROOT / "examples/tasks/read-log/policy.yaml").read_text()
    shown = [block for block in blocks("docs/tasks.md", "yaml") if "tools:" in block]
    assert [line for line in written.splitlines() if not line.strip().startswith("#")] == (
        shown[0].splitlines()
    )


def test_every_preset_that_a_page_names_exists() -> None:
    for name in ("offline-shell", "coding", "locked-down"):
        assert load_policy(name).name == name


@pytest.mark.docker
def test_the_readmes_python_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = blocks("README.md", "python")
    monkeypatch.chdir(tmp_path)
    said = re.findall(r'^ +step\.decision\.verdict +# "(\w+)"', code, re.M)
    asked = re.sub(r"^( +)(step\.decision\.verdict).*$", r"\1verdicts.append(\2)", code, flags=re.M)
    found: dict[str, list[str]] = {"verdicts": []}
    exec(compile(asked, "README.md", "exec"), found)
    assert found["verdicts"] == said == ["allow", "deny"]


@pytest.mark.docker
def test_a_box_has_no_network_but_its_loopback(tmp_path: Path) -> None:
    with Sandbox(policy="offline-shell", log=tmp_path / "x.db") as box:
        interfaces = box.shell("cat /proc/net/dev").observation
        outside = box.shell(
            "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)'"
        ).observation
        inside = box.shell(
            'python3 -c \'import socket; s = socket.create_server(("127.0.0.1", 0)); '
            "socket.create_connection(s.getsockname(), 2); print(1)'"
        ).observation
    names = [line.split(":")[0].strip() for line in interfaces.stdout.splitlines()[2:]]
    assert names == ["lo"]
    assert "unreachable" in outside.stderr
    # The control: the loopback works.
    assert inside.exit_code == 0
