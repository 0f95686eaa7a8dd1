"""A policy's rules on programs as rows of patterns, to compare two policies over all commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from episodes.actions import Action, RunCommand, RunProgram, StartProcess
from episodes.decisions import Verdict
from policies.analysis.inclusion import BUDGET
from policies.analysis.shifts import Fields, Rules, Shift, shifts
from policies.analysis.witness import Witnesses
from policies.automaton import Field, Row
from policies.patterns import WORD, parse_pattern
from policies.policy import Policy
from policies.rules import ShellRule
from semantics.builtins import FREE

_ANYTHING = Row((), rest=WORD)
_NOT_KNOWN = '"$x"'
_Way = Literal["name", "builtin", "path"]


class CommandShift(NamedTuple):
    """One way in which the verdict on a program changes."""

    program: str
    """The program."""
    shift: Shift
    """The change; its fields are the program's arguments."""
    action: Action | None
    """An action that shows it."""


def command_shifts(old: Policy, new: Policy, budget: int = BUDGET) -> Iterator[CommandShift]:
    """Finds every way in which the verdict on a single program with arguments changes.

    A command is judged by its parts, and the strictest of them decides: so what becomes newly
    allowed in any command does so in one of a single program. What a program opens by itself is
    not seen here, and is left to `files` and the kernel.
    """
    roots = tuple(dict.fromkeys((*old.files.execute, *new.files.execute)))
    for program in sorted({*_named(old), *_named(new)}):
        ways: list[_Way] = ["name"]
        if program in FREE:
            ways.append("builtin")
        if old.files.execute and new.files.execute:
            ways.append("path")
        for way in ways:
            before, after = _rules(old, program, way), _rules(new, program, way)
            found = Witnesses(partial(_actions, program, way, roots), old, new)
            for shift in shifts(before, after, (WORD,), found.confirm, budget=budget):
                yield CommandShift(program, shift, found.of(shift))


def argument_rows(rule: ShellRule) -> tuple[Row, ...]:
    """The arguments that a rule matches.

    A word that is not known satisfies no pattern of a rule that allows, and each of one that asks
    or denies; it may become any number of words, so all behind it is not known either.
    """
    if not rule.arguments:
        return (_ANYTHING,)
    rows: list[Row] = []
    for text in rule.arguments:
        fields: list[Field] = [(parse_pattern(word, WORD),) for word in text.split()]
        rows.append(Row(tuple(fields), rest=WORD))
        if rule.effect != "allow":
            rows += (Row((*fields[:at], "unknown"), rest=WORD) for at in range(len(fields)))
    return tuple(rows)


def _named(policy: Policy) -> set[str]:
    return {name for rule in policy.shell.rules for name in rule.programs}


def _rules(policy: Policy, program: str, way: _Way) -> Rules:
    if not {"shell", "processes"} & set(policy.tools):
        return Rules()
    made: dict[Verdict, list[Row]] = {"allow": [], "ask": [], "deny": []}
    if way != "name":
        # The shell's own commands touch nothing but its state, and need no rule; and a program
        # beneath `execute` is allowed by that, where no rule on its name is against it.
        made["allow"].append(_ANYTHING)
    for rule in policy.shell.rules:
        if program in rule.programs and (way != "path" or rule.effect != "allow"):
            made[rule.effect] += argument_rows(rule)
    return Rules(tuple(made["allow"]), tuple(made["ask"]), tuple(made["deny"]))


def _actions(
    program: str, way: _Way, roots: tuple[PurePosixPath, ...], fields: Fields
) -> Iterator[Action]:
    words = [_NOT_KNOWN if field is None else shlex.quote(field) for field in fields]
    known = [field for field in fields if field is not None]
    for name in _spelled(program, way, roots):
        line = " ".join([shlex.quote(name), *words])
        if way != "builtin" and len(known) == len(fields):
            yield RunProgram(argv=(name, *known))
        if way != "name" or program not in FREE or "/" in name:
            yield RunCommand(command=line)
            yield StartProcess(name="x", command=line)


def _spelled(program: str, way: _Way, roots: tuple[PurePosixPath, ...]) -> Iterator[str]:
    if way == "path":
        yield from (str(root / program) for root in roots)
        return
    yield program
    if way == "name" and program in FREE:
        # By its path it is the program for certain, where the shell has one of the same name.
        yield f"/usr/bin/{program}"
