"""Replay: one episode, step by step, as it was or as it is."""

from __future__ import annotations

import streamlit as st

from episodes.errors import EpisodeUnknown, LogDamaged
from viewer.addresses import keep_in_address, link
from viewer.filter import Filter
from viewer.opened import opened_log, say_empty, tell, trajectory_of
from viewer.queries import Queries
from viewer.replay.component import first_failure, payload, show
from viewer.words import block

_TAIL_SECONDS = 1.0


def main() -> None:
    """The page."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        episode = st.query_params.get("episode") or queries.page(Filter(), size=1).rows[0].episode
        listed = queries.listed(episode)
        if listed is None:
            st.warning("This log has no such episode:")
            st.code(block(episode), language=None)
            if st.button("To the list of episodes"):
                link("listing", {})
            return
        if listed.status is None:
            # It runs, or a crash cut it short: what comes is shown as it comes.
            st.fragment(replay, run_every=_TAIL_SECONDS)(episode)
            return
    replay(episode)


def replay(episode: str) -> None:
    """The episode itself; run again alone, where it is still going on."""
    with opened_log(again=True) as queries:
        try:
            _replay(queries, episode)
        except (LogDamaged, EpisodeUnknown) as problem:
            tell(problem)


def _replay(queries: Queries, episode: str) -> None:
    trajectory = trajectory_of(queries, episode)
    marks = queries.timeline(episode)
    wanted = Filter.from_query(
        {name[3:]: st.query_params[name] for name in st.query_params if name.startswith("of_")}
    )
    before, after = queries.beside(episode, wanted)
    key = f"replay-{episode}"
    asked = st.query_params.get("step", "")
    last = max(0, len(trajectory.steps) - 1)
    start = int(asked) if asked.isdigit() else first_failure(trajectory.steps)
    at = min(st.session_state.get(key, {}).get("step", start), last)
    state = show(
        payload(trajectory, marks, at, reader=queries.reader, before=before, after=after), key
    )
    if state.leave:
        going = before if state.leave == "before" else after
        if going:
            link("replay", {"episode": going, **_carried()})
    keep_in_address({**_carried(), "episode": episode, "step": str(min(state.step, last))})


def _carried() -> dict[str, str]:
    return {name: st.query_params[name] for name in st.query_params if name.startswith("of_")}


main()
