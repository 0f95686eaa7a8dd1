"""Permalinks: what is looked at stands in the address, so that it can be sent to somebody."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException

from viewer.filter import Filter

_LONGEST = 500


def filter_of_address() -> Filter:
    """The filter that the address asks for."""
    return Filter.from_query({name: st.query_params[name] for name in st.query_params})


def keep_in_address(values: Mapping[str, str]) -> None:
    """Makes the address say this and no more, where it does not already."""
    # What is too long for an address is left out of it, and chosen on the page again.
    wanted = {name: value for name, value in values.items() if value and len(value) <= _LONGEST}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def link(page: str, values: Mapping[str, str]) -> None:
    """Goes to another page of the viewer, with what it should show."""
    st.switch_page(f"screens/{page}.py", query_params={k: v for k, v in values.items() if v})


def again() -> None:
    """Runs the fragment around the caller again, or the page where that is what runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # A click that came with another change runs the whole page.
        st.rerun()
