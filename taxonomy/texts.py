"""The text of each part of a step: what a span of evidence counts its characters in.

Everything that shows evidence (a report, the viewer, a test) takes the text from here, so that a
span means the same characters everywhere.
"""

from __future__ import annotations

import shlex
from typing import Literal

from episodes.actions import Action, Malformed, RunCommand, RunProgram, Say, WriteFile
from episodes.entries import Faulted
from episodes.forecasts import (
    ExpectElement,
    ExpectExit,
    ExpectFile,
    ExpectText,
    ExpectUrl,
    Forecast,
)
from episodes.shown import observation_text as observation_text
from episodes.tags import Evidence
from episodes.trajectory import Step, Trajectory

Where = Literal["instruction", "forecast", "said", "action", "decision", "observation", "record"]
"""The parts of a step that have a text; the same words as `Evidence.where`."""


def text_of(trajectory: Trajectory, step: int, where: Where) -> str:
    """The text of one part of one step.

    Args:
        trajectory: The episode.
        step: The step, counted from 0.
        where: Which part; `instruction` is the same for every step.

    Returns:
        The text, in characters; empty where the step has no such part.

    Raises:
        IndexError: The trajectory has no such step.
    """
    if where == "instruction":
        return trajectory.started.instruction
    found = trajectory.steps[step]
    match where:
        case "forecast":
            return "\n".join(forecast_lines(found.forecast)) if found.forecast else ""
        case "said":
            return found.provenance.said
        case "action":
            return action_text(found.action)
        case "decision":
            return decision_text(found)
        case "observation":
            return observation_text(found.observation) if found.observation else ""
        case "record":
            return "\n".join(_record_lines(trajectory, found))


def quote(trajectory: Trajectory, evidence: Evidence) -> str:
    """The characters that evidence points at.

    Raises:
        IndexError: The trajectory has no such step.
    """
    text = text_of(trajectory, evidence.step, evidence.where)
    return text if evidence.span is None else text[evidence.span[0] : evidence.span[1]]


def span_of(needle: str, text: str) -> tuple[int, int] | None:
    """Where a text first stands in another, as `[start, end)` in characters."""
    start = text.find(needle) if needle else -1
    return None if start < 0 else (start, start + len(needle))


def action_text(action: Action) -> str:
    """An action as one would type it; its fields as JSON where nobody types it."""
    match action:
        case RunCommand():
            return action.command
        case RunProgram():
            return shlex.join(action.argv)
        case WriteFile():
            data = action.data.decode("utf-8", "backslashreplace")
            return f"{action.kind} {action.path}\n{data}"
        case Say() | Malformed():
            return f"{action.kind} {action.text}"
        case _:
            fields = action.model_dump_json(exclude={"kind"}, exclude_defaults=True)
            return action.kind if fields == "{}" else f"{action.kind} {fields}"


def decision_text(step: Step) -> str:
    """What was said of the action: by the policy, then a reviewer, then an approver."""
    lines: list[str] = []
    if (decision := step.decision) is not None:
        lines.append(f"{decision.verdict} by {decision.rule_id}: {decision.reason}")
    if (review := step.review) is not None:
        lines.append(f"{review.verdict} by reviewer {review.reviewer}: {review.reason}")
    if (approval := step.approval) is not None:
        lines.append(f"{approval.verdict} by approver {approval.approver}: {approval.reason}")
    return "\n".join(lines)


def forecast_lines(forecast: Forecast) -> tuple[str, ...]:
    """A forecast, one statement a line: expectations last, in their order."""
    lines: list[str] = []
    if forecast.purpose:
        lines.append(f"purpose: {forecast.purpose}")
    if forecast.question:
        lines.append(f"question: {forecast.question.text}")
        lines += [
            f"answer ({answer.probability:g}): {answer.text}; then {answer.then}"
            for answer in forecast.question.answers
        ]
    for premise in forecast.premises:
        at = "" if premise.step is None else f" at step {premise.step}"
        about = f" [{premise.reference}]" if premise.reference else ""
        lines.append(
            f"premise ({premise.probability:g}, {premise.source}{at}): {premise.text}{about}"
        )
    if forecast.success_probability is not None:
        lines.append(f"the task succeeds ({forecast.success_probability:g})")
    if (fixed := forecast.fixed) is not None:
        lines += [
            f"is denied ({fixed.denied:g})",
            f"informs ({fixed.informs:g})",
            f"succeeds ({fixed.succeeds:g})",
        ]
    lines += [expectation_text(expectation) for expectation in forecast.expects]
    return tuple(lines)


def expectation_text(
    expectation: ExpectExit | ExpectText | ExpectFile | ExpectUrl | ExpectElement,
) -> str:
    """One expectation in words, with its probability."""
    match expectation:
        case ExpectExit():
            what = f"exit code {expectation.code}"
        case ExpectText():
            what = f"{_no(expectation.absent)}text {expectation.text!r} in {expectation.where}"
        case ExpectFile():
            what = f"{_no(expectation.absent)}file {expectation.path}"
        case ExpectUrl():
            what = f"url {expectation.url}"
        case ExpectElement():
            what = f"{_no(expectation.absent)}{expectation.role} {expectation.name!r}"
    within = "" if expectation.within == 1 else f" within {expectation.within} steps"
    return f"expects ({expectation.probability:g}): {what}{within}"


def fault_text(fault: Faulted) -> str:
    """A fault in one line."""
    return f"{fault.error}: {fault.message}"


def _record_lines(trajectory: Trajectory, step: Step) -> list[str]:
    lines = [fault_text(step.fault)] if step.fault else []
    if step.index == len(trajectory.steps) - 1:
        if (check := trajectory.check) is not None:
            lines.append(f"check: reward {check.reward:g}, exit code {check.exit_code}")
            lines += [check.output] if check.output else []
        if (ended := trajectory.ended) is not None:
            lines.append(f"ended: {ended.status}, {ended.cause}, success {ended.success}")
    return lines


def _no(absent: bool) -> str:
    return "no " if absent else ""
