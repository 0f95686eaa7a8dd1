"""Approvals: what waits for a person, answered here; and the brakes of the run."""

from __future__ import annotations

import getpass
from typing import Any

import streamlit as st

from episodes.appender import ask
from episodes.errors import LongleashError
from episodes.trajectory import Step, Trajectory
from taxonomy.texts import forecast_lines
from viewer.addresses import again, link
from viewer.opened import log_path, opened_log, say_standing, trajectory_of
from viewer.words import block, short

_SECONDS = 1.0
_MOST = 50
"""Episodes under way that have a line of their own."""


def main() -> None:
    """The page."""
    say_standing()
    who = st.text_input("Who answers", getpass.getuser(), help="Stands in the record.")
    st.fragment(_waiting, run_every=_SECONDS)(who)


def _waiting(who: str) -> None:
    try:
        under_way = ask(log_path(), {"op": "under_way"})
    except LongleashError:
        # Somebody writes who runs nothing: an import, or one who tags.
        under_way = None
    if under_way is None:
        st.info("No run is writing to this log, so nothing waits.")
        return
    try:
        answer = ask(log_path(), {"op": "approvals"})
    except LongleashError:
        # A run without a queue of questions knows no such operation.
        st.info("The run that writes this log asks nobody here; start it with --approver queue.")
    else:
        questions = answer["questions"] if answer else []
        st.caption(f"{len(questions)} waiting; a deadline that passes is a no.")
        for one in questions:
            _question(one, who)
    _brakes(under_way, who)


def _question(one: dict[str, Any], who: str) -> None:
    name = one["question"]
    with st.container(border=True):
        st.text(f"{name} · {one['seconds_left']:.0f} s left")
        wants, says = st.columns((3, 2))
        with opened_log(again=True) as queries:
            # Durable before anybody is asked: the step with its forecast, decision and review.
            trajectory = trajectory_of(queries, one["episode"])
        step = trajectory.steps[one["step"]]
        with wants:
            st.caption("The agent wants")
            st.code(block(one["text"]), language=None, wrap_lines=True)
            _why(trajectory, step)
        with says:
            st.caption("The policy says")
            st.text(block(f"{one['rule_id']}: {one['reason']}"))
            st.caption("The reviewer fears")
            st.text(_fears(step))
            if st.button("See the steps before", key=f"see-{name}"):
                link("replay", {"episode": one["episode"], "step": str(one["step"])})
        reason = st.text_input("Reason", key=f"reason-{name}")
        columns = st.columns(4)
        if columns[0].button("Approve once", key=f"once-{name}"):
            _answer(name, who, "allow", reason)
        if columns[1].button("Approve for this episode", key=f"episode-{name}"):
            _answer(name, who, "allow", reason, scope="episode")
        if columns[2].button("Deny", key=f"deny-{name}", type="primary"):
            _answer(name, who, "deny", reason)
        with columns[3].popover("Change the action"):
            command = st.text_input("Run this command instead", key=f"change-{name}")
            if st.button("Run it", key=f"run-{name}") and command:
                changed = {"kind": "shell", "command": command}
                _answer(name, who, "allow", reason, changed=changed)


def _why(trajectory: Trajectory, step: Step) -> None:
    """What the agent gave as its reasons and what it expects, and what it was told to do."""
    st.caption("and says of it")
    said = forecast_lines(step.forecast) if step.forecast is not None else ()
    st.text(block("\n".join(said) or "nothing: it was not asked for a forecast", 2000))
    st.caption("It was told")
    st.text(block(trajectory.started.instruction, 1000))


def _fears(step: Step) -> str:
    review = step.review
    if review is None:
        return "No reviewer was asked."
    kinds = f" ({', '.join(review.kinds)})" if review.kinds else ""
    return block(f"harm {review.harm:.2f}{kinds}: {review.reason or 'no reason given'}", 1000)


def _answer(name: str, who: str, verdict: str, reason: str, **more: object) -> None:
    message = {"op": "approve", "question": name, "verdict": verdict, "who": who, "reason": reason}
    _send({**message, **more})


def _brakes(under_way: dict[str, Any], who: str) -> None:
    st.subheader("Brakes")
    st.caption(
        "What is paused waits before its next action runs. A stopped run can go on with "
        "`longleash run --resume`; an episode that was stopped alone is over."
    )
    why = st.text_input("Why", key="why-brakes", help="Stands in the record, with your name.")
    episodes = under_way["episodes"]
    held = bool(episodes) and all(episodes.values())
    some = "1 episode" if len(episodes) == 1 else f"{len(episodes)} episodes"
    _levers(f"run {under_way['run']}, {some} under way", None, held, who, why)
    for episode, paused in sorted(episodes.items())[:_MOST]:
        _levers(episode, episode, paused, who, why)
    if len(episodes) > _MOST:
        st.caption(f"and {len(episodes) - _MOST} more")


def _levers(told: str, episode: str | None, paused: bool, who: str, why: str) -> None:
    """One line of brakes: the run's, or an episode's."""
    name, hold, stop, see = st.columns((4, 1, 1, 1), vertical_alignment="center")
    name.text(short(told) + (" · paused" if paused else ""))
    message = {"who": who, "why": why, "episode": episode}
    key = episode or "run"
    if hold.button("Go on" if paused else "Pause", key=f"hold-{key}", width="stretch"):
        _send({**message, "op": "go_on" if paused else "pause"})
    if stop.button("Stop", key=f"stop-{key}", width="stretch"):
        _send({**message, "op": "stop"})
    if episode and see.button("Watch", key=f"watch-{key}", width="stretch"):
        link("replay", {"episode": episode})


def _send(message: dict[str, Any]) -> None:
    try:
        answer = ask(log_path(), message)
    except LongleashError as problem:
        st.toast(short(str(problem)).replace("[", "(").replace("]", ")"))
        return
    if answer is None:
        st.toast("No run is writing to this log any more.")
    again()


main()
