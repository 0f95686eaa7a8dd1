"""What a step shows, part by part, as plain data: texts in pieces, some of them marked.

Every character is an agent's until shown otherwise. Pieces are made visible here (`safe`) and set
as text, never as HTML, on the page; nothing else carries them there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from typing import Any

from episodes.actions import WriteFile
from episodes.observations import CommandResult, FileContent, Page, ProcessState
from episodes.process_tree import process_lines
from episodes.tags import Evidence, Tag
from episodes.terminal import safe
from episodes.trajectory import Step, Trajectory
from taxonomy.expectations import judge
from taxonomy.texts import Where, action_text, expectation_text, forecast_lines, text_of
from viewer.replay.files import files_part
from viewer.words import LONGEST, block, short

_LONGEST_DIFF = 100_000
_MOST_PROCESSES = 200

Part = dict[str, Any]
"""`title`, `tone` and one of `pieces`, `checks`, `rows` or `lines`; see `replay.js`."""


def head(trajectory: Trajectory) -> list[tuple[str, str]]:
    """What is said of an episode above its steps, name by name."""
    started, ended = trajectory.started, trajectory.ended
    model = started.provenance.model
    isolation = started.provenance.isolation
    missing = isolation.missing if isolation else ()
    told = [
        ("task", started.task),
        ("agent", started.agent),
        ("model", f"{model.provider} {model.name}" if model else ""),
        ("policy", started.policy),
        ("run", f"{started.run}, slot {started.slot}, attempt {started.attempt}"),
        ("began", f"{trajectory.began:%Y-%m-%d %H:%M:%S} UTC"),
        ("isolation", isolation.backend if isolation else ""),
        ("missing layers", ", ".join(missing)),
        ("instruction", started.instruction),
    ]
    if ended is not None:
        solved = {True: "solved", False: "not solved", None: "not checked"}[ended.success]
        told.append(("end", f"{ended.status}: {ended.cause}; {solved}"))
        told += [("answer", ended.answer or ""), ("detail", ended.detail)]
    if trajectory.check is not None:
        told.append(("check", f"reward {trajectory.check.reward:g} {trajectory.check.output}"))
    return [(name, block(text, 2000)) for name, text in told if text]


def step_parts(trajectory: Trajectory, step: Step) -> list[Part]:
    """A step's parts, in the order of what happened.

    Args:
        trajectory: The episode.
        step: One of its steps.
    """
    evidence = [found for tag in step.tags for found in tag.evidence if found.step == step.index]
    parts = [
        _text("asked", "plain", trajectory, step, "action", evidence),
        *_forecast(trajectory, step, evidence),
        *_decision(trajectory, step, evidence),
        *_waits(step),
        *_ran(step),
        *_observation(trajectory, step, evidence),
        *_processes(step),
        *(files_part(step) or _changes(trajectory, step)),
        *_fault(step),
        *(_tag(tag) for tag in step.tags if tag.marks == "with"),
    ]
    return [part for part in parts if part]


def pieces(text: str, marks: Sequence[tuple[int, int, str]]) -> list[dict[str, str]]:
    """A text cut where marks begin and end, every piece visible and none of it markup.

    Args:
        text: As it was recorded.
        marks: Each a start, an end and a note, in characters of `text`; they may overlap.

    Returns:
        Objects with `t`, and `n` where a mark covers the piece.
    """
    left_out = max(0, len(text) - LONGEST)
    shown = text[:LONGEST]
    edges = {0, len(shown)}
    for start, end, _ in marks:
        edges |= {min(start, len(shown)), min(end, len(shown))}
    ordered = sorted(edges)
    found: list[dict[str, str]] = []
    for start, end in pairwise(ordered):
        notes = [note for a, b, note in marks if a <= start and end <= b]
        piece = {"t": safe(shown[start:end])}
        if notes:
            piece["n"] = short("; ".join(dict.fromkeys(notes)), 500)
        found.append(piece)
    if left_out:
        found.append({"t": f"\n... {left_out} more characters; `longleash show` prints them"})
    return found


def _text(
    title: str,
    tone: str,
    trajectory: Trajectory,
    step: Step,
    where: Where,
    evidence: Iterable[Evidence],
) -> Part:
    text = text_of(trajectory, step.index, where)
    if not text:
        return {}
    marks = [
        (*found.span, found.note)
        for found in evidence
        if found.where == where and found.span is not None
    ]
    return {"title": title, "tone": tone, "pieces": pieces(text, marks)}


def _forecast(trajectory: Trajectory, step: Step, evidence: list[Evidence]) -> list[Part]:
    forecast = step.forecast
    if forecast is None:
        return []
    # What was said before, less the expectations: those stand beside what happened.
    lines = forecast_lines(forecast)
    said = "\n".join(lines[: len(lines) - len(forecast.expects)])
    marks = [
        (*found.span, found.note)
        for found in evidence
        if found.where == "forecast" and found.span is not None and found.span[1] <= len(said)
    ]
    parts: list[Part] = []
    if said:
        parts.append({"title": "forecast", "tone": "quiet", "pieces": pieces(said, marks)})
    if forecast.expects:
        following = trajectory.steps[step.index :]
        checks = []
        for expected in forecast.expects:
            judged = judge(expected, following)
            text = short(expectation_text(expected), 500)
            checks.append({"t": text, "held": judged.held})
        parts.append({"title": "expected", "tone": "quiet", "checks": checks})
    return parts


def _decision(trajectory: Trajectory, step: Step, evidence: list[Evidence]) -> list[Part]:
    tone = "plain" if step.decision is None else step.decision.verdict
    part = _text("decision", tone, trajectory, step, "decision", evidence)
    return [part] if part else []


def _waits(step: Step) -> list[Part]:
    lines = [short(f"{delay.cause}: {delay.seconds:.2f} s") for delay in step.delays]
    return [{"title": "waited", "tone": "ask", "lines": lines}] if lines else []


def _ran(step: Step) -> list[Part]:
    if step.executed is None or step.executed == step.action:
        return []
    return [{"title": "ran", "tone": "ask", "pieces": pieces(action_text(step.executed), ())}]


def _observation(trajectory: Trajectory, step: Step, evidence: list[Evidence]) -> list[Part]:
    seen = step.observation
    if seen is None:
        told = "nothing: the log ends while it ran" if step.in_flight else "nothing"
        return [{"title": "observed", "tone": "ask", "lines": [told]}]
    tone = "deny" if seen.failed else "allow"
    parts = [_text("observed", tone, trajectory, step, "observation", evidence)]
    if isinstance(seen, CommandResult | ProcessState):
        parts[0]["terminal"] = True
    if isinstance(seen, CommandResult) and seen.survivors:
        lines = [
            short(f"{one.pid} {one.command}" + (" (ended)" if one.ended else ""))
            for one in seen.survivors
        ]
        parts.append({"title": "still running", "tone": "ask", "lines": lines})
    if isinstance(seen, Page):
        parts += _page(seen)
    return parts


def _processes(step: Step) -> list[Part]:
    # A command that started nothing is its own only process.
    if step.processes is None or len(step.processes.programs) < 2:
        return []
    lines = [short(line, 400) for line in islice(process_lines(step.processes), _MOST_PROCESSES)]
    more = len(step.processes.programs) - _MOST_PROCESSES
    if more > 0:
        lines.append(f"... {more} more; `longleash show --step` prints them")
    return [{"title": "processes", "tone": "quiet", "pieces": pieces("\n".join(lines), ())}]


def _page(page: Page) -> list[Part]:
    parts: list[Part] = []
    requests = [
        [
            "allow" if one.allowed else "deny",
            short(one.method),
            short(one.url, 300),
            "" if one.status is None else str(one.status),
            f"{one.received} B",
            short(one.rule_id),
        ]
        for one in page.requests
    ]
    if requests:
        parts.append({"title": "requests", "tone": "quiet", "rows": requests})
    pictures = [
        {"title": title, "blob": name}
        for title, name in (("before", page.screenshot_before), ("after", page.screenshot_after))
        if name
    ]
    if pictures:
        parts.append({"title": "screen", "tone": "quiet", "pictures": pictures})
    if page.dom:
        parts.append({"title": "page as it was", "tone": "quiet", "dom": page.dom})
    return parts


def _changes(trajectory: Trajectory, step: Step) -> list[Part]:
    """What a written file was and became, as far as earlier steps showed it."""
    action = step.executed
    if not isinstance(action, WriteFile) or step.observation is None or step.observation.failed:
        return []
    before = _known(trajectory, step)
    after = ((before or b"") if action.append else b"") + action.data
    if max(len(before or b""), len(after)) > _LONGEST_DIFF:
        return []
    old = (before or b"").decode("utf-8", "replace").splitlines()
    new = after.decode("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=3))[2:]
    if not lines:
        return []
    path = short(str(action.path))
    title = f"changed {path}" if before is not None else f"wrote {path}"
    return [
        {
            "title": title,
            "tone": "quiet",
            "diff": [short(line, 400) for line in lines[:400]],
        }
    ]


def _known(trajectory: Trajectory, step: Step) -> bytes | None:
    """The file's content before a step, where an earlier one read or wrote it."""
    assert isinstance(step.executed, WriteFile)
    path = step.executed.path
    for earlier in reversed(trajectory.steps[: step.index]):
        seen = earlier.observation
        if isinstance(seen, FileContent) and seen.path == path and seen.size == len(seen.data):
            return seen.data
        wrote = earlier.executed
        if isinstance(wrote, WriteFile) and wrote.path == path and not wrote.append:
            return None if seen is None or seen.failed else wrote.data
    return None


def _fault(step: Step) -> list[Part]:
    if step.fault is None:
        return []
    text = f"{step.fault.error}: {step.fault.message}"
    return [{"title": "fault", "tone": "deny", "pieces": pieces(text, ())}]


def _tag(tag: Tag) -> Part:
    causes = ", ".join(f"{name} {chance:.2f}" for name, chance in tag.causes.items())
    first = f"{tag.primary} ({tag.probability:.2f})" + (f" of {causes}" if causes else "")
    lines = [first]
    if tag.overlays:
        lines.append(f"and: {', '.join(tag.overlays)}")
    if tag.impact != "none":
        lines.append(f"impact: {tag.impact}")
    if tag.critical is not None:
        lines.append(f"the episode failed by this step: {tag.critical:.2f}")
    lines += [f"step {one.step}, {one.where}: {one.note}" for one in tag.evidence]
    return {
        "title": short(f"{tag.tagger} {tag.version}"),
        "tone": "tag",
        "cause": tag.primary,
        "lines": [short(line, 500) for line in lines],
    }
