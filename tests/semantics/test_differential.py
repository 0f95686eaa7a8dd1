"""What the reading says a command runs, held against what bash and the kernel did with it.

Real commands of people and agents, and generated ones, run in a container under strace. Every
program that was executed must be one that the reading names, with the arguments that it gives for
it, or have been started by one that it calls an interpreter. Commands that are not understood
promise nothing and are not run; how many those are is in docs/shell.md.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from semantics.reading import Invocation, Reading
from semantics.shell import read_command
from semantics.variables import harmless

DATA = Path(__file__).parent / "data"
AT_LEAST = 20_000
SEED = 3

_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_FUZZ = tomllib.loads((DATA / "fuzz.toml").read_text(encoding="utf-8"))
_PIECES: list[str] = _FUZZ["pieces"]

pytestmark = pytest.mark.docker


def test_every_program_that_runs_was_predicted(trace: Callable[[Any], Any]) -> None:
    rng = random.Random(SEED)
    real = [*_nl2bash(), *_agents()]
    readings = [(text, read_command(text)) for text in dict.fromkeys(real)]
    known = [(text, reading) for text, reading in readings if reading.understood]
    seen = {text for text, _ in known}
    for text in _generated(rng, real):
        if len(known) >= AT_LEAST:
            break
        if text in seen:
            continue
        seen.add(text)
        reading = read_command(text)
        if reading.understood and reading.programs:
            known.append((text, reading))
    assert len(known) == AT_LEAST
    jobs = [(text, _environment(rng, text)) for text, _ in known]
    outcomes = trace(jobs)
    missed = [
        f"{text!r} with {job[1]}: {found}"
        for (text, reading), job, events in zip(known, jobs, outcomes, strict=True)
        if (found := _missed(reading, events))
    ]
    assert not missed, f"{len(missed)} of {len(known)}:\n" + "\n".join(missed[:40])
    executed = sum(1 for events in outcomes for event in events if event.argv)
    # Each command is a bash, so this many more programs ran: the trace saw what there was.
    assert executed > 2 * AT_LEAST


def _nl2bash() -> list[str]:
    with gzip.open(DATA / "nl2bash.txt.gz", "rt", encoding="utf-8") as lines:
        return lines.read().splitlines()


def _agents() -> list[str]:
    with gzip.open(DATA / "agents.json.gz", "rt", encoding="utf-8") as text:
        return [command for commands in json.load(text).values() for command in commands]


def _generated(rng: random.Random, real: Sequence[str]) -> Iterator[str]:
    short = [text for text in real if len(text) < 120]
    while True:
        yield " ".join(rng.choices(_PIECES, k=rng.randint(1, 7)))
        yield "".join(rng.choices(_PIECES, k=rng.randint(1, 6)))
        yield _run(rng)
        yield _changed(rng, rng.choice(short))
        yield _changed(rng, _run(rng))


def _run(rng: random.Random) -> str:
    runner, options = rng.choice(list(_FUZZ["runners"].items()))
    text = f"{runner} {rng.choice(options)} {rng.choice(_FUZZ['given'])}{rng.choice(_FUZZ['ends'])}"
    return f"echo a.txt id | {text}" if rng.random() < 0.3 else text


def _changed(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        kind = rng.random()
        if kind < 0.4:
            text = text[:at] + rng.choice(_FUZZ["tricky"]) + text[at:]
        elif kind < 0.6:
            text = text[:at] + text[at + 1 :]
        elif kind < 0.8:
            text = text[:at] + rng.choice(_PIECES) + text[at:]
        else:
            text = text[:at] + rng.choice(_FUZZ["tricky"]) + text[at + 1 :]
    return text


def _environment(rng: random.Random, text: str) -> dict[str, str]:
    """Values that would run `id` if they were taken for more than values."""
    found = {
        name: rng.choice(_FUZZ["values"]) for name in _VARIABLE.findall(text) if harmless(name)
    }
    return found | {"STUB_STATUS": rng.choice("01")}


def _missed(reading: Reading, events: Sequence[Any]) -> list[tuple[str, ...]]:
    """What was executed and not predicted."""
    # With vfork the child's doings come before the line that tells whose child it is.
    parents = {event.child: event.pid for event in events if event.child > 0}
    untold = {event.pid for event in events if event.child < 0}
    free: dict[int, bool] = {}

    def is_free(pid: int) -> bool:
        """Whether it is, or comes of, a program that was called an interpreter."""
        if pid not in free:
            free[pid] = False
            free[pid] = any(map(is_free, {parents[pid]} if pid in parents else untold))
        return free[pid]

    missed = []
    first = True
    for event in events:
        if event.child:
            free.setdefault(event.child, is_free(event.pid))
        elif event.argv and first:
            first = False
        elif event.argv and not is_free(event.pid):
            found = [program for program in reading.programs if _is(program, event.argv)]
            free[event.pid] = any(program.interprets for program in found)
            if not found and not _helps(reading, event.argv):
                missed.append(event.argv)
    return missed


def _is(program: Invocation, argv: Sequence[str]) -> bool:
    return program.name == argv[0] and _match(program.argv[1:], argv[1:])


def _helps(reading: Reading, argv: Sequence[str]) -> bool:
    name = argv[0].rpartition("/")[2]
    return any(name in program.helpers for program in reading.programs)


def _match(pattern: Sequence[str | None], argv: Sequence[str]) -> bool:
    """Whether arguments are as predicted: None stands for any number of words."""
    if not pattern:
        return not argv
    head, rest = pattern[0], pattern[1:]
    if head is None:
        return any(_match(rest, argv[at:]) for at in range(len(argv) + 1))
    if not argv:
        return False
    # The trace cuts what is long, and a list that is long.
    if argv[0] == "…" and len(argv) == 1:
        return True
    if argv[0].endswith("…") and head.startswith(argv[0][:-2]):
        return _match(rest, argv[1:])
    return head == argv[0] and _match(rest, argv[1:])


def test_what_was_not_predicted_shows(trace: Callable[[Any], Any]) -> None:
    ran, alone, freed = trace([("ls | id", {}), ("ls", {}), ("sh a.txt", {})])
    assert _missed(read_command("ls"), ran) == [("id",)]
    assert _missed(read_command("ls"), alone) == []
    assert _missed(read_command("sh a.txt"), freed) == []


@pytest.mark.parametrize(
    ("pattern", "argv", "matches"),
    [
        (("a", None, "c"), ("a", "b", "b", "c"), True),
        (("a", None), ("a",), True),
        (("a",), ("a", "b"), False),
        ((None, "c"), ("a", "b"), False),
    ],
)
def test_arguments_match_what_was_predicted_of_them(
    pattern: tuple[str | None, ...], argv: tuple[str, ...], matches: bool
) -> None:
    assert _match(pattern, argv) == matches
