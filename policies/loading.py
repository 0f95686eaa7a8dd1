"""From a preset's name or a file to a policy, or to what is wrong with it and what to write."""

from __future__ import annotations

import difflib
import json
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from episodes.errors import PolicyInvalid
from policies import source
from policies.policy import Policy
from policies.source import Place, shown

_SHOWN_ERRORS = 20


def presets() -> tuple[str, ...]:
    """The names of the policies that come with Longleash."""
    folder = resources.files("policies.presets")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def load_policy(name_or_path: str | Path) -> Policy:
    """Loads a policy.

    Args:
        name_or_path: A preset's name, such as `offline-shell`; or a file, which is anything that
            holds a `/` or ends in `.yaml` or `.yml`.

    Raises:
        PolicyInvalid: There is none by that name, or the file does not validate. Each line of the
            message is `file:line: where: what is wrong and what to write`.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in text and not text.endswith((".yaml", ".yml")):
        known = presets()
        if text not in known:
            raise PolicyInvalid(
                f"no policy is called {text!r}{_meant(text, known)}; "
                f"presets: {', '.join(known)}; a file is named with a / or .yaml"
            )
        file = resources.files("policies.presets") / f"{text}.yaml"
        return parse_policy(file.read_bytes(), f"{text}.yaml")
    try:
        with Path(text).open("rb") as opened:
            # One byte more than is taken, so that a file without end is not read to its end.
            content = opened.read(source.LARGEST + 1)
    except OSError as error:
        raise PolicyInvalid(
            f"{text}: cannot be read ({error.strerror}); give a policy file or one of the "
            f"presets {', '.join(presets())}"
        ) from error
    return parse_policy(content, text)


def parse_policy(content: bytes, file: str) -> Policy:
    """Validates a policy file's content.

    Args:
        content: YAML in UTF-8.
        file: What to call it in messages.

    Raises:
        PolicyInvalid: As `load_policy`.
    """
    data, lines = source.parse(content, file)
    try:
        # By way of JSON, strictly: a list is a list and a number a number, and nothing is guessed.
        return Policy.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        # An error within a part explains the part's own, such as a list that is then too short.
        places = [_place(detail) for detail in error.errors()]
        found = [
            detail
            for detail, place in zip(error.errors(), places, strict=True)
            if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
        ]
        # A misspelled key first: it is why another one is missing.
        found.sort(key=lambda detail: detail["type"] != "extra_forbidden")
        told = [_told(detail, lines, file) for detail in found[:_SHOWN_ERRORS]]
        if len(found) > _SHOWN_ERRORS:
            told.append(f"{file}: {len(found) - _SHOWN_ERRORS} more of the kind")
        raise PolicyInvalid("\n".join(told)) from None
    except ValueError as error:
        raise PolicyInvalid(f"{file}: {error}") from None


def _told(detail: ErrorDetails, lines: dict[Place, int], file: str) -> str:
    place = _place(detail)
    at = place
    while at not in lines and at:
        at = at[:-1]
    return f"{file}:{lines.get(at, 1)}: {shown(place)}: {_advice(detail, place)}"


def _place(detail: ErrorDetails) -> Place:
    # What is found across several parts says itself which of them to change.
    return tuple(detail.get("ctx", {}).get("place") or detail["loc"])


def _advice(detail: ErrorDetails, place: Place) -> str:
    kind, given = detail["type"], detail.get("input")
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        known = tuple(_model(place[:-1]).model_fields)
        return f"no such key{_meant(name, known)}; keys here: {', '.join(known)}"
    if kind == "missing":
        return f"missing; write `{name}: {_example(place)}`"
    if kind in ("value_error", "rule_id_taken"):
        return str(detail.get("ctx", {}).get("error") or detail["msg"])
    if isinstance(given, bool):
        return (
            "YAML reads a bare yes, no, on, off, true or false as a truth value; put the word in "
            f"quotes, or write e.g. `{_example(place)}`"
        )
    if kind == "literal_error":
        choices = detail["ctx"]["expected"]
        plain = [choice.strip("'") for choice in choices.replace(" or ", ", ").split(", ")]
        return f"{given!r} is none of {choices}{_meant(str(given), plain)}; write one of these"
    said = _SAID.get(kind) or detail["msg"].removeprefix("Input should be ").lower()
    return f"{said}; write e.g. `{_example(place)}`"


_SAID = {
    "too_short": "at least one is needed",
    "tuple_type": "a list is needed",
    "model_type": "keys with values are needed",
    "model_attributes_type": "keys with values are needed",
    "int_type": "a whole number is needed",
    "string_type": "a text is needed; put it in quotes",
    "string_pattern_mismatch": "only some characters can be in it",
}


def _meant(given: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _model(place: Place) -> type[BaseModel]:
    """The model of the part at a place."""
    model: type[BaseModel] = Policy
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _held(model.model_fields[part].annotation) or model
    return model


def _held(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType):
        return next(filter(None, map(_held, get_args(annotation))), None)
    return None


def _example(place: Place) -> str:
    """The example in the model for the field at a place, as it would be written."""
    keys = [part for part in place if isinstance(part, str)]
    field = _model(place[: place.index(keys[-1])] if keys else ()).model_fields.get(keys[-1])
    example = (field.examples or [""])[0] if field is not None else ""
    while place and isinstance(place[-1], int) and isinstance(example, list):
        example, place = example[0], place[:-1]
    return example if isinstance(example, str) else json.dumps(example)
