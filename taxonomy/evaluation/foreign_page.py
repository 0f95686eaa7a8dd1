"""The page's part on logs that nobody made for the taggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.evaluation.wording import share, table

_ABOUT_PRECISION = """\
Of contexts of the other folders that the taggers called a loop, 100 were drawn, and one such step
of each was read by a language model, with the step's past, what was thought and what was shown:
`benchmarks/natural/mirage_loops.jsonl`. Of those that are still called a loop, {right} of {of} are
one ({rate}). {dropped} are called so no longer, {wrongly} of them loops; where rules were changed
after that reading, this precision is no blind one.
"""


def made(found: dict[str, Any]) -> str:
    """When, by what."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"{found['measured']}, by `{found['tagger']}`. {versions}.\n"


def mirage(found: dict[str, Any]) -> Iterator[str]:
    """Loops."""
    recall, end, precise = found["recall"], found["at_the_end"], found["precision"]
    yield "## MIRAGE: loops\n"
    yield made(found)
    yield (
        f"Of the {recall['of']} contexts that were chosen because they repeat (`repetitive_*`), "
        f"a loop was found in {recall['right']} ({_rate(recall)}; asked for is 0.98); at the very "
        f"last step in {end['right']} ({_rate(end)}).\n"
    )
    yield _ABOUT_PRECISION.format(
        right=precise["right"],
        of=precise["of"],
        rate=_rate(precise),
        dropped=found["dropped"],
        wrongly=found["dropped_wrongly"],
    )
    yield from table(
        ("folder", "contexts", "with a loop", "at the end", "steps", "loops"),
        [
            tuple(one[key] for key in ("name", "contexts", "found", "at_the_end", "steps", "loops"))
            for one in found["folders"]
        ],
    )


def _rate(one: dict[str, Any]) -> str:
    return share(one["right"] / one["of"] if one["of"] else None)
