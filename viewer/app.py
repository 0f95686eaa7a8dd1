"""The viewer's pages, in their order. Run by `viewer.server_host` or by Streamlit's own tests."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_SCREENS = Path(__file__).parent / "screens"

st.set_page_config(page_title="Longleash", page_icon="🪢", layout="wide")
st.navigation(
    [
        st.Page(_SCREENS / "overview.py", title="Overview", default=True),
        st.Page(_SCREENS / "listing.py", title="Episodes", url_path="episodes"),
        st.Page(_SCREENS / "replay.py", title="Replay"),
        st.Page(_SCREENS / "compare.py", title="Compare"),
        st.Page(_SCREENS / "judge.py", title="Judge"),
        st.Page(_SCREENS / "approvals.py", title="Approvals"),
        st.Page(_SCREENS / "policy.py", title="Policies", url_path="policies"),
    ],
    position="top",
).run()
