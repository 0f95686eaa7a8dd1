"""The log's commands: `verify`, `heads`, `episodes`, `show`, `export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import BaseModel

from episodes.amounts import number
from episodes.errors import EpisodeUnknown, UsageError

if TYPE_CHECKING:
    from episodes.reader import LogReader
    from episodes.trajectory import Trajectory

LogOption = Annotated[
    Path, typer.Option("--log", envvar="LONGLEASH_LOG", help="The log.", show_default=True)
]
LogArgument = Annotated[Path, typer.Argument(help="The log.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
DEFAULT_LOG = Path("longleash.db")
"""The log where none is named."""


def register(app: typer.Typer) -> None:
    """Adds the log's commands to the `longleash` command."""
    for command in (verify, heads, attest, episodes, show, export):
        app.command()(command)


def verify(
    log: LogArgument,
    heads: Annotated[
        Path | None,
        typer.Option("--heads", help="Lines 'chain length hash' that were kept elsewhere."),
    ] = None,
    attestation: Annotated[
        Path | None, typer.Option(help="A file of 'longleash attest': its signature and its heads.")
    ] = None,
    signed_by: Annotated[
        Path | None, typer.Option(help="The public key that must have signed it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a log is as it was written; exit 1 and name the first record that is not."""
    from episodes.terminal import safe_line
    from episodes.verify import verify as check

    if attestation is None:
        found = check(log, heads)
    else:
        from episodes.attestation import read_attestation

        said = read_attestation(attestation, signed_by)
        found = check(log, said.heads)
        by = "by that key" if signed_by else "by the key that it names itself"
        typer.echo(safe_line(f"signed {by}, {said.at:%Y-%m-%d %H:%M:%S} UTC; {said.proves}"))
    if as_json:
        _print_json(found)
        raise typer.Exit(0 if found.ok else 1)
    for problem in found.problems[:10]:
        typer.echo(safe_line(str(problem)))
    if len(found.problems) > 10:
        typer.echo(f"... and more: {len(found.problems)} in all; --json lists them")
    typer.echo(
        f"{found.entries} entries in {found.chains} chains: {'ok' if found.ok else 'NOT ok'}"
    )
    for flying in found.in_flight:
        step = "no step" if flying.step is None else f"step {flying.step}"
        live = f" (now written by {found.writer})" if found.writer else ""
        typer.echo(safe_line(f"in flight: episode {flying.episode}, {step}{live}"))
    typer.echo(found.proves)
    raise typer.Exit(0 if found.ok else 1)


def attest(
    log: LogArgument,
    key: Annotated[Path, typer.Option(help="An Ed25519 key as PEM; made where there is none.")],
    out: Annotated[Path, typer.Option(help="Where to write it.")],
    attacks: Annotated[
        Path | None, typer.Option(help="What 'longleash doctor --attack --json' printed here.")
    ] = None,
) -> None:
    """Sign what held while a log was written: policies, images, layers, hosts, heads."""
    from episodes.attestation import attest as sign

    try:
        out.write_text(sign(log, key, attacks) + "\n")
    except OSError as problem:
        raise UsageError(f"{out}: cannot be written: {problem}") from problem
    typer.echo(f"Written to {out}; 'longleash verify {log} --attestation {out}' checks it")


def heads(log: LogArgument) -> None:
    """Print each chain's length and hash, to be kept elsewhere for 'verify --heads'."""
    from episodes.reader import LogReader

    with LogReader.open(log) as reader:
        for head in reader.heads():
            typer.echo(head.line)


def episodes(
    log: LogOption = DEFAULT_LOG,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    task: Annotated[str | None, typer.Option(help="Only at this task.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only by this agent.")] = None,
    status: Annotated[
        str | None, typer.Option(help="'terminated', 'truncated', 'faulted' or 'open'.")
    ] = None,
    success: Annotated[
        bool | None, typer.Option("--solved/--not-solved", help="Only so by the check.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="Only with this failure mode.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List episodes: task, agent, steps, denials, outcome, failure modes, time."""
    from episodes.answered import less_answered
    from episodes.listing import listing
    from episodes.reader import LogReader
    from episodes.terminal import console

    with LogReader.open(log) as reader:
        rows = reader.episodes(
            run, task=task, agent=agent, status=status, success=success, mode=mode
        )
        rows = [row for row in less_answered(reader, rows) if mode is None or mode in row.modes]
    if as_json:
        _print_json(*rows)
    else:
        console().print(listing(rows))


def show(
    episode: Annotated[str, typer.Argument(help="The episode's id, or how it begins.")],
    step: Annotated[int | None, typer.Option(help="Only this step, with nothing cut.")] = None,
    requests: Annotated[
        bool, typer.Option("--requests", help="What it asked of a network, a request a line.")
    ] = False,
    log: LogOption = DEFAULT_LOG,
    as_json: JsonOption = False,
) -> None:
    """Replay an episode: forecast, action, decision, observation and tags of each step."""
    from episodes.reader import LogReader
    from episodes.replay import replay

    with LogReader.open(log, placeholders=True) as reader:
        trajectory = reader.trajectory(reader.find_episode(episode))
        if step is not None and step not in {one.index for one in trajectory.steps}:
            raise EpisodeUnknown(
                f"{log}: episode {trajectory.episode} has no step {step}; it has "
                f"{len(trajectory.steps)}, counted from 0"
            )
        if requests:
            _show_requests(reader, trajectory, step, as_json=as_json)
            return
    if as_json:
        wanted = [one for one in trajectory.steps if one.index == step]
        _print_json(*(wanted if step is not None else [trajectory]))
    else:
        for part in replay(trajectory, step, reader.blob):
            _print(part)


def _show_requests(
    reader: LogReader, trajectory: Trajectory, step: int | None, *, as_json: bool
) -> None:
    from episodes.chain import episode_chain
    from episodes.listing import requests
    from episodes.terminal import console
    from episodes.web import exchanges

    asked = exchanges(reader.entries(episode_chain(trajectory.episode)))
    wanted = [one for one in asked if step is None or one.step == step]
    if as_json:
        _print_json(*wanted)
    else:
        console().print(requests(wanted))


def export(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="atif, har, openai-messages, otel or preferences.",
            show_default=False,
        ),
    ],
    episode: Annotated[
        list[str] | None,
        typer.Argument(help="The episodes' ids, or how they begin; all of the log if none."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A file to write; else it is printed.")
    ] = None,
    arguments: Annotated[
        bool,
        typer.Option(
            "--arguments", help="otel: write what actions were given and what was shown, too."
        ),
    ] = False,
    interventions: Annotated[
        Literal["mark", "exclude"],
        typer.Option(
            help="Mark the steps that reviewers and approvers shaped, or leave out those and all "
            "that the agent did after it saw them."
        ),
    ] = "mark",
    log: LogOption = DEFAULT_LOG,
) -> None:
    """Write episodes in another format.

    `atif`: ATIF 1.7, a trajectory a line. `har`: what they asked of a network, as HAR 1.2.
    `openai-messages`: chats with tool calls, one a line. `otel`: OpenTelemetry's spans, as OTLP's
    JSON. `preferences`: what people chose in the viewer, a pair a line, as TRL reads them.
    """
    from episodes.exporting.formats import FORMATS, WITH_ARGUMENTS
    from episodes.exporting.held import Held, Unshaped
    from episodes.reader import LogReader

    if to not in FORMATS:
        raise UsageError(f"no format {to!r}; there is {', '.join(FORMATS)}")
    if arguments and to not in WITH_ARGUMENTS:
        raise UsageError(f"--arguments is for {', '.join(WITH_ARGUMENTS)}; leave it out")
    write = WITH_ARGUMENTS[to] if arguments else FORMATS[to]
    with LogReader.open(log, placeholders=True) as reader:
        named = [reader.find_episode(one) for one in episode or ()]
        named = named or [row.episode for row in reader.episodes()]
        held: Held = reader
        if interventions == "exclude":
            held = without = Unshaped(reader)
            left = [one for one in named if without.left(one)]
            cut = sum(not without.untouched(one) for one in left)
            told = f"left out: {number(len(named) - len(left), 'episode')}; cut short: {cut}"
            typer.echo(f"shaped by reviewers or approvers: {told}", err=True)
            named = left
        lines = write(held, named)
        if out is None:
            for line in lines:
                typer.echo(line)
            return
        with out.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)


def _print(part: object) -> None:
    from rich.console import Console

    # Highlighting would read markup into what an agent wrote.
    Console(highlight=False, markup=False, emoji=False, soft_wrap=True).print(part)


def _print_json(*records: BaseModel) -> None:
    # ASCII: no byte of it can steer a terminal.
    for record in records:
        typer.echo(json.dumps(record.model_dump(mode="json")))
