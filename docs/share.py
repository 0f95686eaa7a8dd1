"""The parts of docs/shell.md that are made from the code: the share understood, and the facts."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from semantics.reading import Reading
from semantics.schemas import SCHEMAS, Schema
from semantics.shell import read_command

PAGE = Path(__file__).parent / "shell.md"
DATA = Path(__file__).parent.parent / "tests/semantics/data"
_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def shell_page() -> str:
    """The page as it is, with the parts between its marks made anew."""
    makers = {"share": _share, "facts": _facts}
    text = PAGE.read_text(encoding="utf-8")
    return _PART.sub(lambda found: found[1] + "\n".join(makers[found[2]]()) + "\n" + found[3], text)


def _share() -> Iterator[str]:
    with gzip.open(DATA / "nl2bash.txt.gz", "rt", encoding="utf-8") as lines:
        sets = {"nl2bash": lines.read().splitlines()}
    with gzip.open(DATA / "agents.json.gz", "rt", encoding="utf-8") as text:
        sets |= json.load(text)
    yield "| commands | of them | programs known | and every argument | with an interpreter |"
    yield "|---|---|---|---|---|"
    reasons: Counter[str] = Counter()
    for name, commands in sets.items():
        readings = [read_command(command) for command in commands]
        reasons.update(_kind(reading.why) for reading in readings if not reading.understood)
        yield _row(name, readings)
    missing = sum(reasons.values())
    yield ""
    yield f"Of the {missing:,} that are not understood:"
    yield ""
    yield "| why not | share of them |"
    yield "|---|---|"
    for why, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:12]:
        yield f"| {why} | {count / missing:.0%} |"


def _row(name: str, readings: Sequence[Reading]) -> str:
    known = [reading for reading in readings if reading.understood]
    whole = [
        reading
        for reading in known
        if all(None not in program.argv for program in reading.programs)
    ]
    freed = [
        reading for reading in known if any(program.interprets for program in reading.programs)
    ]
    shares = (f"{len(part) / len(readings):.1%}" for part in (known, whole, freed))
    return f"| `{name}` | {len(readings):,} | " + " | ".join(shares) + " |"


def _kind(why: str) -> str:
    why = why.removesuffix(", in the text that a shell is given")
    if why.startswith("the shell's own"):
        return "one of the shell's own that runs text or changes how text is read"
    if "ways that are not read" in why:
        return "a program that runs others in ways that are not read"
    if "may be an" in why or "not certain" in why:
        return "a word known only as it runs, where a program or an option may stand"
    return why


def _facts() -> Iterator[str]:
    groups: dict[Schema, list[str]] = {}
    for name, schema in SCHEMAS.items():
        groups.setdefault(schema, []).append(name)
    yield "| programs | run | from |"
    yield "|---|---|---|"
    for schema, programs in groups.items():
        named = " ".join(f"`{program}`" for program in programs)
        helpers = f"; helpers: {' '.join(schema.helpers)}" if schema.helpers else ""
        yield f"| {named} | {schema.runs}{helpers} | {schema.source} |"
