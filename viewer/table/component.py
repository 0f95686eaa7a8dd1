"""The component that shows a table of numbers.

Not `st.dataframe` and not `st.code`: each is more than a megabyte of script before the first number
is there; and `st.table` makes markdown of what it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viewer.component import component
from viewer.words import short

_HERE = Path(__file__).parent


def show(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    key: str,
    *,
    before: str = "",
    after: str = "",
) -> None:
    """Puts a table on the page.

    Args:
        columns: Their names; the first is of what names a row.
        rows: Each with a text a column.
        key: Tells this table from the page's others.
        before: What is said above it.
        after: What is said beneath it.
    """
    made = [[short(cell) for cell in row] for row in rows]
    data = {"columns": list(columns), "rows": made, "before": before, "after": after}
    component(_HERE)(data=data, key=key)
