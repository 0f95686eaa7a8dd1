from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from policies.commands import register
from policies.loading import presets


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
    assert tuple(line.split()[0] for line in result.output.splitlines()) == presets()


def test_show_as_json_is_the_model(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "show", "--json", "locked-down"])
    assert json.loads(result.output)["name"] == "locked-down"
