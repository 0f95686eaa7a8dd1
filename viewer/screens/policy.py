"""Policies: what each decided over the log, denied most, and what another would have."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from episodes.errors import LongleashError
from policies.loading import load_policy
from policies.render import describe
from viewer.addresses import keep_in_address, link
from viewer.opened import opened_log, say_empty
from viewer.queries import Queries
from viewer.words import block, short

_MOST_STEPS = 20_000
"""What is judged again while somebody waits."""


def main() -> None:
    """The page."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        policies = queries.policies()
        asked = st.query_params.get("digest", "")
        names = [
            f"{short(one['policy'])} · {(one['digest'] or 'no digest')[7:19]} · "
            f"{one['episodes']} episodes"
            for one in policies
        ]
        first = next((at for at, one in enumerate(policies) if one["digest"] == asked), 0)
        chosen = policies[names.index(st.selectbox("Policy", names, first))]
        keep_in_address({"policy": chosen["policy"], "digest": chosen["digest"] or ""})
        _decided(queries, chosen["policy"], chosen["digest"])
        left, right = st.columns(2)
        with left:
            _words(chosen["policy"], chosen["digest"])
        with right:
            _otherwise(queries)


def _decided(queries: Queries, policy: str, digest: str | None) -> None:
    st.subheader("What it decided")
    rows = queries.verdicts(policy, digest)
    st.caption("Over its last 500 episodes. Click a row's box to see a step that it decided.")
    frame = pd.DataFrame(
        {
            "verdict": [row["verdict"] for row in rows],
            "rule": [short(row["rule_id"]) for row in rows],
            "times": [row["n"] for row in rows],
        }
    )
    picked = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-row", key="verdicts"
    )
    if picked["selection"]["rows"]:
        row = rows[picked["selection"]["rows"][0]]
        link("replay", {"episode": row["episode"], "step": str(row["step"])})


def _words(name: str, digest: str | None) -> None:
    st.subheader("As agents read it")
    try:
        policy = load_policy(name)
    except LongleashError:
        st.caption("Its file is not to be had by this name here; the log holds its digest alone.")
        return
    if policy.digest != digest:
        st.caption("The preset of this name is another version by now:")
    st.code(block(describe(policy)), language=None, wrap_lines=True)


def _otherwise(queries: Queries) -> None:
    st.subheader("What another would have decided")
    other = st.text_input("A preset's name or a policy's file", key="other-policy")
    if not other:
        st.caption("Each logged action is judged again; nothing runs.")
        return
    from policies.analysis.backtest import backtest

    if sum(one["steps"] or 0 for one in queries.policies()) > _MOST_STEPS:
        st.caption("This log is long: `longleash policy backtest` judges it on the command line.")
        return
    try:
        found = backtest(load_policy(other), [queries.reader.path])
    except LongleashError as problem:
        st.code(block(str(problem)), language=None, wrap_lines=True)
        return
    st.caption(
        f"{found.steps} actions: {found.same} the same, {found.changed} changed, {found.unknown} "
        "unknown, since they come after their episode's first changed verdict."
    )
    frame = pd.DataFrame(
        {
            "was": [one.before for one in found.changes],
            "would be": [one.after for one in found.changes],
            "steps": [one.steps for one in found.changes],
            "rule": [short(one.rule_id) for one in found.changes],
            "why": [short(one.reason) for one in found.changes],
        }
    )
    st.dataframe(frame, hide_index=True)


main()
