"""A policy's rules on programs as rows of patterns, to compare two policies over all commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from episodes.actions import Action, RunCommand, RunProgram, StartProcess
from episodes.decisions import Verdict
from policies.automaton import Field, Row
from policies.inclusion import BUDGET
from policies.patterns import WORD, parse_pattern
from policies.policy import Policy
from policies.rules import ShellRule
from policies.shifts import Fields, Rules, Shift, shifts
from policies.witness import Witnesses
from semantics.builtins import FREE

_ANYTHING = Row((), rest=WORD)
_NOT_KNOWN = '"$x"'


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
    for program in sorted({*_named(old), *_named(new)}):
        for shell in (False, True) if program in FREE else (False,):
            before, after = _rules(old, program, shell), _rules(new, program, shell)
            found = Witnesses(partial(_actions, program, shell), old, new)
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


def _rules(policy: Policy, program: str, shell: bool) -> Rules:
    if not {"shell", "processes"} & set(policy.tools):
        return Rules()
    made: dict[Verdict, list[Row]] = {"allow": [], "ask": [], "deny": []}
    if shell:
        # The shell's own commands touch nothing but its state, and need no rule.
        made["allow"].append(_ANYTHING)
    for rule in policy.shell.rules:
        if program in rule.programs:
            made[rule.effect] += argument_rows(rule)
    return Rules(tuple(made["allow"]), tuple(made["ask"]), tuple(made["deny"]))


def _actions(program: str, shell: bool, fields: Fields) -> Iterator[Action]:
    words = [_NOT_KNOWN if field is None else shlex.quote(field) for field in fields]
    known = [field for field in fields if field is not None]
    # By its path it is the program for certain, where the shell has one of the same name.
    name = shlex.quote(program) if shell or program not in FREE else f"/usr/bin/{program}"
    line = " ".join([name, *words])
    if not shell and len(known) == len(fields):
        yield RunProgram(argv=(program, *known))
    yield RunCommand(command=line)
    yield StartProcess(name="x", command=line)
