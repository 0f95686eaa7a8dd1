"""The log that this launch shows, opened for one run of a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import streamlit as st

from episodes.chaincheck import first_wrong
from episodes.errors import LogError, LongleashError
from episodes.facts import Facts
from episodes.search import Search
from episodes.trajectory import Trajectory
from viewer import standing
from viewer.queries import Queries
from viewer.words import block

VARIABLE = "LONGLEASH_VIEWED_LOG"
"""The environment variable by which the server tells its pages which log to show."""


def log_path() -> Path:
    """The log's file."""
    return Path(os.environ[VARIABLE])


@contextmanager
def opened_log(*, again: bool = False) -> Iterator[Queries]:
    """Queries on the log; where it cannot be read, the page says why and ends.

    Args:
        again: The page has opened it before, and has said what is the matter with it.
    """
    with ExitStack() as stack:
        try:
            # A text that is gone is said in its place: one lost blob must not hide an episode.
            facts = stack.enter_context(Facts(log_path()))
        except LongleashError as problem:
            tell(problem)
            st.stop()
        if not again:
            say_standing()
        try:
            yield Queries(facts, Search(facts))
        except LogError as problem:
            tell(problem)
            st.stop()


def tell(problem: Exception) -> None:
    """Says what is the matter, as plain text."""
    st.error("The log cannot be shown:")
    st.code(block(str(problem)), language=None, wrap_lines=True)


def say_standing() -> None:
    """Says which record of the log is not as it was written, where one is known."""
    if wrong := standing.said():
        _banner(wrong, "This log does not verify. The first record that is not as it was:")


def trajectory_of(queries: Queries, episode: str) -> Trajectory:
    """An episode; where an entry of it is not as it was written, a banner says which.

    Raises:
        EpisodeUnknown: The log has no such episode.
        LogDamaged: It cannot be shown at all.
    """
    if wrong := first_wrong(queries.reader, episode):
        _banner(
            wrong,
            "This log does not verify. What is shown of this episode may not be what happened:",
        )
    return queries.reader.trajectory(episode)


def _banner(wrong: str, told: str) -> None:
    st.error(told)
    st.code(block(f"{wrong}; 'longleash verify' tells more"), language=None, wrap_lines=True)


def say_empty() -> None:
    """What an empty log shows."""
    st.info("No episodes in this log yet. They appear here as they begin.")
