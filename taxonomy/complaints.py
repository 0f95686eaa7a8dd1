"""What an observation says is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from semantics.names import names
from semantics.reference import Reference
from taxonomy.grounding import name_of
from taxonomy.known import NAMES, WORDS

Absent = tuple[tuple[str, tuple[int, int]], ...]
"""Names that are not there, each with the characters of the line that says so."""

_SAYS = (
    r"No such file or directory|not found|does not exist|cannot access|did not match any"
    r"|unrecognized (?:command-line )?option|invalid option|unknown option|No module named"
    r"|No such element|no such table|no such column|unknown revision|Could not resolve"
    r"|No matching distribution|Unable to locate package|not defined|No rule to make target"
    r"|unrecognized arguments|not exist|No such|is unknown|is not a \w+ command|KeyError"
    r"|NameError|has no attribute|invalid object name|bad revision|invalid reference"
    r"|unknown (?:command|argument|column|table|field)"
)
_SAID = re.compile(_SAYS, re.IGNORECASE)
# A name is looked for in so many lines, and in so much of each.
_LINES = 20
_LINE = 1000
_SAID_LINE = re.compile(rf"^[^\n]{{0,1000}}(?:{_SAYS})[^\n]*$", re.IGNORECASE | re.MULTILINE)
# What a complaint calls the sort of thing it is of.
_GRAMMAR = names("name module column table field key attribute option command file package")
_QUOTED = re.compile(r"['\"`\u2018]([^'\"`\u2019\n]{2,80})['\"`\u2019]")

# Looked for first: plain searches cost a hundredth of the expression above.
_HINTS = (
    "o such", "ot ", "annot", "nrecognized", "nvalid", "nknown", "nable", "o m", "o rule",
    "Error", "no attr",
)  # fmt: skip


def absent_names(text: str, references: Sequence[Reference]) -> Absent:
    """The names of this step that a line of its own observation says are not there."""
    if not any(hint in text for hint in _HINTS):
        return ()
    found: dict[str, tuple[int, int]] = {}
    for one in references:
        name = name_of(one)
        if one.kind in ("number", "variable") or name in found or not name:
            continue
        line = _denying(name, text, one.kind == "program")
        if line is not None:
            found[name] = line
    return tuple(found.items())


def complaints(text: str, action: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names that a line denies and the action's text holds, each with the line's characters.

    So a column, a key or a function in a program's text is found by what is said of it, though
    nobody saw before that the action names it.
    """
    if not any(hint in text for hint in _HINTS):
        return
    for line in list(_SAID_LINE.finditer(text))[-_LINES:]:
        for name in _names_in(line.group()):
            if _stands_in(name, action):
                yield name, line.span()


def _names_in(said: str) -> Iterator[str]:
    """What a complaint may be of: what it quotes, what follows a colon, what is no mere word."""
    yield from _QUOTED.findall(said)
    for name in (*NAMES.findall(said), *WORDS.findall(said)):
        bare = name.strip(".,:;")
        if (
            bare in _GRAMMAR
            or len(bare) < 3
            or bare.isdigit()
            or (bare.isalpha() and f": {bare}" not in said)
        ):
            continue
        yield bare
        if bare[0] == "-" and bare[1] != "-":
            # Some programs tell of a long option with one dash less.
            yield f"-{bare}"


def _stands_in(name: str, action: str) -> bool:
    at = action.find(name)
    if at < 0:
        return False
    before, after = action[at - 1 : at], action[at + len(name) : at + len(name) + 1]
    return not (before.isalnum() or after.isalnum() or "_" in (before, after) or before == "-")


def _denying(name: str, text: str, program: bool) -> tuple[int, int] | None:
    """The first line that names it and says that it is not there."""
    at = -1
    for _ in range(_LINES):
        at = text.find(name, at + 1)
        if at < 0:
            return None
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[start : min(end, start + _LINE)]
        if _SAID.search(line) and _accused(name, line, program):
            return start, end
        at = end - 1
    return None


def _accused(name: str, line: str, program: bool) -> bool:
    """Whether it is this name that the line complains of, and not the program that complains."""
    at = line.rfind(name)
    before, after = line[at - 1 : at], line[at + len(name) : at + len(name) + 1]
    if before.isalnum() or after.isalnum() or after == "_":
        return False
    if program:
        return "not found" in line and line[at + len(name) :].lstrip(":' ").startswith(
            ("command not found", "not found")
        )
    # `grep: x: No such file`: what comes first complains, unless it is what was not found.
    return at > 0 or "not found" in line
