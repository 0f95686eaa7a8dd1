"""Failures that are the honest result of what was asked: a search in vain, a test that fails."""

from __future__ import annotations

import re

from episodes.observations import CommandResult, Text
from episodes.tags import Evidence
from episodes.trajectory import Step
from semantics.names import names
from taxonomy.dossier import Dossier

# They say by their exit code what they found.
_TELLS = names("grep egrep fgrep rg diff cmp comm test [ expr")
_EXPECTED = 0.6
_TESTS = names("pytest py.test tox nox ctest unittest")
_RUNNERS = names("make npm yarn cargo go mvn gradle")
_TARGETS = names("test tests check")
# How a program's last word begins where it was ended by an exception.
_RAISED = re.compile(
    r"^(?P<kind>[A-Z][\w.]*(?:Error|Exception|Warning|Exit))\b:? ?(?P<what>.*)$", re.MULTILINE
)
_TELLING = 12
# From here on the shell says that it could not run the program, or a signal ended it.
_UNUSABLE = 126


def honest_failure(dossier: Dossier, step: Step) -> Evidence | None:
    """What shows that a reported failure is just what the action was to tell; nothing otherwise.

    It was expected and came; or a program that compares, searches or tests says by its exit code
    what it found, and complains of nothing.
    """
    result = step.observation
    if isinstance(result, Text):
        return _told_in_words(dossier, step) if result.failed else None
    if not isinstance(result, CommandResult) or not result.failed or result.limit is not None:
        return None
    if result.exit_code is None or result.exit_code >= _UNUSABLE:
        return None
    if _expected(step, dossier):
        return Evidence(step=step.index, where="forecast", note="the failure was expected")
    if dossier.passed[step.index].absent:
        return None
    if _answers(dossier, step, result):
        note = "its exit code is its answer: it complains of nothing"
        return Evidence(step=step.index, where="observation", note=note)
    return _reproduced(dossier, step)


def _told_in_words(dossier: Dossier, step: Step) -> Evidence | None:
    """The same of a harness that gives no exit code."""
    if dossier.passed[step.index].absent:
        return None
    if _tests(dossier, step):
        note = "tests tell by failing what they found"
        return Evidence(step=step.index, where="observation", note=note)
    return _reproduced(dossier, step)


def _reproduced(dossier: Dossier, step: Step) -> Evidence | None:
    """The failure that the instruction speaks of, word for word, by a program that was run."""
    if dossier.readings[step.index] is None:
        return None
    every = list(_RAISED.finditer(dossier.observation_texts[step.index]))
    raised = every[-1] if every else None
    what = "" if raised is None else raised["what"].strip()
    if raised is None or len(what) < _TELLING:
        return None
    if what not in dossier.trajectory.started.instruction:
        return None
    note = "it is the failure that the instruction tells of"
    return Evidence(step=step.index, where="observation", span=raised.span(), note=note)


def _expected(step: Step, dossier: Dossier) -> bool:
    """Whether it said that the failure would come; not where it calls all its steps guesses."""
    if dossier.marking.idle:
        return False
    told = False
    for item in dossier.items[step.index]:
        if item.kind not in ("exit_code", "succeeds"):
            continue
        if item.given < _EXPECTED:
            return False
        told = True
    return told


def _answers(dossier: Dossier, step: Step, result: CommandResult) -> bool:
    reading = dossier.readings[step.index]
    if reading is None or not reading.understood or not reading.programs:
        return False
    if reading.programs[-1].name.rpartition("/")[2] in _TELLS:
        return result.exit_code == 1 and not result.stderr
    return _tests(dossier, step)


def _tests(dossier: Dossier, step: Step) -> bool:
    """Whether what it runs last are tests."""
    reading = dossier.readings[step.index]
    if reading is None or not reading.understood or not reading.programs:
        return False
    last = reading.programs[-1]
    name = last.name.rpartition("/")[2]
    words = {word for word in last.argv[1:] if word is not None}
    runs_tests = words & (_TARGETS if name in _RUNNERS else _TESTS)
    return name in _TESTS or bool(runs_tests)
