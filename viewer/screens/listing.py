"""Episodes: filter, search, sort, page; a row opens its replay."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from viewer.addresses import again, filter_of_address, keep_in_address, link
from viewer.filter import EVENTS, SORTS, Filter
from viewer.found import Listed
from viewer.opened import opened_log, say_empty
from viewer.queries import COUNT_CAP, Queries
from viewer.words import short

_SIZE = 50
_SHOWN = "listing-shown"
"""The filter that the address was made to say, the one before it, and since when."""
_LATE_SECONDS = 1.0
_FIELDS = ("text", "sort", "agent", "task", "policy", "run", "status", "outcome", "event", "mode")


def choose(queries: Queries, asked: Filter) -> Filter:
    """The filter, as widgets that begin with what the address says.

    The address was written here, or somebody came with it: only then the widgets follow it, since
    one that is made anew while a person types loses what was typed.
    """
    state = st.session_state
    shown, before, since = state.get(_SHOWN, (None, None, 0.0))
    # What was typed at once after another choice can arrive with the address before that choice.
    late = asked == before and time.monotonic() - since < _LATE_SECONDS
    if asked != shown and not late:
        state.update({f"filter-{name}": getattr(asked, name) for name in _FIELDS})
    words, order = st.columns((7, 1))
    words.text_input(
        "Search",
        key="filter-text",
        placeholder="words in actions, observations, evidence",
        icon=":material/search:",
    )
    order.selectbox(
        "Most first",
        dict.fromkeys(("", *SORTS, state["filter-sort"])),
        key="filter-sort",
        format_func=lambda one: short(one) or "began",
    )
    options = _options(queries)
    for column, (name, known) in zip(st.columns(len(options)), options.items(), strict=True):
        value = state[f"filter-{name}"]
        offered = dict.fromkeys(("", *known, value))
        with column:
            st.selectbox(
                name.capitalize(),
                tuple(offered),
                key=f"filter-{name}",
                format_func=lambda one: short(one) or "any",
            )
    chosen = Filter(
        **{name: state[f"filter-{name}"] for name in _FIELDS},
        model=asked.model,
        fingerprint=asked.fingerprint,
    )
    if chosen != shown:
        state[_SHOWN] = (chosen, shown, time.monotonic())
    return chosen


def _options(queries: Queries) -> dict[str, list[str]]:
    """What each filter offers."""
    return {
        "agent": queries.choices("agent"),
        "task": queries.choices("task"),
        "policy": queries.choices("policy"),
        "run": queries.choices("run"),
        "status": ["terminated", "truncated", "faulted", "open"],
        "outcome": ["solved", "unsolved"],
        "event": list(EVENTS),
        "mode": queries.modes(),
    }


def table(rows: tuple[Listed, ...]) -> Listed | None:
    """The page's rows; the one that was clicked, where one was."""
    frame = pd.DataFrame(
        {
            "began": [row.began[:19].replace("T", " ") for row in rows],
            "task": [short(row.task, 60) for row in rows],
            "agent": [short(row.agent, 60) for row in rows],
            "outcome": [row.outcome for row in rows],
            "reward": [row.reward for row in rows],
            "steps": [row.steps for row in rows],
            "denied": [row.denials for row in rows],
            "failed": [row.failures for row in rows],
            "shows": [
                ", ".join(f"{short(mode)} {n}" for mode, n in sorted(row.modes.items()))
                for row in rows
            ],
            "policy": [short(row.policy) for row in rows],
            "ended by": [short(row.cause or "") for row in rows],
            "episode": [short(row.episode) for row in rows],
        }
    )
    picked = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * max(1, len(rows)), 38 + 35 * 20),
        key="episodes-table",
    )
    chosen = picked["selection"]["rows"]
    return rows[chosen[0]] if chosen else None


@st.fragment
def main() -> None:
    """The page; what is chosen on it runs it again, and not the app around it."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        asked = filter_of_address()
        chosen = choose(queries, asked)
        start = st.query_params.get("start", "") if chosen == asked else ""
        keep_in_address({**chosen.as_query(), "start": start})
        page = queries.page(chosen, start or None, _SIZE)
        count = queries.count(chosen)
        told = f"more than {COUNT_CAP:,}" if count > COUNT_CAP else f"{count:,}"
        if chosen.model or chosen.fingerprint:
            st.text(f"only with the model {short(chosen.model or chosen.fingerprint)}")
        first = f"the most {short(chosen.sort)} first" if chosen.sort else "the last first"
        st.caption(f"{told} episodes match, {first}. Click a row's box to replay it.")
        row = table(page.rows)
        with st.container(horizontal=True):
            if start and st.button("First page"):
                keep_in_address(chosen.as_query())
                again()
            if page.next and st.button("Next page"):
                keep_in_address({**chosen.as_query(), "start": page.next})
                again()
        if row is not None:
            link("replay", {"episode": row.episode, **_carried(chosen)})


def _carried(chosen: Filter) -> dict[str, str]:
    """The filter goes with the replay, so that its next episode is this list's next."""
    return {f"of_{name}": value for name, value in chosen.as_query().items()}


main()
