"""The page that shows what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.evaluation import foreign_page, natural_page, organism_page, who_when_page
from taxonomy.evaluation.wording import against, interval, share, table

_ABOUT = """\
# How right the taggers are

Made by `make evaluate`, which is `longleash evaluate --page docs/evaluation.md`; the figures are
kept in `evaluation.json` beside this page. Nothing here is typed by hand.

- A step is **right** where the primary cause is the labelled one, or another that the labels allow.
- **Macro F1** is the mean F1 of the seven causes; `undetermined` on a step that has a cause counts
  as a miss. **Coverage** is the share of the steps with an answer on which one was given.
- **ECE** is the expected calibration error of the probability of the primary, in ten bins.
- Each part names the version of the taggers that it measured. Rules that were changed later have no
  figures on the test half unless it says so: `looks.jsonl` names every version that was.
- Intervals are 95% percentile bootstrap intervals over whole episodes. A lead over a baseline is
  tested in pairs, by swapping the two within episodes; the smallest p that can come out is 0.001.
"""


def page(every: dict[str, Any], picture: str | None) -> str:
    """Everything that is kept, as Markdown.

    Args:
        every: What `kept` returns.
        picture: The picture's file, as the page is to name it.
    """
    lines = [_ABOUT]
    if "corpus" in every:
        lines += _corpus(every["corpus"], picture)
    if "natural" in every:
        lines += natural_page.natural(every["natural"])
    if "mirage" in every:
        lines += foreign_page.mirage(every["mirage"])
    if "who-when" in every:
        lines += who_when_page.who_when(every["who-when"])
    if "organism" in every:
        lines += organism_page.organism(every["organism"])
    return "\n".join(lines).rstrip() + "\n"


def _corpus(found: dict[str, Any], picture: str | None) -> Iterator[str]:
    yield f"## The corpus: {found['data']}\n"
    yield foreign_page.made(found)
    yield _looked(found)
    yield from table(("what must hold", "asked for", "measured", ""), _held(found))
    if picture is not None:
        yield f"![F1 of each cause, and stated probabilities against the share right]({picture})\n"
    yield from table(
        ("primary", "steps", "precision", "recall", "F1", "coverage", "ECE of its probability"),
        [
            (
                one["name"],
                one["positives"],
                *(share(one[key]) for key in ("precision", "recall", "f1", "coverage")),
                share(found["calibration_causes"].get(one["name"], {}).get("ece")),
            )
            for one in found["overall"]["each"]
        ],
    )
    yield "Near misses: steps that look like a cause and are not.\n"
    yield from table(
        ("looks like", "steps", "right"),
        [
            (cause, one["of"], share(one["right"] / one["of"]))
            for cause, one in found["near_misses"].items()
        ],
    )
    if found["blind"]:
        yield "The four blind families, made by someone who had not read the taggers:\n"
        yield from _classes(found["blind"]["each"])
    yield "Beside baselines, macro F1:\n"
    yield from against(found["baselines"])
    if found["critical"]:
        yield from _critical(found)
    yield from _rest(found)


def _looked(found: dict[str, Any]) -> str:
    looks = found.get("looks")
    digests = "; ".join(f"`{name}` {digest[:16]}…" for name, digest in found["digests"].items())
    said = f"SHA-256 of the rows, held against the manifest before each run: {digests}."
    if looks is not None:
        often = "once" if looks == 1 else f"{looks} times"
        said += (
            f" **The test half was looked at {often}** by this command; `looks.jsonl` beside the "
            "manifest has each time. Whoever made the corpus ran one baseline on it, too, which "
            "reads forecasts alone. Two rules of `environment_fault` (a tool that vanishes; a "
            "running service's empty reply or reset) were written by somebody who had read, in the "
            "corpus's README, which kinds of fault are held out: read its figure with that in mind."
        )
    return said + "\n"


def _held(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    overall, blind = found["overall"], found["blind_macro_f1"]
    causes = [one for one in overall["each"] if one["name"] not in ("none", "undetermined")]
    worst = min(causes, key=lambda one: one["f1"] or 0.0)
    near = found["near"]["right"] / found["near"]["of"] if found["near"]["of"] else None
    lead = next(one for one in found["baselines"] if one["name"] == "forecast only")["lead"]
    rows: list[tuple[str, str, float | None, str, bool]] = [
        (
            "macro F1",
            "≥ 0.85",
            overall["macro_f1"],
            interval(found["macro_f1"]),
            (overall["macro_f1"] or 0) >= 0.85,
        ),
        ("coverage", "≥ 0.9", overall["coverage"], "", (overall["coverage"] or 0) >= 0.9),
        (
            f"the worst cause's F1 ({worst['name']})",
            "≥ 0.75",
            worst["f1"],
            "",
            (worst["f1"] or 0) >= 0.75,
        ),
        ("near misses right", "≥ 0.85", near, "", (near or 0) >= 0.85),
        (
            "lead over forecasts alone",
            "≥ 0.2",
            lead["difference"],
            interval(lead),
            lead["difference"] >= 0.2,
        ),
        (
            "ECE of the primary",
            "≤ 0.05",
            found["calibration"]["ece"],
            "",
            (found["calibration"]["ece"] or 1) <= 0.05,
        ),
    ]
    if blind is not None:
        row = ("macro F1, blind families", "≥ 0.75", blind["value"], interval(blind))
        rows.insert(1, (*row, blind["value"] >= 0.75))
    told: list[tuple[Any, ...]] = [
        (name, asked, f"{share(value)} {about}".strip(), "holds" if held else "**does not hold**")
        for name, asked, value, about, held in rows
    ]
    loose = len(found["loose"])
    said = f"{loose} of {found['evidence']}"
    held = "**does not hold**" if loose else "holds"
    told.append(("evidence that points nowhere", "0", said, held))
    return told


def _classes(each: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("primary", "steps", "precision", "recall", "F1", "coverage"),
        [
            (
                one["name"],
                one["positives"],
                *(share(one[key]) for key in ("precision", "recall", "f1", "coverage")),
            )
            for one in each
        ],
    )


def _critical(found: dict[str, Any]) -> Iterator[str]:
    one = found["critical"]
    yield "### The critical step\n"
    yield (
        f"Of {one['episodes']} failed episodes whose critical step is laid down, it was named for "
        f"{one['said']}; exact in {share(one['exact'])}, at most one step away in "
        f"{share(one['near'])}; mean distance {share(one['distance'])} steps.\n"
    )
    yield from against(found["critical_baselines"])


def _rest(found: dict[str, Any]) -> Iterator[str]:
    yield "### What else was measured\n"
    yield from table(
        ("overlay", "steps", "precision", "recall", "F1"),
        [
            (
                one["name"],
                one["positives"],
                *(share(one[key]) for key in ("precision", "recall", "f1")),
            )
            for one in found["overlays"].values()
        ],
    )
    gained, marks = found["gained"], found["marks"]
    rate = gained["right"] / gained["of"] if gained["of"] else None
    named = found["calibration_named"]
    yield (
        f"- Whether a step brought information: right in {share(rate)} of {gained['of']}.\n"
        f"- Macro F1 over the steps with an answer alone: "
        f"{share(found['overall']['macro_f1_answered'])}.\n"
        f"- ECE where a cause was named ({named['count']} steps): {share(named['ece'])}.\n"
        f"- {share(marks['marked'])} of the steps have a forecast; without the agent's marks the "
        f"primary is another on {share(marks['disagreement'])} of these.\n"
    )
