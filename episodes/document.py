"""YAML documents that people write, read into closed records, with each problem's line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from episodes.errors import UsageError
from episodes.record import Record

R = TypeVar("R", bound=Record)

MOST_BYTES = 1_000_000
"""A document that a person can review is far smaller."""

DEEPEST = 40
"""How deep a document may nest."""


def load_document(path: Path, model: type[R], error: type[UsageError]) -> R:
    """Reads `path` and validates it as `model`.

    Raises:
        UsageError: As `error`; the message holds the file, the line, what is wrong there and what
            to write instead.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise error(f"{path}: {size:,} bytes; a document may hold {MOST_BYTES:,} at most")
        text = path.read_bytes().decode("utf-8")
    except OSError as problem:
        raise error(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{path}: not UTF-8 at byte {problem.start}; save it as UTF-8") from problem
    return parse_document(text, str(path), model, error)


def parse_document(text: str, name: str, model: type[R], error: type[UsageError]) -> R:
    """Validates a document's text as `model`; `name` is what messages call it.

    Raises:
        UsageError: As `error`, in the same way as `load_document`.
    """
    try:
        root = _compose(text)
        plain = yaml.constructor.SafeConstructor().construct_document(root) if root else None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        raise error(f"{name}:{line}: {problem.problem}") from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise error(f"{name}:1: not YAML: {problem}") from problem
    if not isinstance(plain, dict):
        raise error(f"{name}:1: holds no mapping; write `key: value` lines, 'version: 1' first")
    try:
        # As JSON's types: a list for a tuple, a string for a path, and nothing else coerced.
        return TypeAdapter(model).validate_python(plain)
    except ValidationError as problem:
        raise error(
            "\n".join(
                f"{name}:{_line(root, detail['loc'])}: {_place(root, detail['loc'])}: "
                f"{_advice(detail, model)}"
                for detail in problem.errors()
            )
        ) from problem


class _Loader(yaml.SafeLoader):
    """Refuses what makes a document mean something else than it seems to."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, "aliases are refused; write the value out", event.start_mark
            )
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(
                None, None, f"nested over {DEEPEST} deep", self.peek_event().start_mark
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    for node in _mappings(root):
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.composer.ComposerError(
                    None,
                    None,
                    f"'{key.value}' stands here again (first on line {seen[key.value]}); "
                    "keep one of them",
                    key.start_mark,
                )
            seen[key.value] = key.start_mark.line + 1
    return root


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for key, value in node.value:
            yield from _mappings(key)
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _mappings(item)


def _walk(root: yaml.Node | None, location: Sequence[int | str]) -> Iterator[tuple[str, int]]:
    """The parts of a location that stand in the document, each with its line.

    Pydantic puts a union's tag into a location; what is not in the document is passed over.
    """
    node = root
    for part in location:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == part:
                    node = value
                    yield str(part), key.start_mark.line + 1
                    break
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            yield f"[{part}]", node.start_mark.line + 1


def _line(root: yaml.Node | None, location: Sequence[int | str]) -> int:
    return max((line for _, line in _walk(root, location)), default=1)


def _place(root: yaml.Node | None, location: Sequence[int | str]) -> str:
    parts = [part for part, _ in _walk(root, location)]
    return ".".join(parts).replace(".[", "[") or "document"


def _advice(detail: ErrorDetails, model: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        wrong = str(detail["loc"][-1])
        known = sorted(_field_names(model, detail["loc"][:-1]))
        close = difflib.get_close_matches(wrong, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known)}"
        return f"unknown key '{wrong}'; {hint}"
    if detail["type"] == "missing":
        return f"'{detail['loc'][-1]}' is missing; add it"
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    shown = "" if isinstance(given, dict | list) else f" (it says {str(given)[:60]!r})"
    return f"{message[0].lower()}{message[1:]}{shown}"


def _field_names(model: type[BaseModel], location: Sequence[int | str]) -> set[str]:
    """The keys that are known at a location, found through the model's JSON Schema."""
    schema = model.model_json_schema()
    here = [schema]
    for part in location:
        here = [inner for one in here for inner in _inside(one, part, schema)]
    return {key for one in here for key in one.get("properties", {})}


def _inside(
    one: dict[str, object], part: int | str, whole: dict[str, object]
) -> Iterator[dict[str, object]]:
    nested: list[object] = []
    properties, items = one.get("properties"), one.get("items")
    if isinstance(part, str) and isinstance(properties, dict) and part in properties:
        nested.append(properties[part])
    elif isinstance(part, int) and items is not None:
        nested.append(items)
    else:
        # A union's tag names no key of the document: stay where we are.
        nested.append(one)
    for found in nested:
        yield from _plain(found, whole)


def _plain(found: object, whole: dict[str, object]) -> Iterator[dict[str, object]]:
    """A schema with references followed and alternatives laid side by side."""
    if not isinstance(found, dict):
        return
    reference = found.get("$ref")
    if isinstance(reference, str):
        definitions = whole["$defs"]
        assert isinstance(definitions, dict)
        yield from _plain(definitions[reference.rpartition("/")[2]], whole)
        return
    choices = found.get("anyOf") or found.get("oneOf")
    if isinstance(choices, list):
        for choice in choices:
            yield from _plain(choice, whole)
    else:
        yield found
