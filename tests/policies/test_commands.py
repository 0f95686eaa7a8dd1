from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from policies.commands import register

GOOD = "version: 1\nname: x\ntools: [shell]\n"


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    register(made)

    @made.command()
    def other() -> None:
        """A second command, so that `policy` keeps its name."""

    return made


def test_show_prints_the_rules_and_the_digest(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "show", "offline-shell"])
    assert result.exit_code == 0
    assert "[look] allow: basename" in result.output
    assert "Digest: sha256:" in result.output


def test_show_without_a_name_lists_the_presets(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "show"])
    assert [line.split()[0] for line in result.output.splitlines()] == [
        "coding",
        "locked-down",
        "offline-shell",
    ]


def test_show_as_json_is_the_model(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "show", "--json", "locked-down"])
    assert json.loads(result.output)["name"] == "locked-down"


def test_check_exits_2_where_one_file_is_wrong(app: typer.Typer, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(GOOD + "shel: {}\n")
    assert CliRunner().invoke(app, ["policy", "check", str(good), "coding"]).exit_code == 0
    result = CliRunner().invoke(app, ["policy", "check", str(good), str(bad)])
    assert result.exit_code == 2
    assert "did you mean 'shell'?" in result.output
    assert f"{good}: valid" in result.output
