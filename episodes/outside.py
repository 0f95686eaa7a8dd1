"""Heads that were kept elsewhere, against which a cut end or a chain made anew shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from episodes.chainwalk import Walked
from episodes.errors import UsageError
from episodes.rows import Head
from episodes.verification import Problem, Wrong

_LINE = re.compile(r"(\S+) (\d{1,15}) (sha256:[0-9a-f]{64})\Z")


def read_heads(path: Path) -> list[Head]:
    """The heads in a file of lines `chain length hash`.

    Raises:
        UsageError: It cannot be read, or a line is no head.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: the file of heads cannot be read: {problem}") from problem
    heads = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _LINE.match(line.strip())
        if found is None:
            raise UsageError(
                f"{path}:{number}: not a head; write 'chain length hash', as 'longleash heads' does"
            )
        heads.append(Head(chain=found[1], length=int(found[2]), hash=found[3], closed=False))
    return heads


def check_outside(
    heads: Iterable[Head],
    walked: Mapping[str, Walked],
    hashes: Mapping[tuple[str, int], str],
) -> list[Problem]:
    """Compares heads kept elsewhere with a log's chains.

    Args:
        heads: The heads.
        walked: How far each chain of the log goes.
        hashes: The log's hash for each chain and length that a head names.
    """
    problems = []
    for head in heads:
        length = walked.get(head.chain, Walked()).length
        if length < head.length:
            what: Wrong = "missing"
            place = length
            detail = f"a head kept elsewhere says that the chain has {head.length} entries"
        elif hashes.get((head.chain, head.length)) != head.hash:
            what, place = "edited", max(head.length - 1, 0)
            detail = "a head kept elsewhere names another hash; this chain was made anew"
        else:
            continue
        problems.append(
            Problem(
                what=what,
                where=f"{head.chain} entry {place}",
                detail=detail,
                chain=head.chain,
                sequence=place,
            )
        )
    return problems
