"""`longleash policy`: what a policy says, and whether it is one."""

from __future__ import annotations

from typing import Annotated

import typer

from policies.analysis import analysis_commands, use_commands
from policies.loading import load_policy, presets
from policies.render import describe

policy_app = typer.Typer(help="Policies: what they say, and whether they hold.")


def register(app: typer.Typer) -> None:
    """Adds these commands to the `longleash` command."""
    analysis_commands.register(policy_app)
    use_commands.register(policy_app)
    app.add_typer(policy_app, name="policy")


@policy_app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="A preset's name or a file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole model as JSON.")] = False,
) -> None:
    """Says what a policy allows, as agents are told it; without a name, lists the presets."""
    if name is None:
        for preset in presets():
            typer.echo(f"{preset:16} {load_policy(preset).description}")
        return
    policy = load_policy(name)
    if as_json:
        typer.echo(policy.model_dump_json(indent=2))
        return
    typer.echo(describe(policy))
    typer.echo(f"Digest: {policy.digest}")
