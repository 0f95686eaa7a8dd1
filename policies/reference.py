"""Every field of the policy's model, with a policy that shows it: what the reference is made of."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from episodes.record import Record
from policies.direction import Direction, direction
from policies.policy import Policy

_HEAD = {"version": 1, "name": "example", "tools": ["shell", "files", "finish"]}
# What has to be there besides, so that an example is a policy on its own.
_BESIDES: dict[str, dict[str, Any]] = {
    "rates[]": {"tools": ["shell"]},
    "widen": {"extends": "offline-shell", "files": {"write": ["/opt"]}},
}
_ONE_OF = {"tools", "hosts", "programs", "denials"}


class FieldReference(NamedTuple):
    """One field of the language."""

    place: str
    """Where it stands, as `shell.rules[].effect`."""
    says: str
    """What it means."""
    takes: str
    """What it takes, in words."""
    default: str
    """What holds where it is absent; empty where it must be given."""
    widens: Direction
    """Which change of it allows more."""
    example: dict[str, Any]
    """A whole policy in which it stands."""


def fields() -> Iterator[FieldReference]:
    """Every field, section by section."""
    yield from _of(Policy, "")


def _of(model: type[Record], prefix: str) -> Iterator[FieldReference]:
    below: list[tuple[type[Record], str]] = []
    for name, field in model.model_fields.items():
        place = f"{prefix}.{name}" if prefix else name
        inner = _model(field.annotation)
        default = "" if field.is_required() else _shown(field.get_default())
        listed = get_origin(field.annotation) is tuple
        if inner is not None:
            below.append((inner, f"{place}[]" if listed else place))
            default = "" if field.is_required() else ("none" if listed else "as each field says")
        yield FieldReference(
            place,
            (field.description or "").strip(),
            _takes(field.annotation),
            default,
            direction(model, name),
            _policy(model, prefix, name),
        )
    for inner, place in below:
        yield from _of(inner, place)


def _policy(model: type[Record], prefix: str, name: str) -> dict[str, Any]:
    required = {
        other: field.examples[0]
        for other, field in model.model_fields.items()
        if field.is_required() and field.examples
    }
    value = (model.model_fields[name].examples or [None])[0]
    besides = _BESIDES.get(prefix, {})
    if prefix == "rates[]" and name in _ONE_OF:
        besides = {}
    part: Any = {**required, **besides, name: value} if prefix else {name: value}
    for step in reversed(prefix.split(".") if prefix else []):
        part = {step.removesuffix("[]"): [part] if step.endswith("[]") else part}
    above = _BESIDES["widen"] if "widen" in (name, prefix.removesuffix("[]")) else {}
    return {**_HEAD, **above, **part}


def _model(annotation: Any) -> type[Record] | None:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return annotation
    if get_origin(annotation) in (tuple, Annotated, Union, UnionType):
        return next((held for part in get_args(annotation) if (held := _model(part))), None)
    return None


_NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _takes(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _takes(parts[0])
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(_takes(part) for part in parts if part is not type(None))
    if origin is tuple:
        return f"a list of: {_takes(parts[0])}"
    if _model(annotation) is not None:
        return "keys, below"
    return _NAMES.get(annotation, "a path")


def _shown(default: Any) -> str:
    if default is None:
        return "absent"
    if isinstance(default, tuple):
        return ", ".join(map(str, default)) or "none"
    return str(default) or "empty"
