r"""Patterns: a glob-like language, small enough that two of them can be compared for all texts.

The grammar, in EBNF; blanks are characters like any other:

    pattern = { item } ;
    item    = char                      (* itself *)
            | "\" any                   (* the character behind it, whatever it means bare *)
            | "?"                       (* one character, no separator *)
            | "*"                       (* any number of characters, no separator *)
            | "**"                      (* any number of characters *)
            | "[" [ "!" ] member { member } "]"
                                        (* one character of these, or, with "!", none of these
                                           and no separator *)
            | "{" pattern { "," pattern } "}" ;  (* one of these *)
    member  = char | char "-" char ;    (* a range goes by code point *)
    char    = any but \ * ? [ ] { } ;   (* and within braces no comma *)

What the separator is, and which characters a text may hold at all, depends on what the pattern is
for (`Kind`). A pattern is for the whole text. There is no other repetition and no reference, so a
pattern has about as many states as characters, and matching takes time linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

LONGEST = 1024
"""The longest pattern, in characters."""

DEEPEST = 8
"""How deep braces may lie in one another."""

END, UNKNOWN = "\x00", "\x01"
"""What ends a field of a text, and what stands for a word that is not known; in no kind's texts."""

_SPECIAL = "\\*?[]{}"


class Characters(NamedTuple):
    """A set of characters."""

    ranges: tuple[tuple[int, int], ...]
    """Code points, first and last, in order and apart."""

    def has(self, character: str) -> bool:
        """Whether a character is one of these."""
        code = ord(character)
        for first, last in self.ranges:  # noqa: SIM110 - a generator costs twice the time.
            if first <= code <= last:
                return True
        return False

    def without(self, other: Characters) -> Characters:
        """Those that are not in `other`."""
        left: list[tuple[int, int]] = []
        for first, last in self.ranges:
            for low, high in other.ranges:
                if high < first or low > last:
                    continue
                if first < low:
                    left.append((first, low - 1))
                first = high + 1
            if first <= last:
                left.append((first, last))
        return Characters(tuple(left))


_PRINTABLE = ((0x20, 0x7E), (0xA0, 0xD7FF), (0xE000, 0x10FFFF))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a pattern is for."""

    name: str
    """What it is called in messages."""
    separator: str
    """What `*` does not reach across; nothing where empty."""
    alphabet: Characters
    """What a text may hold."""
    backwards: bool = False
    """Whether texts are best read from their end, as hosts are: `*.example.com` begins with it."""


HOST = Kind("host", "", Characters(_PRINTABLE), backwards=True)
"""A host's canonical name; `*.example.com` is every name beneath it and not itself."""

PATH = Kind("path", "/", Characters(_PRINTABLE))
"""A canonical path, in a container or in a URL."""

WORD = Kind("argument", "", Characters(((0x09, 0x0A), (0x0D, 0x0D), *_PRINTABLE)))
"""One argument of a program; tabs and new lines are at home there."""

NAME = Kind("name", "", Characters(_PRINTABLE))
"""A name out of a list: a scheme, a method, a content type."""


class Repeat(NamedTuple):
    """Any number of characters, each of these."""

    characters: Characters


class Choice(NamedTuple):
    """One of several."""

    of: tuple[tuple[Item, ...], ...]


Item = str | Characters | Repeat | Choice
"""A part of a pattern: a character, one of a set, any number of a set, or one of several parts."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read."""

    text: str
    """As written."""
    kind: Kind
    """What it is for."""
    items: tuple[Item, ...]
    """Its parts, in the order in which texts of its kind are read."""

    @property
    def literal(self) -> str | None:
        """The one text that it matches; None where it is a wildcard."""
        if not all(isinstance(item, str) for item in self.items):
            return None
        characters = [str(item) for item in self.items]
        return "".join(reversed(characters) if self.kind.backwards else characters)


@lru_cache(maxsize=16_384)
def parse_pattern(text: str, kind: Kind) -> Pattern:
    """Reads a pattern.

    Raises:
        ValueError: It is not in the grammar; the message says where and what to write.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the pattern has over {LONGEST} characters; write several shorter ones")
    reader = _Reader(text, kind)
    items = reader.sequence(depth=0)
    if reader.at < len(text):
        raise reader.wrong(f"{text[reader.at]!r} has no partner; write \\{text[reader.at]}")
    return Pattern(text, kind, _backwards(items) if kind.backwards else items)


def quoted(text: str) -> str:
    r"""The pattern that matches `text` alone."""
    return re.sub(r"([\\*?\[\]{},])", r"\\\1", text)


def checked(text: str, kind: Kind) -> str:
    """Gives `text` back if texts of this kind can be it.

    Raises:
        ValueError: It holds a character that has no business there, such as a control character.
    """
    if text.isascii() and text.isprintable():
        return text
    for at, character in enumerate(text):
        if not kind.alphabet.has(character):
            raise ValueError(f"the {kind.name} holds {character!r} at {at}, which belongs in none")
    return text


class _Reader:
    def __init__(self, text: str, kind: Kind) -> None:
        self.text = text
        self.kind = kind
        self.at = 0
        self.narrow = kind.alphabet.without(_only(kind.separator))

    def wrong(self, why: str) -> ValueError:
        return ValueError(f"the pattern {self.text!r}, at {self.at}: {why}")

    def sequence(self, depth: int) -> tuple[Item, ...]:
        items: list[Item] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in "]}" or (character == "," and depth):
                break
            self.at += 1
            if character == "*":
                wide = self.text.startswith("*", self.at)
                self.at += wide
                items.append(Repeat(self.kind.alphabet if wide else self.narrow))
            elif character == "?":
                items.append(self.narrow)
            elif character == "[":
                items.append(self._class())
            elif character == "{":
                items.append(self._choice(depth + 1))
            else:
                items.append(self._escaped() if character == "\\" else self._plain(character))
        return tuple(items)

    def _choice(self, depth: int) -> Choice:
        if depth > DEEPEST:
            raise self.wrong(f"braces lie over {DEEPEST} deep")
        parts = [self.sequence(depth)]
        while self.text.startswith(",", self.at):
            self.at += 1
            parts.append(self.sequence(depth))
        if not self.text.startswith("}", self.at):
            raise self.wrong("a brace is not closed; write `}`, or `\\{` for the character")
        self.at += 1
        return Choice(tuple(dict.fromkeys(parts)))

    def _class(self) -> Characters:
        negated = self.text.startswith("!", self.at)
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while not self.text.startswith("]", self.at):
            first = self._member()
            last = first
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                last = self._member()
            if last < first:
                raise self.wrong(f"the range {first}-{last} runs backwards")
            ranges.append((ord(first), ord(last)))
        self.at += 1
        if not ranges:
            raise self.wrong("no characters between the brackets")
        given = _joined(ranges)
        # A range may reach past what a text of this kind can hold: only the rest is meant.
        outside = self.kind.alphabet.without(given)
        return self.narrow.without(given) if negated else self.kind.alphabet.without(outside)

    def _member(self) -> str:
        if self.at >= len(self.text):
            raise self.wrong("a bracket is not closed; write `]`, or `\\[` for the character")
        character = self.text[self.at]
        self.at += 1
        if character == "\\":
            return self._escaped()
        if character in _SPECIAL:
            raise self.wrong(f"{character!r} between brackets; write \\{character}")
        return self._plain(character)

    def _escaped(self) -> str:
        if self.at >= len(self.text):
            raise self.wrong("a backslash at the end; write two for the character")
        self.at += 1
        return self._plain(self.text[self.at - 1])

    def _plain(self, character: str) -> str:
        if not self.kind.alphabet.has(character):
            raise self.wrong(f"{character!r} is in no {self.kind.name}")
        return character


def _only(characters: str) -> Characters:
    return _joined([(ord(character), ord(character)) for character in characters])


def _joined(ranges: list[tuple[int, int]]) -> Characters:
    made: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return Characters(tuple(made))


def _backwards(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(
        Choice(tuple(_backwards(part) for part in item.of)) if isinstance(item, Choice) else item
        for item in reversed(items)
    )
