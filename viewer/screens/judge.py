"""Judge: tag steps before the machine's word is seen; choose the better of two episodes."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import get_args

import pandas as pd
import streamlit as st

from episodes.appender import appender
from episodes.entries import Tagged, Voted
from episodes.errors import EpisodeUnknown, LogError, LongleashError
from episodes.tags import Event, Impact, Overlay, Primary, Tag
from episodes.trajectory import Step, Trajectory
from taxonomy.texts import action_text, observation_text
from viewer.addresses import keep_in_address, link
from viewer.agreement import agreement, by_mode
from viewer.filter import Filter
from viewer.judging import consistency, next_pair, rank
from viewer.opened import log_path, opened_log, say_empty, tell, trajectory_of
from viewer.queries import Queries
from viewer.words import block, cut, short

_RANKED = 24
_VERSION = "1"
_FEWEST = 5
"""Steps that both have judged before agreement is worth a number."""


def main() -> None:
    """The page."""
    with opened_log() as queries:
        if queries.is_empty():
            say_empty()
            return
        judge = st.text_input("Who judges", getpass.getuser(), help="Stands in the record.")
        kinds = ("better of two", "tag steps")
        asked = st.query_params.get("kind", kinds[0])
        kind = st.segmented_control(
            "Kind", kinds, default=asked if asked in kinds else kinds[0], required=True
        )
        tasks = queries.choices("task")
        known = st.query_params.get("task", "")
        task = st.selectbox(
            "Task", tasks, tasks.index(known) if known in tasks else 0, format_func=short
        )
        keep_in_address({"kind": kind or kinds[0], "task": task})
        try:
            if kind == "tag steps":
                _tag(queries, task, judge)
            else:
                _choose(queries, task, judge)
        except LogError as problem:
            tell(problem)


def _choose(queries: Queries, task: str, judge: str) -> None:
    rows = queries.page(Filter(task=task), size=_RANKED).rows
    names = [row.episode for row in rows if row.status in ("terminated", "truncated")]
    if len(names) < 2:
        st.info("This task has fewer than two episodes that ended.")
        return
    votes = [entry.body for entry in queries.reader.annotations() if isinstance(entry.body, Voted)]
    left, right = next_pair(names, votes, judge)
    st.subheader("Which is better?")
    buttons = st.columns(3)
    answers = (("Left", "left"), ("About the same", "tie"), ("Right", "right"))
    for column, (label, better) in zip(buttons, answers, strict=True):
        if column.button(label, key=f"vote-{better}", width="stretch"):
            _append(Voted(left=left, right=right, better=better, judge=judge))
    for column, name in zip(st.columns(2), (left, right), strict=True):
        with column:
            _outline(trajectory_of(queries, name))
    _ranking(names, votes, judge)


def _ranking(names: list[str], votes: list[Voted], judge: str) -> None:
    ranking = rank(names, votes)
    cast = sum(vote.left in names and vote.right in names for vote in votes)
    st.subheader("Ranking so far")
    if ranking.settled:
        st.success(f"{cast} votes: who is first is settled. More votes will hardly change it.")
    else:
        st.caption(
            f"{cast} votes; the first is better than the second with a chance of "
            f"{ranking.first_is_best:.0%}. Go on until it is 95%, or until you no longer care."
        )
    alike, again = consistency(votes, judge)
    if again:
        st.caption(f"Of {again} pairs that you saw twice, you judged {alike} alike.")
    st.dataframe(
        pd.DataFrame(
            {
                "episode": [short(one.episode) for one in ranking.ranked],
                "strength": [round(one.strength, 2) for one in ranking.ranked],
                "95% from": [round(one.low, 2) for one in ranking.ranked],
                "95% to": [round(one.high, 2) for one in ranking.ranked],
            }
        ),
        hide_index=True,
    )


def _outline(trajectory: Trajectory) -> None:
    lines = []
    for step in trajectory.steps:
        seen = "" if step.observation is None else observation_text(step.observation)
        lines += [f"{step.index}> {cut(action_text(step.action), 600)}", cut(seen, 600), ""]
    st.code(block("\n".join(lines)), language=None, wrap_lines=True, height=420)
    if trajectory.ended is not None:
        # Not within what is scrolled: it is what most judgements begin with.
        answer = block(f"answer: {trajectory.ended.answer or 'none'}", 600)
        st.code(answer, language=None, wrap_lines=True)
    if st.button("Replay", key=f"replay-{trajectory.episode}"):
        link("replay", {"episode": trajectory.episode})


def _tag(queries: Queries, task: str, judge: str) -> None:
    found = _next_untagged(queries, task, f"person:{judge}")
    _agreement(queries, task, f"person:{judge}")
    if found is None:
        st.success("Every step of this task that failed has your tag.")
        return
    trajectory, step = found
    st.subheader("What was this step?")
    st.caption("The machine's tag is shown once you have answered.")
    context = trajectory.steps[max(0, step.index - 3) : step.index + 1]
    st.caption("instruction")
    st.code(block(trajectory.started.instruction, 2000), language=None, wrap_lines=True)
    for one in context:
        st.caption(f"step {one.index}" + (", to be judged" if one is context[-1] else ""))
        seen = "" if one.observation is None else observation_text(one.observation)
        text = f"{cut(action_text(one.action), 3000)}\n\n{cut(seen, 3000)}"
        st.code(block(text), language=None, wrap_lines=True)
    # Each step has a form of its own, so that it is not judged by what the last one was.
    with st.form(f"tag-{trajectory.episode}-{step.index}"):
        primary = st.radio("Cause", get_args(Primary)[::1], horizontal=True, index=None)
        overlays = st.multiselect("And", get_args(Overlay))
        impact = st.select_slider("Impact", get_args(Impact))
        sure = st.slider("How sure", 0.5, 1.0, 0.9, 0.05)
        if st.form_submit_button("Tag it") and primary:
            tag = Tag(
                step=step.index,
                tagger=f"person:{judge}",
                version=_VERSION,
                event=_event(step),
                primary=primary,
                probability=sure,
                overlays=tuple(overlays),
                impact=impact,
            )
            machine = [one for one in step.tags if not one.tagger.startswith("person:")]
            st.session_state["answered"] = _told(step, primary, machine)
            _append(Tagged(episode=trajectory.episode, head=trajectory.head, tags=(tag,)))
    if told := st.session_state.get("answered"):
        st.caption("Your last answer, and the machine's")
        st.code(block(told), language=None, wrap_lines=True)


def _told(step: Step, primary: str, machine: Sequence[Tag]) -> str:
    said = [f"{one.tagger}: {one.primary} ({one.probability:.2f})" for one in machine]
    return "\n".join([f"step {step.index}, you: {primary}", *said])


def _event(step: Step) -> Event:
    if step.fault is not None:
        return "fault"
    if step.observation is None:
        return "none"
    if step.observation.kind == "denied":
        return "denied"
    return "error" if step.observation.failed else "none"


def _next_untagged(queries: Queries, task: str, tagger: str) -> tuple[Trajectory, Step] | None:
    """The first step of the task's last episodes that did not go as asked and has no tag of his."""
    rows = queries.reader.select(
        "SELECT s.episode, s.step FROM steps s JOIN episodes e USING (episode) "
        "WHERE e.task = :task AND s.event != 'none' AND NOT EXISTS (SELECT 1 FROM tags t "
        "WHERE t.episode = s.episode AND t.step = s.step AND t.tagger = :tagger) "
        "ORDER BY e.began DESC, s.step LIMIT 1",
        {"task": task, "tagger": tagger},
    )
    for row in rows:
        try:
            trajectory = trajectory_of(queries, row["episode"])
        except EpisodeUnknown:
            return None
        return trajectory, trajectory.steps[row["step"]]
    return None


def _agreement(queries: Queries, task: str, tagger: str) -> None:
    """Krippendorff's alpha between this person and the machine, where both spoke."""
    rows = queries.reader.select(
        "SELECT a.primary_cause AS person, b.primary_cause AS machine FROM tags a "
        "JOIN tags b ON b.episode = a.episode AND b.step = a.step "
        # Neither people nor refiners, whose names have a colon: one voice a step is held against.
        "AND b.tagger NOT LIKE '%:%' AND b.marks = 'with' "
        "AND b.primary_cause NOT IN ('undetermined') "
        "JOIN episodes e ON e.episode = a.episode WHERE a.tagger = :tagger AND e.task = :task",
        {"tagger": tagger, "task": task},
    )
    if len(rows) < _FEWEST:
        return
    pairs = [(str(row["person"]), str(row["machine"])) for row in rows]
    found = agreement(pairs)
    alike = sum(person == machine for person, machine in pairs)
    st.subheader("With the machine so far")
    told = f"{alike} of {len(pairs)} alike"
    if found is not None:
        told += f", Krippendorff's alpha {found.alpha:.2f}, Cohen's kappa {found.kappa:.2f}"
    st.caption(f"{told}.")
    modes = by_mode(pairs)
    table = pd.DataFrame(
        {
            "cause": [one.mode for one in modes],
            "you": [one.ours for one in modes],
            "the machine": [one.theirs for one in modes],
            "both": [one.both for one in modes],
            "kappa": [None if one.kappa is None else round(one.kappa, 2) for one in modes],
        }
    )
    st.dataframe(table, hide_index=True)


def _append(body: Voted | Tagged) -> None:
    try:
        with appender(log_path()) as log:
            log.append("annotations", body)
    except LongleashError as problem:
        tell(problem)
        return
    st.rerun()


main()
