"""The front door: the public names, and the `longleash` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from episodes import __version__
from sandbox.driven.environments import register_with_gymnasium

if TYPE_CHECKING:
    import typer

    from sandbox.controls import go_on, pause, stop
    from sandbox.interactive import Sandbox

__all__ = ["Sandbox", "__version__", "go_on", "main", "pause", "stop"]

register_with_gymnasium()


def __getattr__(name: str) -> object:
    """Brings in what is heavy only where it is used."""
    if name == "Sandbox":
        from sandbox.interactive import Sandbox

        return Sandbox
    if name in ("go_on", "pause", "stop"):
        from sandbox import controls

        found: object = getattr(controls, name)
        return found
    raise AttributeError(f"module 'longleash' has no attribute '{name}'")


def make_app() -> typer.Typer:
    """The command, put together from each package's own commands."""
    import typer

    import episodes.commands
    import episodes.importing.commands
    import policies.commands
    import sandbox.commands
    import taxonomy.commands
    import viewer.commands

    app = typer.Typer(
        name="longleash",
        help="Let LLM agents act without losing hold of them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for register in (
        sandbox.commands.register,
        episodes.commands.register,
        episodes.importing.commands.register,
        policies.commands.register,
        taxonomy.commands.register,
        viewer.commands.register,
    ):
        register(app)
    return app


def main() -> None:
    """Runs the command; every error of ours becomes a message and its own exit code."""
    # A folder of the user's must not stand in for a package of ours.
    if sys.path and sys.path[0] in ("", "."):
        del sys.path[0]
    from episodes.errors import LongleashError
    from episodes.terminal import safe

    try:
        make_app()()
    except LongleashError as error:
        print(f"longleash: {safe(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
