"""An episode on a terminal: forecast, action, decision, observation and tags of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from episodes.actions import Target
from episodes.decisions import Delay
from episodes.file_diffs import file_diffs, summary
from episodes.files import FileChanges
from episodes.forecasts import Forecast
from episodes.observations import (
    CommandResult,
    FileContent,
    Observation,
    Page,
    ProcessState,
    WebRequest,
)
from episodes.process_tree import process_lines
from episodes.tags import Tag
from episodes.terminal import safe, safe_line
from episodes.trajectory import Step, Trajectory

_LINES = 24
_CHARACTERS = 4000
_VERDICTS = {"allow": "green", "ask": "yellow", "deny": "red"}


def describe(record: BaseModel) -> str:
    """A record on one line: its kind, and each field that is not at its default.

    The text is the agent's where the record is: make it `safe` before it reaches a terminal.
    """
    fields = [
        f"{name}={_said(value)}"
        for name in type(record).model_fields
        if name != "kind" and (value := getattr(record, name)) != _default(record, name)
    ]
    kind = getattr(record, "kind", "")
    only = list(type(record).model_fields)[1:2]
    if len(fields) == 1 and only and fields[0].startswith(f"{only[0]}="):
        fields = [fields[0].partition("=")[2]]
    return " ".join(part for part in (kind, *fields) if part)


def _said(value: object) -> str:
    if isinstance(value, Target):
        where = "" if value.tab is None else f" in tab {value.tab}"
        return f"{value.ref or value.selector}{where}"
    return repr(value) if isinstance(value, bytes) else str(value)


def replay(
    trajectory: Trajectory,
    step: int | None = None,
    blob: Callable[[str], bytes] | None = None,
) -> Iterator[RenderableType]:
    """What to print of an episode, part by part.

    Args:
        trajectory: The episode.
        step: Only this step, with nothing cut; the whole episode where absent.
        blob: Gives a blob of the log's store, for what one step did to the text of files.
    """
    if step is None:
        yield _head(trajectory)
    for one in trajectory.steps:
        if step is None or one.index == step:
            yield _step(one, whole=step is not None)
            if step is not None and blob is not None:
                yield from _diffs(trajectory, step, blob)
    if step is None:
        for fault in trajectory.faults:
            yield _line("fault", f"{fault.error}: {fault.message}", "red")
        yield _end(trajectory)


def _head(trajectory: Trajectory) -> RenderableType:
    started = trajectory.started
    return Group(
        Rule(Text(safe_line(f"episode {trajectory.episode}"))),
        _line("task", f"{started.task}  (run {started.run}, slot {started.slot})"),
        _line("agent", started.agent),
        _line("policy", started.policy),
        _line("began", f"{trajectory.began:%Y-%m-%d %H:%M:%S} UTC"),
        _line("asked", started.instruction),
    )


def _end(trajectory: Trajectory) -> RenderableType:
    ended = trajectory.ended
    lines: list[RenderableType] = [Rule(style="dim")]
    if trajectory.check is not None:
        lines.append(_line("check", f"reward {trajectory.check.reward:g}"))
    if ended is None:
        flying = [one.index for one in trajectory.steps if one.in_flight]
        where = f"; step {flying[-1]} was about to run" if flying else ""
        lines.append(_line("end", f"none on record{where}", "yellow"))
    else:
        solved = {True: "solved", False: "not solved", None: "not checked"}[ended.success]
        colour = "green" if ended.success else "red" if ended.status == "faulted" else "yellow"
        lines.append(_line("end", f"{ended.status}: {ended.cause}; {solved}", colour))
        for name, text in (("answer", ended.answer), ("detail", ended.detail)):
            if text:
                lines.append(_line(name, text))
    return Group(*lines)


def _step(step: Step, *, whole: bool) -> RenderableType:
    lines: list[RenderableType] = [Rule(Text(f"step {step.index}"), align="left", style="dim")]
    if step.forecast is not None:
        lines += [_line("forecast", text) for text in _forecast(step.forecast)]
    asked = describe(step.action)
    lines.append(_line("action", asked if whole else _cut(asked), "bold"))
    if step.decision is not None:
        decision = step.decision
        said = f"{decision.verdict} by {decision.rule_id}: {decision.reason}"
        lines.append(_line("decision", said, _VERDICTS[decision.verdict]))
    if step.review is not None:
        harm = f"{step.review.verdict}, harm {step.review.harm:.2f}: {step.review.reason}"
        lines.append(_line("review", f"{step.review.reviewer}: {harm}"))
    if step.approval is not None:
        answer = f"{step.approval.verdict}: {step.approval.reason}"
        lines.append(_line("approval", f"{step.approval.approver}: {answer}"))
    lines += [_line("waited", _wait(wait)) for wait in step.delays]
    if step.executed is not None and step.executed != step.action:
        ran = describe(step.executed)
        lines.append(_line("ran", ran if whole else _cut(ran)))
    if step.observation is not None:
        colour = "red" if step.observation.failed else "green"
        first, *rest = _observation(step.observation)
        lines.append(_line("observed", first, colour))
        lines += [_line("", text if whole else _cut(text)) for text in rest if text]
    elif step.in_flight:
        lines.append(_line("observed", "nothing: the log ends while it ran", "yellow"))
    # A command that started nothing is its own only process.
    if step.processes is not None and (whole or len(step.processes.programs) > 1):
        started = "\n".join(map(safe_line, process_lines(step.processes)))
        lines.append(_line("started", started if whole else _cut(started), "dim"))
    if step.files is not None and (told := _files(step.files)):
        lines.append(_line("files", told if whole else _cut(told)))
    if step.fault is not None:
        lines.append(_line("fault", f"{step.fault.error}: {step.fault.message}", "red"))
    lines += [_line("tag", text, "magenta") for text in _tags(step.tags)]
    return Group(*lines)


def _files(files: FileChanges) -> str:
    # A name may hold a line's end.
    lines = [safe_line(summary(change)) for change in files.changes]
    if files.unlisted:
        lines.append(f"... and {files.unlisted} more that are not listed")
    if files.truncated:
        lines.append(f"not all was looked at: {files.truncated}")
    return "\n".join(lines)


def _diffs(
    trajectory: Trajectory, step: int, blob: Callable[[str], bytes]
) -> Iterator[RenderableType]:
    for found in file_diffs(trajectory, step, blob):
        lines = found.lines or (found.why_not,)
        if any(lines):
            name = safe_line(found.change.path)
            yield _line("diff", "\n".join((name, *(safe_line(line) for line in lines))))


def _wait(wait: Delay) -> str:
    return f"{wait.seconds:.1f} s ({wait.cause}{f' by {wait.rule_id}' if wait.rule_id else ''})"


def _forecast(forecast: Forecast) -> Iterator[str]:
    chance = forecast.success_probability
    stated = "" if chance is None else f", success {chance:.2f}"
    yield f"{forecast.purpose or 'no purpose stated'}{stated} ({forecast.mode})"
    if forecast.question is not None:
        answers = " | ".join(
            f"{one.text} {one.probability:.2f}" for one in forecast.question.answers
        )
        yield f"asks: {forecast.question.text} -> {answers}"
    for premise in forecast.premises:
        yield f"holds: {premise.text} ({premise.source}, {premise.probability:.2f})"
    for expectation in forecast.expects:
        yield f"expects: {describe(expectation)}"


def _observation(seen: Observation) -> Iterator[str]:
    if isinstance(seen, CommandResult | ProcessState):
        code = "" if seen.exit_code is None else f"exit {seen.exit_code}"
        parts = [code]
        if isinstance(seen, CommandResult):
            parts.append("" if seen.signal is None else f"signal {seen.signal}")
            parts.append("" if seen.limit is None else f"ended by the limit on {seen.limit}")
            parts += [f"{seen.seconds:.2f} s", seen.note]
        else:
            parts.append("running" if seen.running else "ended")
        yield ", ".join(part for part in parts if part)
        yield seen.stdout
        yield f"stderr: {seen.stderr}" if seen.stderr else ""
    elif isinstance(seen, FileContent):
        yield f"{seen.path}, {seen.size} bytes"
        yield seen.data.decode(errors="backslashreplace")
    elif isinstance(seen, Page):
        yield from _page(seen)
    else:
        yield describe(seen)


def _page(seen: Page) -> Iterator[str]:
    status = "" if seen.status is None else f"{seen.status} "
    yield f"{status}{seen.url}{f' - {seen.title}' if seen.title else ''}"
    yield f"problem: {seen.problem}" if seen.problem else ""
    if len(seen.tabs) > 1:
        yield f"tabs: {', '.join(f'{at} {url}' for at, url in enumerate(seen.tabs))}"
    for name, lines in (
        ("dialog", seen.dialogs),
        ("download", seen.downloads),
        ("console", seen.console),
    ):
        yield "\n".join(f"{name}: {line}" for line in lines)
    yield "\n".join(_request(request) for request in seen.requests)
    kept = {
        "before": seen.screenshot_before,
        "after": seen.screenshot_after,
        "page": seen.dom,
    }
    held = ", ".join(f"{name} {digest[7:19]}" for name, digest in kept.items() if digest)
    yield f"kept: {held}" if held else ""
    yield seen.text or seen.snapshot


def _request(request: WebRequest) -> str:
    came = "no answer" if request.status is None else str(request.status)
    if not request.allowed:
        came = f"denied by {request.rule_id}"
    return f"request: {request.method} {request.url} {came}"


def _tags(tags: Iterable[Tag]) -> Iterator[str]:
    told: dict[tuple[str, str], Tag] = {}
    for tag in tags:
        apart = ""
        with_marks = told.get((tag.tagger, tag.version))
        if tag.marks == "without" and with_marks is not None:
            # Each step is tagged twice; the second time is news only where it says another thing.
            if tag == with_marks.model_copy(update={"marks": "without"}):
                continue
            apart = "without the agent's marks: "
        if tag.marks == "with":
            told[tag.tagger, tag.version] = tag
        by = () if tag.critical is None else (f"the episode failed by it {tag.critical:.2f}",)
        shown = ", ".join((tag.primary, *tag.overlays, *by))
        yield f"{apart}{shown} {tag.probability:.2f} ({tag.event}; {tag.tagger} {tag.version})"
        for evidence in tag.evidence:
            yield f"  step {evidence.step}, {evidence.where}: {evidence.note}"


def _line(name: str, text: str, style: str = "") -> RenderableType:
    shown = Text(f"{name:>9}  ", style="dim")
    lines = safe(text.rstrip("\n")).split("\n")
    return shown.append(("\n" + " " * 11).join(lines), style=style)


def _cut(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    if len(lines) > _LINES:
        left_out = len(lines) - _LINES
        half = _LINES // 2
        lines = [*lines[:half], f"[... {left_out} lines; --step N shows all]", *lines[-half:]]
    cut = "\n".join(lines)
    if len(cut) > _CHARACTERS:
        half = _CHARACTERS // 2
        left_out = len(cut) - _CHARACTERS
        cut = f"{cut[:half]}[... {left_out} characters; --step N shows all]{cut[-half:]}"
    return cut


def _default(record: BaseModel, name: str) -> object:
    return type(record).model_fields[name].get_default(call_default_factory=False)
