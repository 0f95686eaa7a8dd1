"""Programs that run other programs: how their words are told from those of what they run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semantics.schemas import Schema

_NUMBER = re.compile(r"-\d+\Z")


@dataclass(frozen=True, slots=True)
class Split:
    """Where a runner's own words end."""

    at: int
    """The index, among its arguments, of the program it runs; their number where none is named."""
    moved: bool
    """Whether the program starts in another directory."""
    replaced: tuple[str, ...]
    """What may stand for something not yet known in the program's words."""
    appended: bool
    """Whether the program is given further words."""
    assigned: tuple[str, ...]
    """Variables that it sets or removes for the program."""


def split(schema: Schema, words: tuple[str | None, ...]) -> Split | str:
    """Finds the program in a runner's arguments.

    Args:
        schema: The runner's.
        words: Its arguments; None where one is not certain.

    Returns:
        Where the program is, or why that is not certain.
    """
    at = 0
    seen: set[str] = set()
    marks: list[str] = []
    assigned: list[str] = []
    while at < len(words):
        text = words[at]
        if text is None:
            return "an option or program that is not certain"
        if text == "--":
            at += 1
            break
        if len(text) < 2 or text[0] != "-":
            break
        at += 1
        if schema.digits and _NUMBER.match(text):
            continue
        read = _options(schema, text)
        if read is None:
            return f"the option {text}"
        name, value, all_seen = read
        if value is None and (name in schema.long_valued or name in tuple(schema.valued)):
            value = words[at] if at < len(words) else None
            if value is None:
                return f"the value of {text}"
            at += 1
        seen |= all_seen
        if name in schema.replaces:
            marks.append(value or "{}")
        if value and name in schema.unsets:
            assigned.append(value)
        if not all_seen.isdisjoint(schema.replaces) and name not in schema.replaces:
            marks.append("{}")
    while schema.assignments and at < len(words):
        text = words[at]
        if text is None or "=" not in text:
            break
        assigned.append(text.split("=", 1)[0])
        at += 1
    for _ in range(schema.operands):
        if at < len(words) and words[at] is None:
            return "a word before the program that is not certain"
        at += 1
    appended = schema.appends and (not marks or not seen.isdisjoint(schema.counts))
    moved = not seen.isdisjoint(schema.moves)
    return Split(min(at, len(words)), moved, tuple(marks), appended, tuple(assigned))


def _options(schema: Schema, text: str) -> tuple[str, str | None, set[str]] | None:
    """The last option in a word, its value where attached, and all options there; None if unknown.

    A value may be attached only to the last one, since it takes the rest of the word.
    """
    if text.startswith("--"):
        name, equals, value = text[2:].partition("=")
        known = name in schema.long_valued or name in schema.long_optional
        if not known and (name not in schema.long or equals):
            return None
        return name, value if equals else None, {name}
    seen = set()
    for index, letter in enumerate(text[1:], start=2):
        seen.add(letter)
        if letter in schema.valued or letter in schema.optional:
            return letter, text[index:] or None, seen
        if letter not in schema.flags:
            return None
    return text[-1], None, seen
