"""`longleash policy check|test|diff|lock|explain`: policies held to account, in CI too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from episodes.errors import UsageError

if TYPE_CHECKING:
    from policies.analysis.report import Report

Files = Annotated[
    list[str] | None,
    typer.Argument(help="Policy files, or presets' names; all presets where absent."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Junit = Annotated[Path | None, typer.Option(help="Write JUnit XML there, too.")]
Sarif = Annotated[Path | None, typer.Option(help="Write SARIF there, too.")]
Github = Annotated[bool, typer.Option("--github", help="Print GitHub annotations, too.")]


def register(app: typer.Typer) -> None:
    """Adds these commands to `longleash policy`."""
    app.command()(check)
    app.command("test")(run_cases)
    for command in (diff, lock, explain):
        app.command()(command)


def check(
    files: Files = None,
    as_json: AsJson = False,
    junit: Junit = None,
    sarif: Sarif = None,
    github: Github = False,
) -> None:
    """Find rules that can never decide or are wider than they look; judge the cases beside.

    Exit 1 where an error was found, 2 where a file is not valid, with what to write instead.
    """
    from policies.analysis.reports import check_report
    from policies.loading import presets

    give(check_report(files or presets()), as_json, junit, sarif, github)


def run_cases(
    files: Files = None,
    as_json: AsJson = False,
    junit: Junit = None,
    sarif: Sarif = None,
    github: Github = False,
) -> None:
    """Judge the cases beside policies, and tell which rules no case reaches.

    The cases of `x.yaml` are in `x.cases.yaml`. Exit 1 where one did not hold.
    """
    from policies.analysis.reports import case_report
    from policies.loading import presets

    give(case_report(files or presets()), as_json, junit, sarif, github)


def diff(
    old: Annotated[str, typer.Argument(help="A policy file, or a preset's name.")],
    new: Annotated[
        str | None, typer.Argument(help="The later one; with --base, OLD as it is now if absent.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="GITREF", help="Take OLD as it is at this commit.")
    ] = None,
    fail_on: Annotated[
        Literal["any", "widened", "never"],
        typer.Option(help="What exits with 1; what is not known always does."),
    ] = "any",
    approved: Annotated[
        Path | None,
        typer.Option(help="The file of approved widenings; NEW's own, beside it, if absent."),
    ] = None,
    as_json: AsJson = False,
    junit: Junit = None,
    sarif: Sarif = None,
    github: Github = False,
) -> None:
    """Tell what a change newly allows, asks and denies: over all actions, reach first.

    Approvals of widenings are in `x.widenings.yaml` beside `x.yaml`, each for exactly one.
    """
    from policies.analysis.diff import ABSTRACTED
    from policies.analysis.diff import diff as compare
    from policies.analysis.lock import lock_of
    from policies.analysis.reports import diff_report
    from policies.analysis.widenings import beside
    from policies.loading import load_policy

    if new is None and base is None:
        raise UsageError("diff needs OLD and NEW, or OLD and --base GITREF")
    later = new or old
    policy = load_policy(later)
    with _as_it_was(old, base) as before:
        locks = (lock_of(before), lock_of(later))
        found = compare(load_policy(before), policy, locks=locks)
    report = diff_report(found, later, policy, fail_on, approved or beside(later))
    if not as_json:
        typer.echo(ABSTRACTED)
    give(report, as_json, junit, sarif, github)


@contextmanager
def _as_it_was(old: str, base: str | None) -> Iterator[str]:
    """The name or file of the earlier policy."""
    from policies.analysis.git_host import at_commit

    if base is None:
        yield old
    elif "/" not in old and not old.endswith((".yaml", ".yml")):
        raise UsageError(f"--base {base}: {old!r} is a preset, which git does not hold")
    else:
        with at_commit(Path(old), base) as file:
            yield str(file)


def lock(
    files: Annotated[list[str], typer.Argument(help="Policy files.")],
    image: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DIGEST", help="Pin an image's digest; may be given again."),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit 1 where it is not as pinned."),
    ] = False,
    as_json: AsJson = False,
    junit: Junit = None,
    sarif: Sarif = None,
    github: Github = False,
) -> None:
    """Pin what a policy rests on: presets, programs' schemas and images, in `x.lock.json`."""
    from policies.analysis.lock import lock_report

    give(lock_report(files, image or [], verify), as_json, junit, sarif, github)


def explain(
    action: Annotated[
        str | None,
        typer.Argument(help="A shell command, or an action as JSON; the policy itself if absent."),
    ] = None,
    policy: Annotated[str, typer.Option(help="A preset's name or a file.")] = "offline-shell",
    cwd: Annotated[str, typer.Option(help="The working directory.")] = "/workspace",
    as_json: AsJson = False,
) -> None:
    """Tell which rules match an action, which one wins and why, and what holds besides.

    Without an action: what the policy's interpreters and `execute` open, and what still holds.
    """
    from policies.analysis.explain import explain_action, explain_policy
    from policies.loading import load_policy

    loaded = load_policy(policy)
    told = explain_policy(loaded) if action is None else explain_action(action, cwd, loaded)
    if as_json:
        typer.echo(told.model_dump_json(indent=2))
        return
    for line in told.lines():
        typer.echo(line)


def give(
    report: Report, as_json: bool, junit: Path | None, sarif: Path | None, github: bool
) -> None:
    """Gives a report in every form that was asked for, and exits as it says."""
    from policies.analysis import outputs

    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        for line in outputs.text(report):
            typer.echo(line)
    also(report, as_json, junit, sarif, github)
    raise typer.Exit(report.exit_code)


def also(
    report: Report, as_json: bool, junit: Path | None, sarif: Path | None, github: bool
) -> None:
    """Gives a report in the forms that other programs read."""
    from policies.analysis import outputs

    if github:
        for line in outputs.github(report):
            # Annotations are read from anywhere in the output; JSON is read as a whole.
            typer.echo(line, err=as_json)
    for path, write in ((junit, outputs.junit), (sarif, outputs.sarif)):
        if path is not None:
            try:
                path.write_text(write(report), encoding="utf-8")
            except OSError as problem:
                raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
