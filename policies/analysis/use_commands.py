"""`longleash policy backtest|suggest`: policies against what agents did."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from episodes.errors import UsageError
from policies.analysis.analysis_commands import AsJson, Github, Junit, Sarif, also
from policies.loading import load_policy

Logs = Annotated[list[Path], typer.Argument(help="Logs; they are only read.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Adds these commands to `longleash policy`."""
    for command in (backtest, suggest):
        app.command()(command)


def backtest(
    policy: Annotated[str, typer.Argument(help="A preset's name or a file.", show_default=False)],
    logs: Logs,
    as_json: AsJson = False,
    junit: Junit = None,
    sarif: Sarif = None,
    github: Github = False,
) -> None:
    """Judge every logged action again; exit 1 where a verdict would be another.

    It speaks of the actions seen; 'longleash policy diff' compares policies over all of them.
    """
    from policies.analysis.backtest import backtest as judge_again
    from policies.analysis.backtest_text import backtest_report, told

    judged_by = load_policy(policy)
    found = judge_again(judged_by, logs, os.cpu_count() or 1)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json")))
    else:
        for line in told(found):
            typer.echo(line)
    report = backtest_report(found, policy, judged_by)
    also(report, as_json, junit, sarif, github)
    raise typer.Exit(report.exit_code)


def suggest(
    logs: Logs,
    base: Annotated[
        str | None,
        typer.Option(help="The policy that the episodes ran under, where no preset says it."),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the policy.")] = "suggested",
    named: Annotated[
        list[str] | None,
        typer.Option(
            "--with", help="Learn from this episode whatever speaks against it; may be given again."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the policy there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the narrowest policy that would have allowed what was used, each line with its uses.

    Drills, violations and episodes under outside influence are left out unless they are named.
    Exit 1 where something that ran would not be allowed by it.
    """
    from policies.analysis.suggest import suggest as make

    made = make(logs, name=name, base=base, named=named or ())
    if out is not None:
        try:
            out.write_text(made.text, encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"{out}: cannot be written: {problem.strerror}") from problem
    if as_json:
        typer.echo(json.dumps(made.model_dump(mode="json")))
    elif out is not None:
        typer.echo(
            f"{out}: from {made.uses} actions in {made.episodes} episodes; {len(made.left_out)} "
            f"left out, {len(made.uncovered)} not allowed though they ran"
        )
    else:
        typer.echo(made.text, nl=False)
    raise typer.Exit(1 if made.uncovered else 0)
