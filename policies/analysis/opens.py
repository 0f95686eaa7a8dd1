"""What programs open once they may run: facts from their manuals and GTFOBins, kept as data."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from episodes.document import parse_document
from episodes.errors import PolicyInvalid
from episodes.record import Record
from semantics.schemas import schema_of

_RUNS = "runs other programs that its arguments, files or input name"
_VERSION = re.compile(r"-?\d+(?:\.\d+)*\Z")

Opens = Literal["interprets", "runs", "connects", "writes"]
"""What a program can do beyond reading its input."""


class Group(Record):
    """Programs that open the same."""

    kind: Opens
    """What they can do."""
    opens: str
    """The same, in words that follow a program's name."""
    source: str
    """Where the facts are from."""
    programs: Annotated[tuple[str, ...], Field(min_length=1)]
    """The programs, by bare name."""


class Facts(Record):
    """The whole of what is known."""

    version: Literal[1]
    """The format's version."""
    groups: tuple[Group, ...]
    """A program may be in several."""


@lru_cache(maxsize=1)
def facts() -> Facts:
    """The facts that come with Longleash."""
    content = (resources.files("policies.analysis") / "opens.yaml").read_bytes()
    return parse_document(content, "opens.yaml", Facts, PolicyInvalid)


@lru_cache(maxsize=1)
def _by_program() -> dict[str, tuple[Group, ...]]:
    found: dict[str, tuple[Group, ...]] = {}
    for group in facts().groups:
        for program in group.programs:
            found[program] = (*found.get(program, ()), group)
    return found


def groups_of(program: str) -> tuple[Group, ...]:
    """What is known of a program, by bare name; empty where nothing is.

    A version behind the name, as in python3.11, is left out where the whole name is not known.
    What is known only of how its words name other programs counts too.
    """
    known = _by_program().get(program) or _by_program().get(_VERSION.sub("", program), ())
    schema = schema_of(program)
    if schema is None or schema.runs == "itself":
        return known
    if any(group.kind in ("interprets", "runs") for group in known):
        return known
    return (*known, _group("runs", _RUNS, schema.source, program))


@lru_cache(maxsize=1024)
def _group(kind: Opens, opens: str, source: str, program: str) -> Group:
    return Group(kind=kind, opens=opens, source=source, programs=(program,))


def opened_by(program: str) -> tuple[Opens, ...]:
    """The kinds of what a program opens."""
    return tuple(group.kind for group in groups_of(program))
