"""The programs of a suggested policy: which, and with which first arguments."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from episodes.decisions import Verdict
from policies.analysis.line import Line, Lines
from policies.analysis.opens import groups_of
from policies.analysis.uses import Use
from semantics.programs import SYSTEM_DIRECTORIES
from semantics.reading import Invocation
from semantics.schemas import schema_of

_MOST = 20
# What a pattern can say word for word; a word with anything else in it becomes `*`.
_WORD = re.compile(r"[A-Za-z0-9_./:=,@%+-]+\Z")
_CODE = frozenset({"-c", "-e", "-E", "--eval"})
# Options whose value comes before the word that tells.
_VALUED = {"git": frozenset({"-C"}), "make": frozenset({"-C", "-f", "-j"})}
_LONGEST = 5
_SAID = {
    "command": "runs what its words name, and that is judged as well",
    "script": "runs what its words name, and that is judged as well",
    "actions": "runs what its actions name, and that is judged as well",
}


class ProgramRule(NamedTuple):
    """One program that may be run with some first arguments only, or with any."""

    program: str
    """Its name."""
    effect: Verdict
    """`ask` where it only ever ran because somebody had allowed it."""
    patterns: tuple[Line, ...]
    """The first arguments; the empty pattern stands for any."""


class Programs:
    """Gathers the programs that commands ran."""

    def __init__(self) -> None:
        self._ran: dict[str, list[tuple[Invocation, Use]]] = {}
        self._helpers: dict[str, list[tuple[str, Use]]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every program that ran, by bare name."""
        return tuple(sorted(self._ran))

    def note(self, program: Invocation, use: Use) -> None:
        """Adds what a command ran, by its name: bare, or in a directory of the system's."""
        path = PurePosixPath(program.name)
        name = path.name if path.parent in SYSTEM_DIRECTORIES else program.name
        self._ran.setdefault(name, []).append((program, use))
        for helper in program.helpers:
            self._helpers.setdefault(helper, []).append((name, use))

    def plain(self, effect: Verdict) -> Lines:
        """Programs that run nothing but themselves and what is judged as well."""
        found = Lines()
        for name, ran in self._ran.items():
            if _tells(name) or self._effect(name) != effect:
                continue
            schema = schema_of(name)
            runs = schema.runs if schema is not None else "itself"
            opens = "" if runs in _SAID else _more(name)
            if schema is not None and runs in ("awk", "sed"):
                opens = f"a script of {name}'s can start programs and write files ({schema.source})"
            for _, use in ran:
                found.note(name, use.reference, purpose=_SAID.get(runs, ""), opens=opens)
        for helper, started in self._helpers.items():
            if helper in self._ran or _tells(helper):
                continue
            for name, use in started:
                if self._effect(name) == effect:
                    found.note(helper, use.reference, purpose=f"may be started by {name}")
        return found

    def narrowed(self) -> tuple[ProgramRule, ...]:
        """Programs that run what their first arguments tell."""
        return tuple(
            ProgramRule(name, self._effect(name), tuple(_patterns(name, ran)))
            for name, ran in sorted(self._ran.items())
            if _tells(name)
        )

    def _effect(self, name: str) -> Verdict:
        return "ask" if all(use.asked for _, use in self._ran[name]) else "allow"


def _more(name: str) -> str:
    """What a program can do besides reading and writing files, which `files` holds."""
    return " and ".join(
        f"more: it {group.opens} ({group.source})"
        for group in groups_of(name)
        if group.kind != "writes"
    )


def _tells(name: str) -> bool:
    """Whether a program's first arguments tell what else it runs."""
    schema = schema_of(name)
    return schema is not None and schema.runs in ("anything", "shell")


def _patterns(name: str, ran: list[tuple[Invocation, Use]]) -> Lines:
    found = Lines()
    for program, use in ran:
        pattern, opens = _pattern(name, program)
        found.note(pattern, use.reference, opens=opens)
    if len(found) > 1 and ("" in found or len(found) > _MOST):
        found.join([line.value for line in found], "", opens=_anything(name))
    return found


def _pattern(name: str, program: Invocation) -> tuple[str, str]:
    """The first arguments that tell what runs, and what a rule on them opens."""
    words: list[str] = []
    arguments = program.argv[1:]
    if not program.interprets and "-c" in arguments:
        return "-c", "nothing more: the text behind it is read and judged as a command"
    valued = False
    for word in arguments[:_LONGEST]:
        if word is None:
            break
        words.append(word if _WORD.match(word) and not valued else "*")
        if word in _CODE and not valued:
            return " ".join(words), f"any program text that a command gives to {name}"
        if not valued and (word[:1] != "-" or word == "-"):
            break
        valued = word in _VALUED.get(name, ()) and not valued
    if all(word in ("*", "-") for word in words):
        return "", _anything(name)
    return " ".join(words), f"what {name} then runs, which is not in the command{_source(name)}"


def _anything(name: str) -> str:
    return f"anything: {name} runs what its arguments, files or input say{_source(name)}"


def _source(name: str) -> str:
    schema = schema_of(name)
    return f" ({schema.source})" if schema is not None else ""
