"""The component that shows totals and a matrix whose cells can be clicked.

Not `st.dataframe`: that is a megabyte of script before the first cell is there, and its cells are
drawn, so that no screen reader and no tab key comes to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from viewer.component import component
from viewer.filter import EVENTS, OVERVIEW_BY, By
from viewer.found import Group
from viewer.words import short

_HERE = Path(__file__).parent
_KEY = "matrix"


def chosen() -> By | None:
    """What the rows should be by, where somebody has chosen it on the page."""
    asked = st.session_state.get(_KEY, {}).get("by")
    return asked if asked in OVERVIEW_BY else None


def show(groups: Sequence[Group], by: By) -> tuple[Group, str] | None:
    """Puts totals and matrix on the page.

    Args:
        groups: The rows.
        by: What they are.

    Returns:
        The row and the event or failure mode of a cell that was just clicked; the name is empty
        where the click was on the row's own.
    """
    modes = sorted({mode for group in groups for mode in group.counts if mode not in EVENTS})
    columns = [name for name in EVENTS if any(group.counts.get(name) for group in groups)] + modes
    data = {
        "by": by,
        "offered": OVERVIEW_BY,
        "totals": _totals(groups),
        "columns": [[short(name).replace("_", " "), name in EVENTS] for name in columns],
        "rows": [
            {
                "name": short(group.name),
                "episodes": group.episodes,
                "solved": group.solved / group.ended if group.ended else None,
                "counts": [group.counts.get(name, 0) for name in columns],
            }
            for group in groups
        ],
    }
    found = component(_HERE)(
        data=data,
        key=_KEY,
        default={"by": by},
        on_by_change=lambda: None,
        on_cell_change=lambda: None,
    )
    if not found.cell:
        return None
    row, column = found.cell
    return groups[row], columns[column] if column >= 0 else ""


def _totals(groups: Sequence[Group]) -> list[tuple[str, str]]:
    ended = sum(group.ended for group in groups)
    solved = sum(group.solved for group in groups)
    return [
        ("Episodes", f"{sum(group.episodes for group in groups):,}"),
        ("Solved", f"{solved / ended:.0%}" if ended else "none ended"),
        ("Steps", f"{sum(group.steps for group in groups):,}"),
        (
            "Episodes with denials",
            f"{sum(group.counts.get('denials', 0) for group in groups):,}",
        ),
        ("Cost", f"${sum(group.cost for group in groups):,.2f}"),
    ]
