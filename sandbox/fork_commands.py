"""`longleash fork`: going on from a step of an episode, in a new container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from episodes.terminal import console, safe_line

LogOption = Annotated[Path, typer.Option("--log", envvar="LONGLEASH_LOG", help="The log's file.")]
DEFAULT_LOG = Path("longleash.db")


def register(app: typer.Typer) -> None:
    """Adds the command to the front door."""
    app.command()(fork)


def fork(
    episode: Annotated[str, typer.Argument(help="The episode's id, or how it begins.")],
    step: Annotated[
        int, typer.Option(min=0, help="The step after which it goes on, counted from 0.")
    ],
    agent: Annotated[
        str | None, typer.Option(help="Who goes on; the episode's own agent if none.")
    ] = None,
    continuations: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Go on so many times, and tag the step by what came."),
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="A preset or a file, in place of the episode's own.")
    ] = None,
    task: Annotated[
        Path | None, typer.Option(help="The task's folder, where it is another one by now.")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=256, help="How many at once.")] = 1,
    seed: Annotated[int, typer.Option(help="All that is drawn is drawn from it.")] = 0,
    forecast: Annotated[
        Literal["inline", "shadow", "off"], typer.Option(help="How forecasts are asked for.")
    ] = "inline",
    log: LogOption = DEFAULT_LOG,
) -> None:
    """Begin an episode where a step of another one ended: files, directory and variables.

    The workspace is made again from the log, in a new container, and the agent goes on with the
    steps before as its own past. Processes, what lies outside the workspace, and a browser's pages
    are not made again. With `--continuations` the step is tagged by how often that went well.
    """
    from episodes.listing import listing
    from episodes.reader import LogReader
    from sandbox.boxes.docker_host import open_docker
    from sandbox.forking import plan_forks
    from sandbox.plan import ForkPoint
    from sandbox.runner import RunSettings, run_plan

    to = console()
    with LogReader.open(log) as reader:
        point = ForkPoint(episode=reader.find_episode(episode), step=step)
        plan = plan_forks(
            reader,
            point,
            agent=agent,
            policy=policy,
            task=task,
            times=continuations or 1,
            seed=seed,
        )
    settings = RunSettings(parallel=parallel, forecast=forecast)
    run, result = run_plan(
        plan,
        log,
        lambda name: open_docker(name, lambda text: to.print(text, markup=False)),
        settings,
        to,
    )
    with LogReader.open(log) as reader:
        to.print(listing(reader.episodes(run)))
    if continuations is not None:
        to.print(_worth(log, point.episode, step), markup=False, highlight=False)
    raise typer.Exit(0 if result.status == "done" else 1)


def _worth(log: Path, episode: str, step: int) -> str:
    """Tags the episode by how its forks went, and says what the step was worth."""
    from episodes.appender import appender
    from episodes.reader import LogReader
    from sandbox.forking import continuations
    from taxonomy.curve import wilson
    from taxonomy.tagging import append_tags, tag_trajectory

    with LogReader.open(log) as reader:
        trajectory = reader.trajectory(episode)
        played = continuations(reader, episode)
    with appender(log) as writer:
        append_tags(trajectory, tag_trajectory(trajectory, None, played), writer)
    returns = played[step].taken if step in played else ()
    if not returns:
        return "None of them ended on its own, so nothing is said of the step."
    low, high = wilson(sum(returns) / len(returns), len(returns))
    said = trajectory.steps[step].forecast
    stated = None if said is None else said.success_probability
    told = "" if stated is None else f"; {stated:g} had been stated"
    return safe_line(
        f"After step {step}, {sum(returns):g} of {len(returns)} continuations succeeded "
        f"({low:.2f} to {high:.2f}){told}. The step's tags now go by that."
    )
