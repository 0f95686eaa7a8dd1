"""OpenTelemetry spans of generative AI: `invoke_agent`, and `execute_tool` for each of its actions.

As OTLP's JSON, which collectors' file receivers read. The conventions for generative AI are still
in development, so the version that is followed is pinned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from episodes import __version__
from episodes.actions import CallTool, Malformed, Say
from episodes.calls import as_call
from episodes.exporting.held import Held
from episodes.interventions import intervention, shaped_from
from episodes.observations import CommandResult, Denied, Failed
from episodes.shown import observation_text
from episodes.trajectory import Step, Trajectory

SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
"""The semantic conventions that are followed."""

_INTERNAL = 1
_OK, _ERROR = 1, 2

Value = str | int | float | bool


def otel(log: Held, episodes: Sequence[str], *, arguments: bool = False) -> Iterator[str]:
    """One `TracesData` a line, a trace an episode.

    Args:
        log: Where they are.
        episodes: Their ids.
        arguments: Whether to write what actions were given and what was shown, too; it may hold
            what nobody meant to send to a collector.

    Raises:
        LogDamaged: An entry is gone or was changed.
    """
    for episode in episodes:
        yield json.dumps(traces(log.trajectory(episode), arguments=arguments))


def traces(held: Trajectory, *, arguments: bool = False) -> dict[str, Any]:
    """One episode as `TracesData`."""
    first = shaped_from(held)
    tools = (_tool(held, step, first, arguments=arguments) for step in held.steps)
    spans = [_agent(held), *tools]
    scope = {"name": "longleash", "version": __version__}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": "longleash"})},
                "scopeSpans": [{"scope": scope, "spans": spans, "schemaUrl": SCHEMA}],
                "schemaUrl": SCHEMA,
            }
        ]
    }


def _agent(held: Trajectory) -> dict[str, Any]:
    started, ended = held.started, held.ended
    model = started.provenance.model
    marks: dict[str, Value] = {
        **_common(held, "invoke_agent"),
        "gen_ai.usage.input_tokens": sum(one.provenance.input_tokens for one in held.steps),
        "gen_ai.usage.output_tokens": sum(one.provenance.output_tokens for one in held.steps),
        "longleash.task": started.task,
        "longleash.run": started.run,
        "longleash.source": started.provenance.source,
    }
    if model is not None:
        marks["gen_ai.request.model"] = model.name
    wrong = None
    if ended is not None:
        marks |= {"longleash.status": ended.status, "longleash.cause": ended.cause}
        if ended.success is not None:
            marks["longleash.success"] = ended.success
        wrong = ended.cause if ended.status == "faulted" else None
    starts = [_begin(step) for step in held.steps]
    ends = [_end(step) for step in held.steps]
    imported = started.provenance.source == "imported"
    # An import is written in a moment; the actions say when it really was, where the format did.
    begin = min(starts) if imported and starts else held.began
    end = max(ends) if imported and ends else held.finished or max([held.began, *ends])
    return _span(held, None, f"invoke_agent {started.agent}", (begin, end), marks, wrong)


def _tool(held: Trajectory, step: Step, shaped: int | None, *, arguments: bool) -> dict[str, Any]:
    action = step.action
    name, given = (
        (action.kind, {"text": action.text})
        if isinstance(action, Say | Malformed)
        else as_call(action)
    )
    marks: dict[str, Value] = {
        **_common(held, "execute_tool"),
        "gen_ai.agent.name": step.provenance.agent or held.started.agent,
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function" if isinstance(action, CallTool) else "extension",
        "gen_ai.tool.call.id": f"{held.episode}/{step.index}",
        "longleash.step": step.index,
    }
    if step.decision is not None:
        marks |= {
            "longleash.verdict": step.decision.verdict,
            "longleash.rule": step.decision.rule_id,
        }
    found = intervention(step)
    if found is not None:
        marks["longleash.judges"] = ",".join(found.judges)
    if shaped is not None and step.index >= shaped:
        marks["longleash.shaped"] = True
    if arguments:
        marks["gen_ai.tool.call.arguments"] = json.dumps(given)
        if step.observation is not None:
            marks["gen_ai.tool.call.result"] = observation_text(step.observation)
    times = (_begin(step), _end(step))
    return _span(held, step.index, f"execute_tool {name}", times, marks, _wrong(step))


def _common(held: Trajectory, operation: str) -> dict[str, Value]:
    model = held.started.provenance.model
    return {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": model.provider if model else "unknown",
        "gen_ai.agent.name": held.started.agent,
        "gen_ai.conversation.id": held.episode,
    }


def _wrong(step: Step) -> str | None:
    """What kind of failure it was, one of a few words; nothing where there was none."""
    seen = step.observation
    if step.fault is not None:
        return step.fault.error
    if seen is None or not seen.failed:
        return None
    match seen:
        case Denied():
            return "denied"
        case Failed():
            return seen.code
        case CommandResult():
            return "signal" if seen.exit_code is None else "exit_code"
        case _:
            return "failed"


def _begin(step: Step) -> datetime:
    return step.provenance.at or step.at


def _end(step: Step) -> datetime:
    return _begin(step) + timedelta(seconds=step.seconds or 0.0)


def _span(
    held: Trajectory,
    step: int | None,
    name: str,
    times: tuple[datetime, datetime],
    marks: Mapping[str, Value],
    wrong: str | None,
) -> dict[str, Any]:
    root = _hex(f"{held.episode}/", 8)
    status = {"code": _ERROR, "message": wrong} if wrong else {"code": _OK}
    parent = {} if step is None else {"parentSpanId": root}
    return {
        "traceId": _hex(held.episode, 16),
        "spanId": root if step is None else _hex(f"{held.episode}/{step}", 8),
        **parent,
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(times[0]),
        "endTimeUnixNano": _nanoseconds(times[1]),
        "attributes": _attributes({**marks, **({"error.type": wrong} if wrong else {})}),
        "status": status,
    }


def _hex(text: str, size: int) -> str:
    return sha256(text.encode()).hexdigest()[: 2 * size]


def _nanoseconds(at: datetime) -> str:
    # By way of whole microseconds: a float of seconds since 1970 does not hold them all.
    since = at - datetime(1970, 1, 1, tzinfo=at.tzinfo)
    return str((since // timedelta(microseconds=1)) * 1000)


def _attributes(marks: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in marks.items()]


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
