"""Compare: two episodes of one task side by side, with the step where they part."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from episodes.errors import EpisodeUnknown, LogDamaged
from episodes.trajectory import Trajectory
from taxonomy.texts import action_text, observation_text
from viewer.addresses import keep_in_address
from viewer.alignment import align, parting
from viewer.filter import Filter
from viewer.found import Listed
from viewer.opened import opened_log, say_empty, tell, trajectory_of
from viewer.queries import Queries
from viewer.words import block, short

_OFFERED = 200


def main() -> None:
    """The page."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        tasks = queries.choices("task")
        asked = st.query_params.get("task", "")
        task = st.selectbox(
            "Task", tasks, tasks.index(asked) if asked in tasks else 0, format_func=short
        )
        rows = queries.page(Filter(task=task), size=_OFFERED).rows
        if len(rows) < 2:
            st.info("This task has one episode; two are needed to be compared.")
            return
        columns = st.columns(2)
        with columns[0]:
            left = _choose("Left", rows, st.query_params.get("left", ""), 0)
        with columns[1]:
            right = _choose("Right", rows, st.query_params.get("right", ""), 1)
        keep_in_address({"task": task, "left": left, "right": right})
        _compare(queries, left, right)


def _choose(label: str, rows: tuple[Listed, ...], asked: str, otherwise: int) -> str:
    names = [row.episode for row in rows]
    told = {
        row.episode: short(f"{row.outcome} · {row.agent} · {row.steps} steps · {row.episode}")
        for row in rows
    }
    at = names.index(asked) if asked in names else otherwise
    return str(st.selectbox(label, names, at, format_func=told.__getitem__))


def _compare(queries: Queries, left: str, right: str) -> None:
    try:
        ours, theirs = (trajectory_of(queries, name) for name in (left, right))
    except (LogDamaged, EpisodeUnknown) as problem:
        tell(problem)
        return
    rows = align(ours, theirs)
    where = parting(rows)
    if where is None:
        st.success("Every action is the same on both sides.")
    else:
        at = rows[where]
        st.caption(f"They part at line {where + 1}: what each saw just before and did then, below.")
        for column, one, step in zip(
            st.columns(2), (ours, theirs), (at.left, at.right), strict=True
        ):
            with column:
                _parting(one, step)
    st.dataframe(
        pd.DataFrame(
            {
                "": ["=" if row.same else "≠" for row in rows],
                "left step": [_number(row.left) for row in rows],
                "left does": [_action(ours, row.left) for row in rows],
                "right step": [_number(row.right) for row in rows],
                "right does": [_action(theirs, row.right) for row in rows],
            }
        ),
        hide_index=True,
    )


def _parting(one: Trajectory, step: int | None) -> None:
    if step is None:
        st.text("has no step at this line")
        return
    before = one.steps[step - 1] if step else None
    seen = (
        "" if before is None or before.observation is None else observation_text(before.observation)
    )
    st.caption("had seen")
    st.code(block(seen, 2000) or "nothing yet", language=None, wrap_lines=True)
    st.caption(f"does at step {step}")
    st.code(block(action_text(one.steps[step].action), 2000), language=None, wrap_lines=True)


def _number(step: int | None) -> str:
    return "" if step is None else str(step)


def _action(one: Trajectory, step: int | None) -> str:
    return "" if step is None else short(action_text(one.steps[step].action), 300)


main()
