"""The commands that do things: run, probe, clean, up, doctor, init-task."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from episodes.amounts import number
from episodes.terminal import console, safe_line
from episodes.trajectory import Trajectory
from sandbox import control_commands, fork_commands
from sandbox.driven import serve_commands
from sandbox.oversight import approval_commands

if TYPE_CHECKING:
    from sandbox.attacks.trial import Row
    from sandbox.doctor import Finding

LogOption = Annotated[Path, typer.Option("--log", envvar="LONGLEASH_LOG", help="The log's file.")]
DEFAULT_LOG = Path("longleash.db")

_EXITS = {"done": 0, "faulted": 1, "stopped": 1, "budget": 1}
_UNANSWERED_EXIT = 4


def register(app: typer.Typer) -> None:
    """Adds the commands to the front door."""
    for command in (run, probe, up, doctor, clean):
        app.command()(command)
    app.command("init-task")(init_task)
    fork_commands.register(app)
    control_commands.register(app)
    approval_commands.register(app)
    serve_commands.register(app)


def run(
    tasks: Annotated[
        list[Path] | None,
        typer.Argument(help="Suites, tasks, or folders of tasks. None with --resume."),
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Who acts, e.g. scripted:solve or python:FILE.py:NAME.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="A preset or a file, over the tasks' own policies.")
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many of each task.")] = 1,
    parallel: Annotated[int, typer.Option(min=1, max=256, help="How many at once.")] = 1,
    seed: Annotated[int, typer.Option(help="All that is drawn is drawn from it.")] = 0,
    log: LogOption = DEFAULT_LOG,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last run.")] = False,
    retries: Annotated[int, typer.Option(min=0, help="Tries more after a fault.")] = 2,
    forecast: Annotated[
        Literal["inline", "shadow", "off"], typer.Option(help="How forecasts are asked for.")
    ] = "inline",
    budget_seconds: Annotated[
        float | None, typer.Option(min=0, help="Wall time of the run.")
    ] = None,
    budget_actions: Annotated[int | None, typer.Option(min=0, help="Actions of the run.")] = None,
    budget_cost: Annotated[float | None, typer.Option(min=0, help="US dollars of the run.")] = None,
    budget_tokens: Annotated[
        int | None, typer.Option(min=0, help="Tokens that models read and write in the run.")
    ] = None,
    approver: Annotated[
        str,
        typer.Option(help="Who answers an `ask`: deny, terminal, queue or python:FILE.py:NAME."),
    ] = "deny",
    approval_seconds: Annotated[
        float, typer.Option(min=0, help="How long an answer is waited for; then it is no.")
    ] = 300.0,
    fail_on_ask: Annotated[
        bool | None,
        typer.Option(
            "--fail-on-ask/--no-fail-on-ask",
            help="Exit with 4 where an `ask` got no answer. On where the variable CI is set.",
            show_default=False,
        ),
    ] = None,
    reviewer: Annotated[
        str | None,
        typer.Option(
            help="Who predicts harm beside the policy's own: model:AGENT or python:FILE.py:NAME."
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=10, help="For what models draw; theirs where absent.")
    ] = None,
    draft_model: Annotated[
        str | None, typer.Option(help="Guesses ahead for a transformers: model; of its family.")
    ] = None,
    resample: Annotated[
        int,
        typer.Option(min=0, max=64, help="Draws each action so often more, kept with the step."),
    ] = 0,
    model_seconds: Annotated[
        float | None,
        typer.Option(min=0.1, help="The most that one try at a served model may take; else 120."),
    ] = None,
    probe: Annotated[
        int,
        typer.Option(
            min=0, max=100, help="Ask each model before the run, so often, what tells it apart."
        ),
    ] = 0,
    keep_pages: Annotated[
        Literal["all", "after", "none"],
        typer.Option(help="Of browsers' pages: pictures before and after and the page's text."),
    ] = "all",
    heads: Annotated[
        Path | None,
        typer.Option(help="Write ended episodes' heads there, for `verify --heads`."),
    ] = None,
) -> None:
    """Run episodes in containers.

    Exits with 0 where every episode ended on its own, solved or not; 1 where some were given up
    or the run was stopped; 2 where the input, the log or the engine failed it; 3 where there was
    no engine to begin with; 4 where all ended on their own and, in CI, an `ask` got no answer.
    """
    from episodes.answered import less_answered
    from episodes.listing import listing
    from episodes.reader import LogReader
    from sandbox.agents.models.drawing import Drawing
    from sandbox.boxes.docker_host import open_docker
    from sandbox.plan import draw_up
    from sandbox.runner import RunSettings, run_plan
    from sandbox.spending import Budgets

    to = console()
    plan = None
    if tasks or not resume:
        plan = draw_up(tasks or [], agent=agent, policy=policy, episodes=episodes, seed=seed)
    settings = RunSettings(
        parallel=parallel,
        retries=retries,
        budgets=Budgets(budget_seconds, budget_actions, budget_cost, budget_tokens),
        forecast=forecast,
        resume=resume,
        approver=approver,
        approval_seconds=approval_seconds,
        drawing=Drawing(temperature, draft_model, resample, model_seconds),
        keep_pages=keep_pages,
        reviewer=reviewer,
        probes=probe,
        heads=heads,
    )
    name, result = run_plan(plan, log, lambda run: open_docker(run, _say(to)), settings, to)
    with LogReader.open(log) as reader:
        rows = less_answered(reader, reader.episodes(name))
        to.print(listing(rows))
        faulted = [row.episode for row in rows if row.status == "faulted"]
        for line in why_faulted(map(reader.trajectory, faulted)):
            to.print(line, markup=False, highlight=False)
    if resume and result.status == "done" and not result.done:
        to.print("Nothing was left to do: every episode of this run had ended on its own.")
    if result.detail:
        to.print(f"The run ended early: {result.detail}", markup=False, highlight=False)
    if result.unanswered:
        to.print(_unanswered(result.unanswered), markup=False, highlight=False)
    to.print(next_commands(log, result.status), markup=False, highlight=False)
    code = _EXITS[result.status]
    if fail_on_ask is None:
        fail_on_ask = os.environ.get("CI", "").lower() not in ("", "0", "false")
    raise typer.Exit(_UNANSWERED_EXIT if fail_on_ask and result.unanswered and not code else code)


def probe(
    agent: Annotated[str, typer.Argument(help="A model, e.g. openai:NAME@URL.")],
    log: LogOption = DEFAULT_LOG,
    draws: Annotated[
        int, typer.Option(min=1, max=100, help="How often each question is asked.")
    ] = 10,
) -> None:
    """Ask a model a fixed set of questions, so that `drift` can tell whether it is the same."""
    from episodes.appender import appender
    from episodes.writer import LogWriter
    from llms.named import client
    from sandbox.agents.models.probing import record_probing

    asked = client(agent)
    if not log.exists():
        LogWriter.open(log).close()
    with appender(log) as to:
        found = record_probing(agent, asked, to.append, draws=draws)
    given = sum(map(len, found.answers))
    typer.echo(f"{given} answers are kept; `longleash drift {shlex.quote(str(log))}` compares them")


def up() -> None:
    """Bring up the engine where none answers, and make the images."""
    from containers.engine_host import ensure_engine
    from containers.images_host import ensure_all, guest_volume

    to = console()
    say = _say(to)
    client = ensure_engine(say)
    images = ensure_all(client, say)
    guest_volume(client, images)
    to.print("engine and images are ready")


def clean(
    images: Annotated[bool, typer.Option("--images", help="Images and volumes too.")] = False,
) -> None:
    """Remove what a crash left in the engine, and nothing that a live run owns."""
    from containers.images_host import remove_images
    from sandbox.boxes.docker_host import connect
    from sandbox.boxes.orphans_host import sweep

    client = connect()
    typer.echo(f"{sweep(client)} containers removed")
    if images:
        typer.echo(f"{remove_images(client, typer.echo)} images and volumes removed")


def doctor(
    attack: Annotated[
        bool,
        typer.Option("--attack", help="Try the attacks here and print their table; minutes."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Report each part that the sandbox rests on, and what is weaker than it should be.

    Exits with 1 where a part is missing, or where an attack works with every layer on.
    """
    from containers.engine_host import engine_facts
    from sandbox.boxes.docker_host import connect, probe
    from sandbox.doctor import examine

    to = Console(stderr=True) if as_json else console()
    client = connect()
    isolation, problem = probe(client, _say(to))
    findings = examine(engine_facts(client), isolation, _shadowed())
    rows: list[Row] = []
    if attack and not problem:
        from sandbox.attacks.trial import try_all

        rows = try_all(client, _say(to))
    if as_json:
        typer.echo(json.dumps(_as_facts(findings, rows, problem)))
    else:
        _show(to, findings, rows, problem)
    missing = any(finding.state == "missing" for finding in findings)
    if problem or missing or not all(row.both for row in rows):
        raise typer.Exit(1)


def _as_facts(findings: list[Finding], rows: list[Row], problem: str) -> dict[str, Any]:
    from sandbox.attacks.table import as_facts

    return {
        "parts": [asdict(finding) for finding in findings],
        "problem": problem,
        "attacks": as_facts(rows),
    }


def _show(to: Console, findings: list[Finding], rows: list[Row], problem: str) -> None:
    from sandbox.attacks.table import as_table, in_a_line

    table = Table("part", "state", "what there is", box=None, pad_edge=False)
    colours = {"good": "green", "weaker": "yellow", "missing": "red"}
    for finding in findings:
        colour = colours[finding.state]
        table.add_row(escape(finding.part), f"[{colour}]{finding.state}[/]", escape(finding.said))
    to.print(table)
    if problem:
        to.print(f"no box came up: {problem}", markup=False)
    if rows:
        to.print(as_table(rows))
        to.print(in_a_line(rows), markup=False, highlight=False)


def init_task(
    folder: Annotated[Path, typer.Argument(help="The new task's folder, e.g. tasks/my-task.")],
) -> None:
    """Make a task that runs, to be changed into your own."""
    from sandbox.scaffold import init_task as make

    for path in make(folder):
        typer.echo(f"made {path}")
    typer.echo(f"Try it:  longleash run {shlex.quote(str(folder))} --agent scripted:solve")


def why_faulted(trajectories: Iterable[Trajectory]) -> list[str]:
    """What ended episodes by a fault, each cause once, with one episode that shows it."""
    causes: dict[str, list[str]] = {}
    for trajectory in trajectories:
        if trajectory.ended is not None:
            # Each container has an id of its own, and the cause is the same.
            cause = re.sub(r"\b[0-9a-f]{12,64}\b", "...", trajectory.ended.detail)
            causes.setdefault(safe_line(cause), []).append(trajectory.episode)
    return [
        f"Fault in {episodes[0]}"
        + (f" and {number(len(episodes) - 1, 'other episode')}" if len(episodes) > 1 else "")
        + f": {cause}"
        for cause, episodes in causes.items()
    ]


def _say(to: Console) -> Callable[[str], None]:
    return lambda text: to.print(text, markup=False, highlight=False)


def _unanswered(number: int) -> str:
    actions = "1 action" if number == 1 else f"{number} actions"
    return (
        f"{actions} needed somebody's approval and did not run, since nobody answered: allow or "
        "deny them in the policy, or name an --approver"
    )


def next_commands(log: Path, status: str) -> str:
    """What to type after a run that ended with `status`, ready to be pasted into a shell."""
    name = shlex.quote(str(log))
    commands = {
        f"show EPISODE --log {name}": "one episode, step by step",
        f"report {name}": "what was denied, what failed and why",
        f"verify {name}": "that no record is missing or changed",
    }
    if status in ("stopped", "budget"):
        commands[f"run --resume --log {name}"] = "go on where it stopped"
    width = max(map(len, commands))
    lines = [f"  longleash {command:{width}}  {gives}" for command, gives in commands.items()]
    return "\n".join(["What next:", *lines])


def _shadowed() -> list[str]:
    """Folders beside the user that would hide a package of ours from a script of theirs."""
    names = ("containers", "episodes", "policies", "sandbox", "semantics", "taxonomy")
    ours = Path(__file__).resolve().parent.parent
    here = Path.cwd()
    if here == ours:
        return []
    return [str(here / name) for name in names if (here / name).is_dir()]
