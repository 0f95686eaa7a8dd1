"""The page's part on Who&When."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.evaluation.foreign_page import made
from taxonomy.evaluation.who_when_reasons import MEANING
from taxonomy.evaluation.wording import against, interval, share, table

_ABOUT = """\
Rules may be made with the tune half alone; a log's half is the last bit of the first byte of its
name's SHA-256. What decides (`taxonomy/conversation.py`, version {version}) was fitted on the tune
half, so that its figure, and with it the one of all logs, is better than it would be on new ones.
The best fixed position is there twice: by the labels of the very logs that it is held against,
which is the bar, and chosen as our rules are, on the tune half.

Published on the whole set, of which these logs are a part: LLM judges that read a log name the
exact step in 14.2% (Zhang et al., 2025, arXiv 2505.00212), later ones in about 20%. They were not
run on these halves, so the comparison is one of size and not a test.
"""

_TRIED = """\
Version 2 looked much better on the tune half, also by cross-validation, and was no better on the
other one: its definitions had been chosen by somebody who had read those logs, and no fold can undo
that. All logs together it would have put above the best fixed position beyond chance, but only by
the logs that it was made with. So it was taken back for the simpler version 1. After two looks the
halves can hardly judge a third version: that takes new logs.
"""

_SIZE = """\
**What these logs can tell.** Only logs count that one of the two has right and the other not. On
all logs these are {all_differ}: with as many, p is under 0.05 from an exact share of {all_share}
on; on the test half they are {differ}, and it is from {share} on. To find a true lead in four of
five such sets of logs the true share has to be {all_true} on all logs and {true} on the test half.
"""

_CEILING = """\
**The ceiling.** {nowhere} labels point at what the terminal printed, which is no agent's step:
nobody can get them right. {unobserved} point at a step with which nothing was run, so that a rule
that goes by what was observed has nothing to go by, and a mistake can only be read in the words;
{silent} logs have no terminal at all.
"""

_READ = """\
Where the evidence of a label is, as a language model judged the {read} logs of the tune half with
their reasons (`benchmarks/natural/who_when_reasons.jsonl`): in {outside} of them the log does not
show that the labelled step is wrong, only the right answer does.
"""


def who_when(found: dict[str, Any]) -> Iterator[str]:
    """The critical step, by half."""
    yield "## Who&When: the critical step\n"
    yield made(found)
    yield _ABOUT.format(version=found["version"])
    yield from _looked(found["looks"])
    yield _TRIED
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
    parts = {part["name"]: part["enough"] for part in found["parts"]}
    every, half = parts["all logs"], parts["test half"]
    yield _SIZE.format(
        all_differ=every["differing"],
        all_share=share(every["share"]),
        all_true=share(every["true_share"]),
        differ=half["differing"],
        share=share(half["share"]),
        true=share(half["true_share"]),
    )
    yield _CEILING.format(
        nowhere=found["nowhere"],
        unobserved=found["unobserved"],
        silent=found["parts"][-1]["score"]["episodes"],
    )
    yield from _evidence(found["evidence"])


def _looked(looks: list[dict[str, Any]]) -> Iterator[str]:
    often = "once" if len(looks) == 1 else f"{len(looks)} times"
    yield f"**The test half was looked at {often}**, each time with a version frozen before:\n"
    yield from table(
        (
            "version",
            "day",
            "tune half",
            "test half",
            "best fixed position there",
            "p",
            "what it was",
        ),
        [
            (
                one["version"],
                one["at"][:10],
                *(share(one[key]) for key in ("tune", "exact", "best_fixed", "p")),
                one["note"],
            )
            for one in looks
        ],
    )


def _evidence(found: list[dict[str, Any]]) -> Iterator[str]:
    if not found:
        return
    counts = {one["evidence"]: one["logs"] for one in found}
    outside = counts.get("unsupported", 0) + counts.get("outside", 0)
    yield _READ.format(read=sum(counts.values()), outside=outside)
    yield from table(
        ("evidence", "what it says", "logs", "named right"),
        [(one["evidence"], MEANING[one["evidence"]], one["logs"], one["right"]) for one in found],
    )
