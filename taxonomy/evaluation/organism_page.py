"""The page's part on the model organism, whose failures have labels by construction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from taxonomy.evaluation.foreign_page import made
from taxonomy.evaluation.wording import interval, share, table

_GROUPS = {
    "plain": "of the nine families with something to read",
    "known": "a fact that it was trained on",
    "moved": "what they need lies elsewhere, as in training",
    "unseen": "it lies in a folder that training never had",
    "held-out": "a fact that it was not trained on",
}
_ABOUT = """\
A language model of a million weights whose every training token is known
([examples/model_organism](../examples/model_organism/README.md)), on tasks that it never saw, in
real containers. Figures with 95% intervals (Wilson); the best of 1,000 scripts that do the same
whatever they are asked solves {script}.
"""
_LABELS = """\
Its failures with temperature, by what they are by construction: what it solves without temperature
and fails with it was failed by a *slip*, a fact that training never held by a *hallucination*, and
a file in a folder that training never used makes it *explore*. Nobody tuned a tagger on them. Such
a label is an episode's: once it has drawn a wrong name, the organism is lost and errs on, and many
of the steps that follow are no slips. By the catalogue, a name that nothing supports and that does
not come again when it is asked again is `invented`, so that a slip in a name is called a
hallucination: here is where the two cannot be told apart without looking into the model.
"""


def organism(found: dict[str, Any]) -> Iterator[str]:
    """What it solves, and what its failures are called."""
    yield "## The model organism\n"
    yield made(found)
    yield _ABOUT.format(script=share(found["best_constant_script"]))
    runs = [found[name]["solved"] for name in ("without", "with")]
    heat = found["with"]["sampling"]["temperature"]
    yield from table(
        ("tasks", "solved without temperature", f"at temperature {heat:g}"),
        [(about, *(_solved(run.get(name)) for run in runs)) for name, about in _GROUPS.items()],
    )
    yield _LABELS
    yield from table(
        ("label", "failed", "a step is called so", "the critical step is called", "all its steps"),
        [
            (
                one["label"],
                one["episodes"],
                one["named"],
                _counts(one["critical"]),
                _counts(one["steps"]),
            )
            for one in found["labels"]
        ],
    )


def _solved(one: dict[str, Any] | None) -> str:
    return "-" if one is None else f"{one['solved']} of {one['of']} {interval(one)}"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.items())
