"""The commands that say how episodes failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from episodes.errors import UsageError
from episodes.terminal import console, safe
from taxonomy.evaluation.commands import evaluate

Log = Annotated[Path, typer.Argument(help="The log's file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to the program's."""
    app.command("tag")(tag)
    app.command("report")(report)
    app.command("compare")(compare)
    app.command("reactivity")(reactivity)
    app.command("drift")(drift)
    app.command("evaluate")(evaluate)


def tag(
    log: Log,
    episode: Annotated[
        list[str] | None,
        typer.Option(help="Only this episode, by the start of its id; may be given again."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Tag also what this version has tagged already.")
    ] = False,
    refine: Annotated[
        str | None,
        typer.Option(
            help="Ask a model about the doubtful steps, and by which step an episode failed: "
            "nli:FOLDER (steps only), openai:MODEL, openai:MODEL@URL, anthropic:MODEL. An endpoint "
            "elsewhere is sent what those steps and the ones around them say, and all that such "
            "an episode says."
        ),
    ] = None,
    refine_below: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="A step is doubtful where its cause, or that an episode failed by it, is less "
            "probable than this; at 1, each is.",
        ),
    ] = 0.6,
    refine_price: Annotated[
        str | None,
        typer.Option(help="READ:DRAWN, what the model costs in US dollars a million tokens."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how each step failed; the tags are added beside the steps, never over them.

    With --json, one JSON object an episode.
    """
    from episodes.amounts import number
    from episodes.reader import LogReader
    from taxonomy.marks import marks_of
    from taxonomy.outline import outline
    from taxonomy.taggers import NAME, VERSION
    from taxonomy.tagging import tag_log

    if refine is None and refine_price is not None:
        raise UsageError("--refine-price: nothing is bought without --refine")
    asked = None
    if refine is not None:
        from taxonomy.refiners.named import refiner

        # Before anything is written: a model that cannot be asked is told of at once.
        asked = refiner(refine, refine_price)
    with LogReader.open(log) as reader:
        chosen = None if episode is None else [reader.find_episode(start) for start in episode]
    tagged = tag_log(log, chosen, again=again)
    lines = [
        f"{number(len(tagged), 'episode')} tagged by {NAME} {VERSION}",
        *marks_of(log, tagged),
    ]
    if asked is not None:
        from taxonomy.refiners.refining import refine_log

        came = refine_log(log, asked, chosen, below=refine_below, again=again)
        lines += came.lines(asked.name)
    with LogReader.open(log) as reader:
        names = chosen or [row.episode for row in reader.episodes()]
        # What is for a person stays apart from what is for a program.
        for line in lines:
            typer.echo(safe(line), err=as_json)
        if as_json:
            for name in names:
                typer.echo(json.dumps(outline(reader.trajectory(name))))


def report(
    log: Log,
    run: Annotated[str | None, typer.Option(help="Only this run.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Print a page of HTML.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, to a terminal too.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write it there; `.html` at its end means HTML.")
    ] = None,
) -> None:
    """Print the morning's page: what ran, what was denied, what failed and why, what it cost."""
    from rich.markdown import Markdown

    from taxonomy.markdown import html_page
    from taxonomy.report import report as write_report

    if html and markdown:
        raise UsageError("--html and --markdown: choose one of them")
    text = write_report(log, run)
    if html or (out is not None and not markdown and out.suffix in (".html", ".htm")):
        text = html_page(text, "Longleash report")
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"{out}: cannot be written: {problem.strerror}") from problem
        typer.echo(f"Written to {out}")
    elif html or markdown or not (to := console()).is_terminal:
        typer.echo(text)
    else:
        to.print(Markdown(text, hyperlinks=False))


def compare(
    a: Annotated[str, typer.Argument(help="A log, or LOG#RUN.", show_default=False)],
    b: Annotated[str, typer.Argument(help="Another, or another run.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Set two runs side by side: success, causes and cost, paired by task, with intervals."""
    from taxonomy.compare import compare as set_against
    from taxonomy.side_by_side import side_by_side

    comparison = set_against(a, b)
    if as_json:
        typer.echo(json.dumps(comparison.to_json(), indent=2))
    else:
        console().print(side_by_side(comparison))


def reactivity(
    logs: Annotated[list[Path], typer.Argument(help="Logs, one or several.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Say whether being asked for forecasts changed what an agent did, paired by task."""
    from taxonomy.reactivity import reactivity as set_against
    from taxonomy.side_by_side import side_by_side

    comparisons = set_against(logs)
    if as_json:
        typer.echo(json.dumps([one.to_json() for one in comparisons], indent=2))
        return
    for one in comparisons:
        console().print(side_by_side(one))


def drift(
    logs: Annotated[list[Path], typer.Argument(help="Logs, one or several.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Say when a model's name stopped being the same model, and whether failures moved with it.

    Goes by what its server says of itself, and by its answers to probes (`longleash probe`, `run
    --probe`). Exits with 1 where a name stopped being the same model.
    """
    from taxonomy.drift import drift as followed
    from taxonomy.drift_text import lines

    found = followed(logs)
    if as_json:
        typer.echo(json.dumps([one.to_json() for one in found], indent=2))
    else:
        for one in found:
            typer.echo("\n".join(lines(one)))
    raise typer.Exit(1 if any(one.moved for one in found) else 0)
