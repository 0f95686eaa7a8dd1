from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from episodes.errors import LongleashError
from episodes.forecasts import Forecast, Premise
from episodes.listing import listing
from episodes.reader import LogReader
from taxonomy.commands import register

ESCAPE = "\x1b[2J\u202etxt"


@pytest.fixture
def log(make: Any, tmp_path: Path) -> Path:
    path: Path = make.log(
        tmp_path / "night.db",
        make.episode(make.shell("ls", "a\n"), make.finish(), success=True),
        make.episode(
            make.denied(f"curl {ESCAPE}"), shown=("r",), success=False, task=f"bad{ESCAPE}"
        ),
    )
    return path


def run(*arguments: object) -> Any:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_tag_prints_one_object_an_episode(log: Path) -> None:
    result = run("tag", log, "--json")
    assert result.exit_code == 0
    good, bad = map(json.loads, result.stdout.splitlines())
    assert set(good) == {
        "episode",
        "source",
        "outcome",
        "steps",
        "critical_step",
        "critical_message_index",
        "critical_mode",
        "critical_probability",
        "marking",
    }
    assert set(bad["steps"][0]) == {
        "index",
        "message_index",
        "agent",
        "event",
        "primary",
        "probability",
        "causes",
        "overlays",
        "impact",
        "gained",
        "evidence",
        "unmarked",
    }
    assert [step["primary"] for step in good["steps"]] == ["exploration", "none"]
    assert bad["steps"][0]["primary"] == "policy_violation"
    assert (good["outcome"], bad["outcome"]) == ("success", "failure")


def test_tag_names_the_critical_step_and_where_it_stands_in_an_imported_file(
    make: Any, tmp_path: Path
) -> None:
    def said(step: Any, at: int) -> Any:
        told = step.provenance.model_copy(update={"message_index": at, "agent": "coder"})
        return step.model_copy(update={"provenance": told})

    steps = [said(make.shell("cat data.csv", "a\n"), 3), said(make.denied(), 5)]
    trajectory = make.episode(*steps, shown=("r",), success=False)
    began = trajectory.started
    origin = began.provenance.model_copy(update={"origin": "chat.json#2"})
    started = began.model_copy(update={"provenance": origin})
    path = make.log(tmp_path / "x.db", trajectory.model_copy(update={"started": started}))
    (found,) = map(json.loads, run("tag", path, "--json").stdout.splitlines())
    assert found["source"] == "chat.json#2"
    assert [step["message_index"] for step in found["steps"]] == [3, 5]
    assert {step["agent"] for step in found["steps"]} == {"coder"}
    assert (found["critical_step"], found["critical_message_index"]) == (1, 5)
    assert found["critical_mode"] == "policy_violation"
    assert 0 < found["critical_probability"] <= 1


def test_tag_says_how_many_it_tagged(log: Path) -> None:
    assert run("tag", log).stdout.startswith("2 episodes tagged")
    assert run("tag", log).stdout.startswith("0 episodes tagged")
    assert run("tag", log, "--again").stdout.startswith("2 episodes tagged")
    assert run("tag", log, "--again", "--episode", "r1-1").stdout.startswith("1 episode ")


def test_tag_says_how_much_an_agent_marks_and_what_that_changes(make: Any, tmp_path: Path) -> None:
    guess = Premise(text="it is there", probability=0.4, source="guessed")
    marked = make.shell("true", forecast=Forecast(premises=(guess,)))
    plain = make.shell("true", forecast=make.forecast(succeeds=0.9))
    path = make.log(tmp_path / "x.db", make.episode(marked, plain, plain, make.finish()))
    told = run("tag", path).stdout.splitlines()
    assert told[1] == (
        "scripted: marked 33% (1 of 3) of its forecasts as a guess or an exploration; with no "
        "forecast read, 0% (0 of 4) of its steps have another cause"
    )
    (found,) = map(json.loads, run("tag", path, "--json").stdout.splitlines())
    assert found["marking"] == {
        "forecasts": 3,
        "marked": 1,
        "rate": pytest.approx(1 / 3),
        "disagreement": 0.0,
    }
    assert [step["unmarked"]["primary"] for step in found["steps"]] == [
        step["primary"] for step in found["steps"]
    ]


def test_tag_refuses_a_refiner_that_cannot_be_before_it_writes_anything(log: Path) -> None:
    for more in (["--refine", "tarot:deck"], ["--refine-price", "1:2"]):
        assert isinstance(run("tag", log, *more).exception, LongleashError)
    assert run("tag", log).stdout.startswith("2 episodes tagged")


def test_report_is_markdown_or_a_page(log: Path, tmp_path: Path) -> None:
    assert run("report", log).stdout.startswith("# Report on `night.db`")
    assert run("report", log, "--html").stdout.startswith("<!doctype html>")
    out = tmp_path / "morning.html"
    assert run("report", log, "--out", out).exit_code == 0
    assert out.read_text().startswith("<!doctype html>")
    assert run("report", log, "--markdown", "--out", out).exit_code == 0
    assert out.read_text().startswith("# Report")


def test_report_refuses_what_it_cannot_do(log: Path, tmp_path: Path) -> None:
    assert isinstance(run("report", log, "--html", "--markdown").exception, LongleashError)
    nowhere = tmp_path / "no" / "where.md"
    problem = run("report", log, "--out", nowhere).exception
    assert isinstance(problem, LongleashError)
    assert "cannot be written" in str(problem)


def test_compare_prints_a_table_or_json(log: Path) -> None:
    text = run("compare", log, log).stdout
    assert "success" in text
    assert "Paired by task" in text
    assert json.loads(run("compare", log, log, "--json").stdout)["a"]["solved"] == 1


def table_of(log: Path, run: str | None = None) -> Table:
    with LogReader.open(log) as reader:
        return listing(reader.episodes(run))


def test_no_agent_text_reaches_a_terminal_as_it_is(log: Path) -> None:
    console = Console(width=200, record=True, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(table_of(log))
    shown = captured.get() + run("report", log).stdout + run("compare", log, log).stdout
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_table_has_a_line_an_episode(log: Path) -> None:
    run("tag", log)
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(table_of(log, "r1"))
    header, good, bad = captured.get().splitlines()
    for name in ("episode", "task", "agent", "steps", "denials", "outcome", "failure modes"):
        assert name in header
    assert "solved" in good
    assert "exploration" in good
    assert "not solved" in bad
    assert "policy_violation" in bad


def test_commands_start_without_what_only_some_of_them_need() -> None:
    heavy = "{'scipy', 'numpy', 'markdown_it', 'sqlite_utils', 'docker'}"
    check = f"import sys, taxonomy.commands; print({heavy} & sys.modules.keys() or '')"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
