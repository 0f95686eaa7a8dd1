"""The commands that end and hold what is under way: `stop`, `pause`, `go-on`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunLog = Annotated[Path, typer.Argument(help="The log that the run writes.")]
Why = Annotated[str, typer.Option(help="For the record.")]
Episode = Annotated[
    str | None, typer.Option(help="Only this episode, by its whole id; all of the run if none.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the front door."""
    app.command()(stop)
    app.command()(pause)
    app.command("go-on")(go_on)


def stop(log: RunLog, why: Why = "", episode: Episode = None) -> None:
    """End the run that writes a log, or one episode of it, from elsewhere."""
    from sandbox import controls

    run = controls.stop(log, episode, why=why)
    typer.echo(f"{_named(run, episode)} is ending")


def pause(log: RunLog, why: Why = "", episode: Episode = None) -> None:
    """Hold the run that writes a log, or one episode of it, before its next action runs."""
    from sandbox import controls

    run = controls.pause(log, episode, why=why)
    typer.echo(f"{_named(run, episode)} waits; `longleash go-on` lets it go on")


def go_on(log: RunLog, why: Why = "", episode: Episode = None) -> None:
    """Let a run, or one episode of it, go on that is held."""
    from sandbox import controls

    run = controls.go_on(log, episode, why=why)
    typer.echo(f"{_named(run, episode)} goes on")


def _named(run: str, episode: str | None) -> str:
    return f"run {run}" if episode is None else f"episode {episode}"
