"""The attack table: what was held by what, for a terminal and for docs/attacks.md."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from sandbox.attacks.attack import CLASSES
from sandbox.attacks.trial import Row

_HEAD = """# The attack table

Written by a run of the attacks in `sandbox/attacks/` against real containers; `make attacks` runs
them anew, and `longleash doctor --attack` on any machine. Each attack is tried four times:

- **both**: through the gate, in a container as every episode has it;
- **kernel alone**: no action is judged; Landlock, our seccomp filter, the agent's user, mounts
  without execution, namespaces and limits are all that holds;
- **gate alone**: what the gate allows runs as root, with every capability, no filter, executable
  mounts and the network of a neighbour;
- **neither**: the control, which must work, or the row shows nothing.

What is true afterwards is looked at from outside: by root's shell in the container, by a
neighbour's container that listens, by the guest's answers, or by a secret that differs each time.
An interpreter that a policy allows makes its text unreadable to the gate: there the kernel holds,
and the row says so.

A browser's attacks are tried through addresses, by a page of a hostile site that the policy opens,
and from inside, as if Chromium had been taken over. Without the gate its container, its settings
and the egress proxy hold; the bare one is root's, without a sandbox, and reaches the neighbour.
"""


def as_page(rows: Sequence[Row]) -> str:
    """The table as a page of Markdown."""
    lines = [_HEAD, *_summary(rows)]
    for about, title in CLASSES.items():
        of_class = [row for row in rows if row.about == about]
        lines += [
            f"## {title}",
            "",
            "| attack | what it does | both | kernel alone | gate alone | neither | why |",
            "|---|---|---|---|---|---|---|",
            *map(_line, of_class),
            "",
        ]
    return "\n".join(lines)


def as_table(rows: Sequence[Row]) -> Table:
    """The table for a terminal."""
    table = Table(
        "class", "attack", "both", "kernel alone", "gate alone", "neither", box=None, pad_edge=False
    )
    for row in rows:
        cells = [row.about, row.attack.id]
        cells += [_coloured(held) for held in (row.both, row.kernel, row.parser)]
        table.add_row(*cells, "works" if row.control else "[red]does not work[/]")
    return table


def as_facts(rows: Sequence[Row]) -> list[dict[str, str | bool]]:
    """The table for a program: one object an attack, true where it was held."""
    return [
        {
            "attack": row.attack.id,
            "class": row.about,
            "both": row.both,
            "kernel_alone": row.kernel,
            "gate_alone": row.parser,
            "works_with_neither": row.control,
        }
        for row in rows
    ]


def in_a_line(rows: Sequence[Row]) -> str:
    """What came of all of them."""
    both, kernel, parser, control = counts(rows)
    return (
        f"{len(rows)} attacks: {both} held by both layers, {kernel} by the kernel alone, {parser} "
        f"by the gate alone; {control} work with neither"
    )


def counts(rows: Sequence[Row]) -> tuple[int, int, int, int]:
    """How many were held by both, by the kernel alone, by the gate alone, and worked with none."""
    return (
        sum(row.both for row in rows),
        sum(row.kernel for row in rows),
        sum(row.parser for row in rows),
        sum(row.control for row in rows),
    )


def why(row: Row) -> str:
    """What denied it, or why a layer alone does not hold it."""
    attack = row.attack
    said = [attack.beyond_parser, attack.beyond_kernel]
    if row.denied_by:
        said.insert(0, f"the gate: `{row.denied_by}`")
    return "; ".join(filter(None, said))


def _summary(rows: Sequence[Row]) -> list[str]:
    lines = [
        "| class | attacks | both | kernel alone | gate alone | work with neither |",
        "|---|---|---|---|---|---|",
    ]
    groups = {
        title: [row for row in rows if row.about == about] for about, title in CLASSES.items()
    }
    for title, found in {**groups, "**all**": list(rows)}.items():
        cells = " | ".join(map(str, (len(found), *counts(found))))
        lines.append(f"| {title} | {cells} |")
    return [*lines, ""]


def _line(row: Row) -> str:
    cells = (
        f"`{row.attack.id}`",
        row.attack.title,
        _held(row.both),
        _held(row.kernel),
        _held(row.parser),
        "works" if row.control else "**does not work**",
        why(row),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _coloured(held: bool) -> str:
    return "[green]held[/]" if held else "[yellow]not held[/]"


def _held(held: bool) -> str:
    return "held" if held else "not held"
