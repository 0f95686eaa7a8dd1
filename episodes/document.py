"""YAML documents that people write, read into closed records; each problem has its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from episodes import source
from episodes.errors import UsageError
from episodes.record import Record
from episodes.source import Place, shown

R = TypeVar("R", bound=Record)

_SHOWN_ERRORS = 20
_PLACED_ERRORS = 1000


def load_document(path: Path, model: type[R], error: type[UsageError]) -> R:
    """Reads a file and validates it as `model`.

    Raises:
        UsageError: As `error`. Each line of the message is `file:line: where: what is wrong and
            what to write`.
    """
    return parse_document(read_document(path, error), str(path), model, error)


def read_document(path: Path, error: type[UsageError]) -> bytes:
    """A document's content, or one byte more than a document may have.

    Raises:
        UsageError: As `error`: it cannot be read.
    """
    try:
        with path.open("rb") as opened:
            # One byte more than is taken, so that a file without end is not read to its end.
            return opened.read(source.LARGEST + 1)
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror})") from problem


def parse_document(content: bytes, file: str, model: type[R], error: type[UsageError]) -> R:
    """Validates a document's content as `model`.

    Args:
        content: YAML in UTF-8.
        file: What to call it in messages.
        model: What it is to be.
        error: What to raise.

    Raises:
        UsageError: As `load_document`.
    """
    data, lines = source.parse(content, file, error)
    return validated(data, lines, file, model, error)


def validated(
    data: dict[str, Any],
    lines: dict[Place, int],
    file: str,
    model: type[R],
    error: type[UsageError],
) -> R:
    """Validates a document's data, as `source.parse` gives it with its lines, as `model`.

    Raises:
        UsageError: As `load_document`.
    """
    try:
        # By way of JSON, strictly: a list is a list and a number a number, and nothing is guessed.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as problem:
        raise error(_all_told(problem.errors(), lines, file, model)) from None
    except ValueError as problem:
        raise error(f"{file}: {problem}") from None


def _all_told(
    details: list[ErrorDetails], lines: dict[Place, int], file: str, model: type[BaseModel]
) -> str:
    # An error within a part explains the part's own, such as a list that is then too short.
    # Each costs time, and nobody reads so many.
    least = "at least " if len(details) > _PLACED_ERRORS else ""
    details = details[:_PLACED_ERRORS]
    places = [_place(detail, lines) for detail in details]
    above = {place[:depth] for place in places for depth in range(len(place))}
    found = [
        (detail, place) for detail, place in zip(details, places, strict=True) if place not in above
    ]
    # A misspelled key first: it is why another one is missing.
    found.sort(key=lambda pair: pair[0]["type"] != "extra_forbidden")
    told = [
        f"{file}:{_line(place, lines)}: {shown(place)}: {_advice(detail, place, model)}"
        for detail, place in found[:_SHOWN_ERRORS]
    ]
    if len(found) > _SHOWN_ERRORS:
        told.append(f"{file}: {least}{len(found) - _SHOWN_ERRORS} more of the kind")
    return "\n".join(told)


def _line(place: Place, lines: dict[Place, int]) -> int:
    while place not in lines and place:
        place = place[:-1]
    return lines.get(place, 1)


def _place(detail: ErrorDetails, lines: dict[Place, int]) -> Place:
    # What is found across several parts says itself which of them to change.
    location = tuple(detail.get("ctx", {}).get("place") or detail["loc"])
    place: Place = ()
    for at, part in enumerate(location):
        # A union's tag stands in pydantic's location and not in the document.
        missing = at == len(location) - 1 and detail["type"] == "missing"
        if (*place, part) in lines or missing:
            place = (*place, part)
    return place


def _advice(detail: ErrorDetails, place: Place, model: type[BaseModel]) -> str:
    kind, given = detail["type"], detail.get("input")
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        known = _keys(place[:-1], model, detail["loc"])
        return f"no such key{meant(name, known)}; keys here: {', '.join(known)}"
    if kind == "missing":
        return f"missing; write `{name}: {_example(place, model) or '...'}`"
    said = str(detail.get("ctx", {}).get("error") or detail["msg"])
    if kind == "value_error" or "place" in detail.get("ctx", {}):
        return said
    if isinstance(given, bool):
        example = _example(place, model)
        return (
            "YAML reads a bare yes, no, on, off, true or false as a truth value; put the word in "
            f"quotes{f', or write e.g. `{example}`' if example else ''}"
        )
    if kind in ("literal_error", "union_tag_invalid"):
        context = detail["ctx"]
        choices = str(context.get("expected") or context["expected_tags"])
        wrong = str(context.get("tag", given))
        plain = [choice.strip("'") for choice in choices.replace(" or ", ", ").split(", ")]
        if len(plain) == 1:
            return f"{wrong!r} is not {choices}; write {plain[0]}"
        return f"{wrong!r} is none of {choices}{meant(wrong, plain)}; write one of these"
    said = _SAID.get(kind) or detail["msg"].removeprefix("Input should be ").lower()
    example = _example(place, model)
    return f"{said}; write e.g. `{example}`" if example else said


_SAID = {
    "too_short": "at least one is needed",
    "tuple_type": "a list is needed",
    "model_type": "keys with values are needed",
    "model_attributes_type": "keys with values are needed",
    "int_type": "a whole number is needed",
    "string_type": "a text is needed; put it in quotes",
    "string_pattern_mismatch": "only some characters can be in it",
}


def meant(given: str, known: Iterable[str]) -> str:
    """The one of `known` that was probably meant, as it goes into a message; else nothing."""
    near = difflib.get_close_matches(given, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _keys(place: Place, model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys of the part at a place; where it is one of several kinds, of the kind it says."""
    held = _models(place, model)
    tagged = [
        one
        for one in held
        if "kind" in one.model_fields and one.model_fields["kind"].default in location
    ]
    return tuple(dict.fromkeys(key for one in tagged or held for key in one.model_fields))


def _models(place: Place, model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that the part at a place may be."""
    models = [model]
    for part in place:
        if isinstance(part, str):
            fields = [one.model_fields[part] for one in models if part in one.model_fields]
            models = [held for field in fields for held in _held(field.annotation)] or models
    return models


def _held(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (tuple, list, Union, UnionType, Annotated):
        return [held for part in get_args(annotation) for held in _held(part)]
    return []


def _example(place: Place, model: type[BaseModel]) -> str:
    """The example in the model for the field at a place, as it would be written."""
    keys = [part for part in place if isinstance(part, str)]
    if not keys:
        return ""
    at = len(place) - 1 - place[::-1].index(keys[-1])
    fields = [
        one.model_fields[keys[-1]]
        for one in _models(place[:at], model)
        if keys[-1] in one.model_fields
    ]
    example: Any = next((field.examples[0] for field in fields if field.examples), None)
    for part in place[at + 1 :]:
        if isinstance(part, int) and isinstance(example, list) and example:
            example = example[0]
    if example is None:
        return ""
    return example if isinstance(example, str) else json.dumps(example)
