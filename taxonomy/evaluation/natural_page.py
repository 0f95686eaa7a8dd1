"""The page's part on natural steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.evaluation.foreign_page import made
from taxonomy.evaluation.wording import against, interval, share, table

_HALVES = """\
Rules, and how far the combiner trusts itself on others' logs, may be made with the tune half alone:
of the other half whoever makes rules reads neither steps nor labels, only figures. All steps of one
log are in one half, which is the last bit of the first byte of the SHA-256 of the log's source
(`taxonomy/evaluation/natural.py`).
"""


def natural(found: dict[str, Any]) -> Iterator[str]:
    """Agreement of the annotators, and the taggers on what they agree on."""
    yield "## Natural steps\n"
    yield made(found)
    yield f"{found['annotators']}\n"
    yield (
        f"{found['drawn']} steps were drawn from others' logs (`benchmarks/natural`) and "
        f"labelled twice. Both said the same primary of {found['alike']}; the taggers are held "
        f"against those of them that an importer makes a step of ({found['overall']['steps']}).\n"
    )
    yield from table(
        ("question", "first", "second", "both", "alpha"),
        [
            (one["name"], one["first"], one["second"], one["both"], share(one["alpha"]))
            for one in found["agreement"]
            if one["first"] or one["second"]
        ],
    )
    low = [
        one["name"]
        for one in found["agreement"]
        if one["alpha"] is not None and one["alpha"] < 0.6 and one["name"] != "primary"
    ]
    yield f"Alpha under 0.6: {', '.join(low) if low else 'none'}.\n"
    yield (
        f"The taggers: accuracy {share(found['overall']['accuracy'])}, coverage "
        f"{share(found['overall']['coverage'])}, macro F1 of the causes that occur "
        f"{share(found['overall']['macro_f1'])} {interval(found['macro_f1'])}; with each annotator "
        f"alpha {share(found['alpha_a'])} and {share(found['alpha_b'])}, where the two have "
        f"{share(found['agreement'][0]['alpha'])} with one another.\n"
    )
    yield _HALVES
    yield from table(
        ("steps", "how many", "accuracy", "coverage", "macro F1", "interval", "ECE"),
        [_half(one) for one in found["halves"]] + [_half({"name": "all", **found})],
    )
    yield "All of them:\n"
    yield from table(
        ("primary", "steps", "precision", "recall", "F1", "coverage"),
        [
            (
                one["name"],
                one["positives"],
                *(share(one[key]) for key in ("precision", "recall", "f1", "coverage")),
            )
            for one in found["overall"]["each"]
            if one["positives"] or one["precision"] is not None
        ],
    )
    yield from against(found["baselines"])
    for one in found["halves"]:
        yield f"The {one['name']} beside baselines:\n"
        yield from against(one["baselines"])


def _half(found: dict[str, Any]) -> tuple[Any, ...]:
    overall = found["overall"]
    return (
        found["name"],
        overall["steps"],
        *(share(overall[key]) for key in ("accuracy", "coverage", "macro_f1")),
        interval(found["macro_f1"]).strip("()"),
        share(found["calibration"]["ece"]),
    )
