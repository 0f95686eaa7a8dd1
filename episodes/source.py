"""A person's YAML as plain data, with the line of each part, and nothing clever in it."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from episodes.errors import UsageError

LARGEST = 1024 * 1024
"""The largest document, in bytes."""

DEEPEST = 16
"""How deep lists and mappings may lie in one another."""

MOST_KEYS = 1000
"""How many keys one mapping may have."""

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
        reader = _Reader(text.decode(), file)
        return reader.document(), reader.lines
    except UnicodeDecodeError as problem:
        line = text[: problem.start].count(b"\n") + 1
        raise error(f"{file}:{line}: not UTF-8; save the file as UTF-8") from None
    except yaml.YAMLError as problem:
        raise error(_broken(problem, file, text)) from None
    except _Refused as problem:
        raise error(str(problem)) from None


class _Reader:
    """Builds a document's data from its events, in one pass, and refuses what has no use there."""

    def __init__(self, text: str, file: str) -> None:
        self.lines: dict[Place, int] = {}
        self._loader = _Loader(text)
        self._file = file

    def document(self) -> dict[str, Any]:
        self._loader.get_event()
        start: Any = self._loader.get_event()
        first: Any = None if isinstance(start, yaml.StreamEndEvent) else self._loader.get_event()
        if not isinstance(first, yaml.MappingStartEvent):
            while first is not None and not isinstance(first, yaml.StreamEndEvent):
                # What is no YAML at all is told as that.
                first = self._loader.get_event()
            raise _Refused(f"{self._file}:1: it holds no keys; write some, such as `version: 1`")
        data: dict[str, Any] = self._data(first, (), 1)
        self._loader.get_event()
        after: Any = self._loader.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refused(after, "a second document (`---`); keep one")
        return data

    def _refused(self, event: Any, what: str) -> _Refused:
        return _Refused(f"{self._file}:{event.start_mark.line + 1}: {what}")

    def _data(self, event: Any, place: Place, depth: int) -> Any:
        self._check(event)
        self.lines[place] = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth > DEEPEST:
            raise self._refused(event, f"deeper than {DEEPEST} levels; flatten it")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, depth)
        found: list[Any] = []
        while not isinstance(event := self._loader.get_event(), yaml.SequenceEndEvent):
            found.append(self._data(event, (*place, len(found)), depth + 1))
        return found

    def _mapping(self, place: Place, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := self._loader.get_event(), yaml.MappingEndEvent):
            self._check(key)
            line = key.start_mark.line + 1
            if len(found) >= MOST_KEYS:
                raise self._refused(key, f"more than {MOST_KEYS} keys in one place; write a list")
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refused(key, "a key that is not a word; write `key: value`")
            inner = (*place, key.value)
            if key.value in found:
                first = self.lines[inner]
                raise self._refused(
                    key, f"{shown(inner)}: also given in line {first}; keep one of the two"
                )
            found[key.value] = self._data(self._loader.get_event(), inner, depth + 1)
            self.lines[inner] = line
        return found

    def _check(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._refused(event, "an alias (`*name`); write the value out")
        if event.anchor is not None:
            raise self._refused(event, "an anchor (`&name`); write the value out")
        if event.tag is not None:
            raise self._refused(event, f"a tag (`{event.tag}`); write the plain value")

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        # Only a bare word can be a number or the like, and only by how it begins.
        if not event.implicit[0] or (value and value[0] not in _Loader.yaml_implicit_resolvers):
            return value
        tag = self._loader.resolve(yaml.ScalarNode, value, (True, False))
        if tag not in _TAGS:
            raise self._refused(event, f"{value!r} is read as a date or the like; put it in quotes")
        try:
            return SafeConstructor().construct_object(yaml.ScalarNode(tag, value))
        except ValueError:
            raise self._refused(event, "a number that is too long; shorten it") from None


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
