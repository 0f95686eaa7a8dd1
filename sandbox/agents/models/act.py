"""The one tool that a model is given: an action, and with it what the model expects of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import JsonValue, TypeAdapter, ValidationError

from episodes.actions import Action, Malformed
from episodes.calls import as_call, from_call
from episodes.forecasts import Forecast

NAME = "act"
"""The tool's name."""
DESCRIPTION = "Do one thing. `kind` says what; the other fields are that kind's."
WHY = (
    " The forecast says, before anything happens, what you expect: it is held against what is "
    "observed, and a wrong one that was said costs nothing, while a wrong step that nobody foresaw "
    "cannot be learned from."
)

_Schema = dict[str, Any]
# More than a model writes; what is longer is cut.
_LONGEST = 4_000_000
_TOLD = 10_000
KINDS = {one.model_fields["kind"].default: one for one in get_args(get_args(Action)[0])}
"""Every kind of action, and its model."""


@cache
def parameters(kinds: tuple[str, ...], with_forecast: bool) -> _Schema:
    """The JSON Schema of what the tool takes.

    Args:
        kinds: The kinds of action that are granted.
        with_forecast: Whether a forecast is asked for as well.
    """
    offered = [_schema(KINDS[kind]) for kind in kinds if kind in KINDS]
    definitions: _Schema = {}
    for one in offered:
        definitions |= one.pop("$defs", {})
    properties: _Schema = {"action": {"anyOf": offered}}
    if with_forecast:
        forecast = _forecast()
        definitions |= forecast.pop("$defs", {})
        properties["forecast"] = forecast
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "$defs": definitions,
    }


@cache
def forecast_parameters() -> _Schema:
    """The JSON Schema of a forecast alone, where it is asked for apart from the action."""
    forecast = _forecast()
    definitions = forecast.pop("$defs", {})
    return {
        "type": "object",
        "properties": {"forecast": forecast},
        "required": ["forecast"],
        "$defs": definitions,
    }


def written(action: Action) -> str:
    """An action as the model would have called for it, as JSON."""
    if isinstance(action, Malformed):
        # Kept whole in the log; to tell it all to the model again would leave room for nothing.
        return json.dumps({"action": action.text[:_TOLD]})
    kind, arguments = as_call(action)
    return json.dumps({"action": {"kind": kind, **arguments}})


def read(text: str) -> tuple[Action, Forecast | None]:
    """What a model called for; what is no action is recorded as what it was.

    Args:
        text: The call's arguments, or whatever the model wrote instead.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return Malformed(text=_clean(text), problem=f"no JSON: {problem}"), None
    asked = said.get("action", said) if isinstance(said, dict) else None
    action = _action(asked) if isinstance(asked, dict) else None
    if action is None:
        return Malformed(text=_clean(text), problem=_why(asked)), None
    return action, read_forecast(said)


def read_forecast(said: Mapping[str, Any]) -> Forecast | None:
    """The forecast in a call; none where there is none that holds together."""
    forecast = said.get("forecast")
    if not isinstance(forecast, dict):
        return None
    try:
        return Forecast.model_validate_json(json.dumps({**forecast, "mode": "inline"}))
    except (ValidationError, ValueError):
        # An action that is sound is not lost for a forecast that is not.
        return None


def _action(asked: dict[str, Any]) -> Action | None:
    fields = {name: value for name, value in asked.items() if value is not None}
    return from_call(str(fields.pop("kind", "")), fields)


def _why(asked: object) -> str:
    if not isinstance(asked, dict):
        return "no object `action` in it"
    kind = asked.get("kind")
    return f"no kind {kind!r}" if kind not in KINDS else f"not the fields of kind {kind!r}"


def _clean(text: str) -> str:
    # Half a character has no bytes, and fits no log.
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()


def _schema(model: Any) -> _Schema:
    """A kind's schema, with text where its field holds bytes."""
    schema: _Schema = json.loads(json.dumps(TypeAdapter(model).json_schema()))
    fields: dict[str, JsonValue] = schema["properties"]
    names = {name: f"{name}_text" if _is_bytes(field) else name for name, field in fields.items()}
    schema["properties"] = {names[name]: _plain(field) for name, field in fields.items()}
    schema["required"] = ["kind", *(names[name] for name in schema.get("required", ()))]
    return schema


def _is_bytes(field: Any) -> bool:
    return "base64url" in json.dumps(field)


def _plain(field: Any) -> Any:
    return {"type": "string", "description": field["description"]} if _is_bytes(field) else field


def _forecast() -> _Schema:
    schema: _Schema = json.loads(json.dumps(Forecast.model_json_schema()))
    for name in ("mode", "alternatives"):
        del schema["properties"][name]
    needed = _reached(schema["properties"], schema["$defs"])
    schema["$defs"] = {name: schema["$defs"][name] for name in sorted(needed)}
    return schema


def _reached(schema: Any, definitions: Mapping[str, Any]) -> Collection[str]:
    """The definitions that a schema leads to."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(definitions[name])
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found
