"""`longleash policy backtest|suggest`: policies against what agents did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from policies.loading import load_policy

Logs = Annotated[list[Path], typer.Argument(help="Logs; they are only read.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `longleash policy`."""
    app.command()(backtest)


def backtest(
    policy: Annotated[str, typer.Argument(help="A preset's name or a file.", show_default=False)],
    logs: Logs,
    as_json: AsJson = False,
) -> None:
    """Judge every logged action again; exit 1 where a verdict would be another.

    It speaks of the actions seen; 'longleash policy diff' compares policies over all of them.
    """
    from policies.backtest import backtest as judge_again
    from policies.backtest_text import told

    found = judge_again(load_policy(policy), logs)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json")))
    else:
        for line in told(found):
            typer.echo(line)
    raise typer.Exit(1 if found.changed else 0)
