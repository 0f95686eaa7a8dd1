"""The page's part on Who&When."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from taxonomy.evaluation.foreign_page import made
from taxonomy.evaluation.who_when_reasons import MEANING
from taxonomy.evaluation.wording import against, interval, share, table

_CHANCE = 0.05

_ABOUT = """\
Rules may be made with the tune half alone; a log's half is the last bit of the first byte of its
name's SHA-256. What decides (`taxonomy/conversation.py`, version {version}) was fitted on the tune
half, so that its figure, and with it the one of all logs, is better than it would be on new ones.
The best fixed position is there twice: by the labels of the very logs that it is held against,
which is the bar, and chosen as our rules are, on the tune half. The rules alone are above it on all
logs, but not beyond chance; with a judge they are (*With a judge*).

Published on the whole set, of which these logs are a part: LLM judges that read a log name the
exact step in 14.2% (Zhang et al., 2025, arXiv 2505.00212), later ones in about 20%. They were not
run on these halves, so the comparison is one of size and not a test.
"""

_TRIED = """\
Version 2 looked much better on the tune half, also by cross-validation, and was no better on the
other one: its definitions had been chosen by somebody who had read those logs, and no fold can undo
that. All logs together it would have put above the best fixed position beyond chance, but only by
the logs that it was made with. So it was taken back for the simpler version 1. After two looks the
halves can hardly judge a third version of the rules: that takes new logs.
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


_JUDGE = """\
### With a judge

`longleash tag --refine` asks a judge by which step an episode failed, too, and weighs its word with
the rules' (docs/tagging.md). {model} was asked that of each of these logs once, by rubric
`{rubric}`. Whoever wrote the rubric had read the tune half; it was written before any answer was
seen, and not changed afterwards. The answers are kept
(`benchmarks/natural/who_when_judged.jsonl`), and read again here by the judge's own code. The judge
saw no label, no reason and no right answer. It went through 27 logs in each of three sittings,
where `--refine` asks about each in a conversation of its own. These logs are public, and nobody can
say whether it had been trained on them. Answers that could not be used, since what they quote
stands nowhere: {unused}.
"""


def who_when(found: dict[str, Any]) -> Iterator[str]:
    """The critical step, by half."""
    yield "## Who&When: the critical step\n"
    yield made(found)
    yield _ABOUT.format(version=found["version"])
    yield from _looked(found["looks"])
    yield _TRIED
    yield from _scores((part["name"], part) for part in found["parts"])
    for part in found["parts"][:3]:
        yield from _beside(part["name"], part)
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
    if found.get("judge"):
        yield from _with_judge(found["judge"])


def _with_judge(found: dict[str, Any]) -> Iterator[str]:
    yield _JUDGE.format(**found)
    named = (
        (f"{part['name']}, {how}", part)
        for how, parts in (("the judge alone", found["alone"]), ("weighed", found["refined"]))
        for part in parts
    )
    yield from _scores(named)
    yield from _beside("all logs, the judge alone", found["alone"][0])
    for part in found["refined"]:
        yield from _beside(f"{part['name']}, weighed", part)


def _scores(parts: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield from table(
        ("logs", "how many", "named", "exact", "interval", "at most one away", "mean distance"),
        [
            (
                name,
                part["score"]["episodes"],
                part["score"]["said"],
                share(part["score"]["exact"]),
                interval(part["exact"]).strip("()"),
                share(part["score"]["near"]),
                share(part["score"]["distance"]),
            )
            for name, part in parts
        ],
    )


def _beside(name: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"Beside baselines, {name}:\n"
    yield from against(part["baselines"])
    level = [
        one["name"]
        for one in part["baselines"]
        if not (one["lead"]["low"] or 0) > 0 or not (one["lead"]["p"] or 0) < _CHANCE
    ]
    told = f"Not beaten beyond chance: **{', '.join(level)}**." if level else "All are beaten."
    yield f"{told}\n"


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
