"""Answering the questions of a run from elsewhere: `approvals`, `approve`."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from episodes.errors import UsageError

RunLog = Annotated[Path, typer.Argument(help="The log that the run writes.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Adds the commands to the front door."""
    for command in (approvals, approve):
        app.command()(command)


def approvals(
    log: RunLog,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """List the actions of a run that wait for somebody's approval."""
    from episodes.terminal import safe

    questions = _ask(log, {"op": "approvals"})["questions"]
    if as_json:
        typer.echo(json.dumps(questions))
        return
    for one in questions:
        harm = "" if one["harm"] is None else f", harm {one['harm']:.2f}"
        typer.echo(
            safe(
                f"{one['question']}  ({one['rule_id']}{harm}; {one['seconds_left']:.0f} s left)\n"
                f"  {one['text']}\n  {one['reason']}"
            )
        )
    if not questions:
        typer.echo("nothing waits for approval")


def approve(
    log: RunLog,
    question: Annotated[
        str, typer.Argument(help="EPISODE/STEP, as `approvals` lists it.", show_default=False)
    ],
    deny: Annotated[bool, typer.Option("--deny", help="Say no.")] = False,
    reason: Annotated[str, typer.Option(help="Why; a denied agent is told.")] = "",
    episode: Annotated[
        bool,
        typer.Option("--episode", help="The same action may run again without being asked."),
    ] = False,
    run: Annotated[str | None, typer.Option(help="A shell command to run instead.")] = None,
    action: Annotated[str | None, typer.Option(help="Any action, as JSON, instead.")] = None,
) -> None:
    """Allow one action that waits for approval, deny it, or have another run instead.

    What runs instead is judged by the policy; what that denies stays denied.
    """
    if deny + (run is not None) + (action is not None) > 1 or (deny and episode):
        raise UsageError("give one of --deny, --run and --action, and --episode not with --deny")
    changed: object = None
    if run is not None:
        changed = {"kind": "shell", "command": run}
    elif action is not None:
        try:
            changed = json.loads(action)
        except ValueError as problem:
            raise UsageError(f"--action: this is not JSON: {problem}") from problem
    _ask(
        log,
        {
            "op": "approve",
            "question": question,
            "verdict": "deny" if deny else "allow",
            "who": getpass.getuser(),
            "reason": reason,
            "scope": "episode" if episode else "once",
            "changed": changed,
        },
    )
    typer.echo(f"{question}: {'denied' if deny else 'allowed'}")


def _ask(log: Path, message: dict[str, Any]) -> dict[str, Any]:
    from episodes.appender import ask

    answer = ask(log, message)
    if answer is None:
        raise UsageError(f"{log}: no run is writing to it, so nothing waits for approval")
    return answer
