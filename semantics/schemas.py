"""What is known of programs besides their names: the facts of programs.toml, by program."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from semantics.names import names

Runs = Literal[
    "command", "script", "shell", "actions", "options", "anything", "awk", "sed", "unread", "itself"
]
"""What a program runs besides itself, as the head of programs.toml has it."""

_VERSION = re.compile(r"-?\d+(?:\.\d+)*\Z")


@dataclass(frozen=True, slots=True)
class Schema:
    """What one program runs, and how its words tell."""

    source: str
    """Where the facts are from."""
    runs: Runs
    """What it runs besides itself."""
    helpers: tuple[str, ...] = ()
    """Programs that it starts of its own accord."""
    flags: str = ""
    """Short options that take no value."""
    valued: str = ""
    """Short options that take one."""
    optional: str = ""
    """Short options that take one only if it is attached."""
    long: frozenset[str] = frozenset()
    """Long options that take no value."""
    long_valued: frozenset[str] = frozenset()
    """Long options that take one, behind `=` or as the next word."""
    long_optional: frozenset[str] = frozenset()
    """Long options that take one only behind `=`."""
    operands: int = 0
    """Words of its own between its options and the program."""
    assignments: bool = False
    """Whether `NAME=value` may stand before the program."""
    unsets: frozenset[str] = frozenset()
    """Options whose value is a variable to remove."""
    moves: frozenset[str] = frozenset()
    """Options that make the program start in another directory."""
    replaces: frozenset[str] = frozenset()
    """Options whose value stands, in the program's words, for something not yet known."""
    counts: frozenset[str] = frozenset()
    """Options that make it give further words in spite of those of `replaces`."""
    appends: bool = False
    """Whether it gives the program further words."""
    default: str | None = None
    """What it runs where no program is named."""
    digits: bool = False
    """Whether `-5` is an option, as in the oldest form of nice."""
    options: tuple[str, ...] = ()
    """Long options by which it starts another program."""
    letters: frozenset[str] = frozenset()
    """Short ones, the same."""
    old_style: bool = False
    """Whether its first word is a bundle of letters though it has no dash."""


@lru_cache(maxsize=4096)
def schema_of(name: str) -> Schema | None:
    """The schema of a program by its bare name; a version behind it, as in python3.11, is left out.

    Returns:
        The schema; None for a program that runs nothing but itself.
    """
    return SCHEMAS.get(name) or SCHEMAS.get(_VERSION.sub("", name))


def _load() -> dict[str, Schema]:
    text = files("semantics").joinpath("programs.toml").read_text(encoding="utf-8")
    found: dict[str, Schema] = {}
    for entry in tomllib.loads(text)["program"]:
        schema = _schema(entry)
        found |= dict.fromkeys(entry["names"].split(), schema)
    return found


def _schema(entry: dict[str, Any]) -> Schema:
    read: dict[str, Any] = {key: value for key, value in entry.items() if key != "names"}
    for key in ("long", "long_valued", "long_optional", "unsets", "moves", "replaces", "counts"):
        read[key] = names(entry.get(key, ""))
    for key in ("helpers", "options"):
        read[key] = tuple(entry.get(key, "").split())
    read["letters"] = frozenset(entry.get("letters", ""))
    return Schema(**read)


SCHEMAS = _load()
"""By bare name; those that are not here run nothing but themselves."""
