"""A person's YAML as plain data, with the line of each part, and nothing clever in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from episodes.errors import UsageError

LARGEST = 1024 * 1024
"""The largest document, in bytes."""

DEEPEST = 16
"""How deep lists and mappings may lie in one another."""

Place = tuple[str | int, ...]
"""Keys and indexes that lead to a part of the file."""

# libyaml's parser, where it was built in: the other one needs seconds for a large file.
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


class _Refused(Exception):
    """What a document may not hold; raised on as the caller's own error."""


def parse(
    text: bytes, file: str, error: type[UsageError]
) -> tuple[dict[str, Any], dict[Place, int]]:
    """Parses a document.

    Args:
        text: The file's content, UTF-8.
        file: What to call it in messages.
        error: What to raise.

    Returns:
        Its data, of mappings, lists and scalars; and the line, counted from 1, of each part.

    Raises:
        UsageError: As `error`. It is too large or too deep, no YAML, or uses anchors, aliases,
            tags or a key twice.
    """
    if len(text) > LARGEST:
        raise error(f"{file}: larger than {LARGEST} bytes; it is to be read by people, so split it")
    try:
        decoded = text.decode()
        _check(decoded, file)
        root = yaml.compose(decoded, Loader=_Loader)
        if not isinstance(root, yaml.MappingNode):
            raise _Refused(f"{file}:1: it holds no keys; write some, such as `version: 1`")
        lines: dict[Place, int] = {}
        return _data(root, (), lines, file), lines
    except UnicodeDecodeError as problem:
        line = text[: problem.start].count(b"\n") + 1
        raise error(f"{file}:{line}: not UTF-8; save the file as UTF-8") from None
    except yaml.YAMLError as problem:
        raise error(_broken(problem, file, text)) from None
    except _Refused as problem:
        raise error(str(problem)) from None


def _check(text: str, file: str) -> None:
    """Refuses, before anything is built, what a document has no use for and an attack has."""
    depth = 0
    for event in _events(text):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(f"{file}:{line}: an alias (`*name`); write the value out")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _Refused(f"{file}:{line}: an anchor (`&name`); write the value out")
        if getattr(event, "tag", None) is not None:
            raise _Refused(f"{file}:{line}: a tag (`{event.tag}`); write the plain value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _Refused(f"{file}:{line}: deeper than {DEEPEST} levels; flatten it")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _events(text: str) -> Iterator[Any]:
    return iter(yaml.parse(text, Loader=_Loader))


def _data(node: Any, place: Place, lines: dict[Place, int], file: str) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_data(child, (*place, at), lines, file) for at, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, file)
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused(f"{file}:{line}: a key that is not a word; write `key: value`")
        name = key.value
        if name in found:
            first = lines[(*place, name)]
            raise _Refused(
                f"{file}:{line}: {shown((*place, name))}: also given in line {first}; "
                "keep one of the two"
            )
        found[name] = _data(value, (*place, name), lines, file)
        lines[(*place, name)] = line
    return found


def _scalar(node: Any, file: str) -> Any:
    line = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise _Refused(
            f"{file}:{line}: {node.value!r} is read as a date or the like; put it in quotes"
        )
    try:
        return SafeConstructor().construct_object(node)
    except ValueError:
        raise _Refused(f"{file}:{line}: a number that is too long; shorten it") from None


def shown(place: Place) -> str:
    """A place as people write it: `shell.rules[0].effect`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _broken(error: yaml.YAMLError, file: str, text: bytes) -> str:
    mark = getattr(error, "problem_mark", None)
    at = getattr(error, "position", 0)
    line = mark.line + 1 if mark is not None else text[:at].count(b"\n") + 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{file}:{line}: not YAML: {problem}; check the indentation, quotes and brackets here"
