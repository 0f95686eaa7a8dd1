"""A comparison as tables for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from episodes.terminal import safe_line
from taxonomy.compare import CONFIDENCE, Comparison, Difference, Side


def side_by_side(comparison: Comparison) -> Group:
    """Both sides, then each measure with its difference and interval."""
    a, b = comparison.a, comparison.b
    lines = [Text(f"A: {_side(a)}"), Text(f"B: {_side(b)}"), Text("")]
    table = Table(box=None, pad_edge=False)
    table.add_column("per episode", no_wrap=True)
    interval = f"{CONFIDENCE:.0%} interval"
    for name in ("A", "B", "B - A", interval, "tasks", "more", "less", "p"):
        table.add_column(name, justify="right")
    for difference in comparison.differences:
        table.add_row(*_cells(difference))
    notes = [
        Text(""),
        Text(
            "Paired by task; intervals by bootstrap over tasks. More and less: tasks of which B "
            "has more or less; p: the sign test over these."
        ),
    ]
    for name, tasks in (("A", comparison.only_a), ("B", comparison.only_b)):
        if tasks:
            notes.append(Text(f"Only {name} has: {safe_line(', '.join(tasks))}"))
    return Group(*lines, table, *notes)


def _side(side: Side) -> str:
    name = safe_line(side.name)
    said = f"{name}: {side.episodes} episodes, {side.solved} of {side.judged} solved"
    if side.rate is not None:
        said += f" ({side.rate:.0%}, {CONFIDENCE:.0%} interval {side.low:.0%} to {side.high:.0%})"
    return said + (f"; {side.faulted} more ended by a fault" if side.faulted else "")


def _cells(difference: Difference) -> list[str]:
    if difference.low is None or difference.high is None:
        interval = "one task"
    else:
        interval = f"{difference.low:+.4g} to {difference.high:+.4g}"
    return [
        difference.measure,
        f"{difference.a:.4g}",
        f"{difference.b:.4g}",
        f"{difference.difference:+.4g}",
        interval,
        str(difference.tasks),
        str(difference.more),
        str(difference.less),
        "" if difference.p is None else f"{difference.p:.3f}",
    ]
