"""Puts a chain's entries together into a trajectory or a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from episodes.chain import episode_of
from episodes.entries import (
    Answered,
    Checked,
    Completed,
    Decided,
    Entry,
    EpisodeEnded,
    EpisodeStarted,
    Faulted,
    Intended,
    Prepared,
    Proposed,
    Reviewed,
    RunEnded,
    RunResumed,
    RunStarted,
    StopAsked,
    Waited,
)
from episodes.rows import Run
from episodes.tags import Tag
from episodes.trajectory import Step, Trajectory

Fields = dict[str, Any]


def trajectory(entries: Iterable[Entry], tags: Iterable[Tag] = ()) -> Trajectory:
    """An episode's steps in order, as far as they are on record.

    Args:
        entries: The episode's whole chain, in order.
        tags: What was said of its steps since, in the order it was said.

    Raises:
        ValueError: The entries are no episode's.
    """
    whole: Fields = {}
    steps: dict[int, Fields] = {}
    faults: list[Faulted] = []
    for entry in entries:
        body = entry.body
        whole["head"] = entry.hash
        if isinstance(body, EpisodeStarted):
            whole |= {
                "episode": episode_of(entry.chain),
                "started": body,
                "began": entry.at,
            }
        elif isinstance(body, Prepared):
            whole["prepared"] = body
        elif isinstance(body, Proposed):
            steps[body.step] = {
                "index": body.step,
                "action": body.action,
                "forecast": body.forecast,
                "provenance": body.provenance,
                "at": entry.at,
            }
        elif isinstance(body, Checked):
            whole["check"] = body
        elif isinstance(body, EpisodeEnded):
            whole |= {"ended": body, "finished": entry.at}
        elif isinstance(body, Faulted) and body.step not in steps:
            faults.append(body)
        else:
            _add(steps.get(getattr(body, "step", -1), {}), body)
    if "started" not in whole:
        raise ValueError("none of the entries says how it began")
    for tag in tags:
        if tag.step in steps:
            steps[tag.step]["tags"] = (*steps[tag.step].get("tags", ()), tag)
    return Trajectory(
        **whole,
        steps=tuple(Step(**steps[index]) for index in sorted(steps)),
        faults=tuple(faults),
    )


def _add(step: Fields, body: object) -> None:
    if isinstance(body, Decided):
        step["decision"] = body.decision
    elif isinstance(body, Reviewed):
        step["review"] = body.review
    elif isinstance(body, Answered):
        step["approval"] = body.approval
    elif isinstance(body, Waited):
        step["delays"] = (*step.get("delays", ()), body.delay)
    elif isinstance(body, Intended):
        step["executed"] = body.action
    elif isinstance(body, Faulted):
        step["fault"] = body
    elif isinstance(body, Completed):
        step |= {"observation": body.observation, "reward": body.reward, "seconds": body.seconds}
        step |= {"files": body.files, "exported": body.exported, "processes": body.processes}


def run(entries: Iterable[Entry]) -> Run:
    """A run's plan and how it went on.

    Args:
        entries: The run's whole chain, in order.

    Raises:
        ValueError: The entries are no run's.
    """
    whole: Fields = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, RunStarted):
            whole |= {
                "run": body.run,
                "plan": body.plan,
                "plan_digest": body.plan_digest,
                "settings": body.settings,
                "began": entry.at,
            }
        elif isinstance(body, RunResumed):
            whole["resumed"] = (*whole.get("resumed", ()), entry.at)
            whole |= {"status": None, "detail": "", "ended": None, "stops": ()}
        elif isinstance(body, StopAsked):
            whole["stops"] = (*whole.get("stops", ()), body)
        elif isinstance(body, RunEnded):
            whole |= {"status": body.status, "detail": body.detail, "ended": entry.at}
    if "run" not in whole:
        raise ValueError("none of the entries says how it began")
    return Run(**whole)
