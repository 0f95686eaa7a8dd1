"""The page's part on logs that nobody made for the taggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.evaluation.wording import against, interval, share, table

_JUDGES = """\
Published on the whole set, of which these logs are a part: LLM judges that read a log name the
exact step in 14.2% (Zhang et al., 2025, arXiv 2505.00212), later ones in about 20%. They were not
run on these halves, so the comparison is one of size and not a test."""

_ABOUT_PRECISION = """\
Of contexts of the other folders that the taggers called a loop, 100 were drawn, and one such step
of each was read by a language model, with the step's past, what was thought and what was shown:
`benchmarks/natural/mirage_loops.jsonl`. Of those that are still called a loop, {right} of {of} are
one ({rate}). {dropped} are called so no longer, {wrongly} of them loops; where rules were changed
after that reading, this precision is no blind one.
"""

_CEILING = """\
**The ceiling.** {nowhere} labels point at what the terminal printed, which is no agent's step:
nobody can get them right. {silent} logs have no terminal at all: nothing in them was run or looked
up, so that a rule that goes by what was observed has nothing to go by, and a mistake of reasoning
can only be read in the words.
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


def who_when(found: dict[str, Any]) -> Iterator[str]:
    """The critical step, by half."""
    yield "## Who&When: the critical step\n"
    yield made(found)
    yield (
        "Rules may be made with the tune half alone; a log's half is the last bit of the first "
        f"byte of its name's SHA-256.\n{_JUDGES}\n"
    )
    yield from table(
        ("logs", "how many", "named", "exact", "interval", "at most one away", "mean distance"),
        [
            (
                part["name"],
                part["score"]["episodes"],
                part["score"]["said"],
                share(part["score"]["exact"]),
                interval(part["exact"]).strip("()"),
                share(part["score"]["near"]),
                share(part["score"]["distance"]),
            )
            for part in found["parts"]
        ],
    )
    for part in found["parts"][:3]:
        yield f"Beside baselines, {part['name']}:\n"
        yield from against(part["baselines"])
        level = [
            one["name"]
            for one in part["baselines"]
            if one["lead"]["low"] is None or one["lead"]["low"] <= 0
        ]
        if level:
            yield f"Not beaten beyond chance: **{', '.join(level)}**.\n"
    yield (
        "What decides (`taxonomy/conversation.py`) was fitted on the tune half, so that its "
        "figure, and with it the one of all logs, is better than it would be on new ones.\n"
    )
    silent = found["parts"][-1]["score"]["episodes"]
    yield _CEILING.format(nowhere=found["nowhere"], silent=silent)


def _rate(one: dict[str, Any]) -> str:
    return share(one["right"] / one["of"] if one["of"] else None)
