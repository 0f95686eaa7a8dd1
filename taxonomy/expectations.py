"""Whether an expectation held, told from the observations of its step and those after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from episodes.forecasts import (
    Expectation,
    ExpectElement,
    ExpectExit,
    ExpectFile,
    ExpectText,
    ExpectUrl,
)
from episodes.observations import (
    CommandResult,
    Denied,
    Failed,
    FileContent,
    FileWritten,
    Observation,
    Page,
    ProcessState,
    Text,
)
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.texts import action_text, observation_text, span_of

# Programs that print the names of files that are there; `echo` prints names too, of none.
_LISTING = frozenset({"ls", "find", "stat", "file", "wc", "du", "realpath", "tree"})
_ABSENT = re.compile(r"^.*No such file or directory.*$", re.MULTILINE)


@dataclass(frozen=True)
class Judgement:
    """Whether an expectation held, and what shows it."""

    held: bool | None
    """Absent where no observation can tell."""
    evidence: Evidence | None = None
    """The observation that decided, where one did."""


_UNTOLD = Judgement(None)


def judge(expectation: Expectation, steps: Sequence[Step]) -> Judgement:
    """Whether an expectation held.

    What is expected to be there holds as soon as one observation shows it. It has failed only when
    every step of the window has been observed, one of them could have shown it, and none did; an
    episode that ends inside the window leaves it open. What is expected to be absent is the same
    turned round.

    Args:
        expectation: The expectation.
        steps: The episode's steps, from the one it was stated at.
    """
    window = steps[: expectation.within]
    wanted = not getattr(expectation, "absent", False)
    against = _UNTOLD
    for step in window:
        seen, span = _shows(expectation, step)
        if seen is None:
            continue
        note = "as expected" if seen == wanted else "not as expected"
        judgement = Judgement(
            seen == wanted,
            Evidence(step=step.index, where="observation", span=span, note=note),
        )
        if seen:
            return judgement
        against = judgement
    complete = len(window) == expectation.within and all(
        step.observation is not None for step in window
    )
    return against if complete else _UNTOLD


def _shows(expectation: Expectation, step: Step) -> tuple[bool | None, tuple[int, int] | None]:
    """Whether one observation shows the thing (present, not expected), and where."""
    observation = step.observation
    if observation is None or isinstance(observation, Denied):
        # What never ran cannot disappoint: a refusal is an event of its own.
        return None, None
    match expectation:
        case ExpectExit():
            return _exit_is(expectation.code, observation), _end_span(observation)
        case ExpectText():
            return _holds_text(expectation, observation)
        case ExpectFile():
            return _holds_file(expectation.path, step, observation)
        case ExpectUrl():
            at = observation.url if isinstance(observation, Page) else None
            return (None, None) if at is None else (_url_matches(expectation.url, at), None)
        case ExpectElement():
            return _holds_element(expectation, observation)


def _exit_is(code: int, observation: Observation) -> bool | None:
    match observation:
        case CommandResult(limit="cancelled"):
            return None
        case CommandResult():
            return observation.exit_code == code
        case ProcessState():
            return None if observation.running else observation.exit_code == code
        case Failed():
            # It ended before there was an exit code, so it did not end with this one.
            return False
        case _:
            return None


def _end_span(observation: Observation) -> tuple[int, int] | None:
    if not isinstance(observation, (CommandResult, ProcessState)):
        return None
    text = observation_text(observation)
    start = text.rfind("\n", 0, len(text) - 1) + 1
    return (start, len(text) - 1)


def _holds_text(
    expectation: ExpectText, observation: Observation
) -> tuple[bool | None, tuple[int, int] | None]:
    whole = observation_text(observation)
    capped = False
    match expectation.where, observation:
        case "any", (CommandResult() | ProcessState()):
            part = observation.stdout + observation.stderr
            capped = _cut(observation, "stdout") or _cut(observation, "stderr")
        case "stdout", (CommandResult() | ProcessState()):
            part, capped = observation.stdout, _cut(observation, "stdout")
        case "stderr", (CommandResult() | ProcessState()):
            part, capped = observation.stderr, _cut(observation, "stderr")
        case (("any" | "file"), FileContent()):
            part, capped = whole, len(observation.data) < observation.size
        case (("any" | "page"), Page()):
            part = whole
        case "any", (Failed() | Text()):
            part = whole
        case _:
            return None, None
    if expectation.text in part:
        return True, span_of(expectation.text, whole)
    # It may stand in what was left out.
    return (None, None) if capped else (False, None)


def _cut(observation: CommandResult | ProcessState, stream: str) -> bool:
    text: str = getattr(observation, stream)
    size: int = getattr(observation, f"{stream}_bytes")
    return size > len(text.encode("utf-8", "surrogatepass"))


def _holds_file(
    path: PurePosixPath, step: Step, observation: Observation
) -> tuple[bool | None, tuple[int, int] | None]:
    match observation:
        case FileContent() | FileWritten() if _same_file(path, observation.path):
            return True, None
        case Failed(code="not_found") if str(path) in action_text(step.action):
            return False, None
        case CommandResult():
            return _command_holds_file(path, step, observation)
        case _:
            return None, None


def _command_holds_file(
    path: PurePosixPath, step: Step, result: CommandResult
) -> tuple[bool | None, tuple[int, int] | None]:
    whole = observation_text(result)
    for line in _ABSENT.finditer(whole):
        if _named(path, line.group()):
            return False, line.span()
    program = action_text(step.action).split(maxsplit=1)[:1]
    if result.exit_code == 0 and program and program[0] in _LISTING:
        for word in re.finditer(r"\S+", result.stdout):
            if _same_file(path, PurePosixPath(word.group())):
                return True, word.span()
    return None, None


def _named(path: PurePosixPath, line: str) -> bool:
    words = re.split(r"[\s:'\"\u2018\u2019]+", line)
    return any(_same_file(path, PurePosixPath(word)) for word in words if word)


def _same_file(expected: PurePosixPath, shown: PurePosixPath) -> bool:
    """Whether two spellings can name one file: the shorter is the end of the longer."""
    if expected.is_absolute() and shown.is_absolute():
        return expected == shown
    short, long = sorted((expected, shown), key=lambda path: len(path.parts))
    tail = short.parts
    return bool(tail) and not short.is_absolute() and long.parts[-len(tail) :] == tail


def _holds_element(
    expectation: ExpectElement, observation: Observation
) -> tuple[bool | None, tuple[int, int] | None]:
    if not isinstance(observation, Page) or not observation.snapshot:
        return None, None
    name = expectation.name.replace('"', '\\"')
    line = f'- {expectation.role} "{name}"'
    return line in observation.snapshot, span_of(line, observation_text(observation))


def _url_matches(expected: str, shown: str) -> bool:
    if expected.endswith("*"):
        return _canonical(shown).startswith(_canonical(expected[:-1]))
    return _canonical(shown) == _canonical(expected)


def _canonical(url: str) -> str:
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    host = host.removesuffix(default) if default else host
    return parts._replace(scheme=scheme, netloc=host, path=parts.path or "/").geturl()
