"""Which steps reviewers and approvers shaped, and exports that mark them or leave them out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from episodes import commands
from episodes.actions import Finish, RunCommand
from episodes.decisions import Approval, Decision, Review
from episodes.entries import (
    Answered,
    Body,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Intended,
    Proposed,
    Reviewed,
    Voted,
)
from episodes.errors import EpisodeUnknown
from episodes.exporting.held import Unshaped
from episodes.interventions import interventions, shaped_from
from episodes.observations import CommandResult, Denied
from episodes.reader import LogReader
from episodes.writer import LogWriter

ALLOWED = Decision(verdict="allow", rule_id="r", reason="", policy_digest="sha256:" + "0" * 64)
STEPS = {
    "passes": ({"harm": 0.1, "verdict": "allow"}, None, True),
    "is denied by a reviewer": ({"harm": 0.9, "verdict": "deny"}, None, False),
    "is asked and denied": ({"harm": 0.5, "verdict": "ask"}, {"verdict": "deny"}, False),
    "is asked and allowed": ({"harm": 0.5, "verdict": "ask"}, {"verdict": "allow"}, True),
    "is changed": (None, {"verdict": "allow", "changed": Finish()}, True),
    "is denied by a person": (None, {"verdict": "deny"}, False),
    "is denied since nobody is there": (None, {"verdict": "deny", "approver": "nobody"}, False),
    "is denied by the policy": (None, None, False),
}


def bodies(index: int, how: str) -> Iterator[Body]:
    review, approval, runs = STEPS[how]
    action = RunCommand(command=f"echo {how}")
    yield Proposed(step=index, action=action)
    decision = (
        ALLOWED
        if how != "is denied by the policy"
        else ALLOWED.model_copy(update={"verdict": "deny"})
    )
    yield Decided(step=index, decision=decision)
    if review is not None:
        yield Reviewed(step=index, review=Review(reviewer="x", **review))
    if approval is not None:
        yield Answered(step=index, approval=Approval(**{"approver": "ann", **approval}))
    if runs:
        yield Intended(step=index, action=action)
    seen = (
        CommandResult(exit_code=0, stdout=f"out {index}", cwd=PurePosixPath("/w"))
        if runs
        else Denied(rule_id="r", reason="no")
    )
    yield Completed(step=index, observation=seen, seconds=0.1)


@pytest.fixture
def write(log_path: Path, began: Callable[[], EpisodeStarted]) -> Callable[..., None]:
    """Writes episodes of steps that went so and so."""

    def write_all(**episodes: list[str]) -> None:
        with LogWriter.open(log_path) as log:
            for name, steps in episodes.items():
                made = [body for index, how in enumerate(steps) for body in bodies(index, how)]
                end = EpisodeEnded(status="terminated", cause="finished", success=True)
                log.append(f"episode:{name}", began(), *made, end)

    return write_all


@pytest.mark.parametrize(
    ("how", "judges", "shaped"),
    [
        ("passes", None, False),
        ("is denied by a reviewer", ("reviewer",), True),
        ("is asked and denied", ("reviewer", "approver"), True),
        ("is asked and allowed", ("reviewer", "approver"), False),
        ("is changed", ("approver",), True),
        ("is denied by a person", ("approver",), True),
        ("is denied since nobody is there", None, False),
        ("is denied by the policy", None, False),
    ],
)
def test_who_came_between_and_whether_that_shaped_the_step(write, log_path, how, judges, shaped):
    write(e=["passes", how, "passes"])
    with LogReader.open(log_path) as reader:
        held = reader.trajectory("e")
    found = interventions(held)
    assert [one.judges for one in found] == ([judges] if judges else [])
    assert shaped_from(held) == (1 if shaped else None)


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


FORMATS = ["atif", "har", "openai-messages", "otel"]


def export(path: Path, to: str, *more: str) -> tuple[str, str]:
    app = typer.Typer()
    commands.register(app)
    answer = CliRunner().invoke(app, ["export", "--to", to, "--log", str(path), *more])
    assert answer.exit_code == 0, answer.output
    return answer.stdout, answer.stderr


@pytest.mark.parametrize("to", FORMATS)
def test_excluded_are_the_shaped_step_what_followed_and_the_outcome(write, log_path, to):
    write(
        cut=["passes", "is denied by a reviewer", "is asked and allowed"],
        gone=["is denied by a person", "passes"],
        whole=["passes", "is denied by the policy", "is asked and allowed"],
    )
    text, said = export(
        log_path, to, "--interventions", "exclude", *(["--arguments"] * (to == "otel"))
    )
    assert "left out: 1 episode; cut short: 1" in said
    if to != "har":
        assert text.count("echo passes") == 2
        assert "echo is denied by a reviewer" not in text
        assert "echo is denied by a person" not in text
        assert text.count("echo is asked and allowed") == 1


def test_marked_are_the_judges_and_the_first_step_that_saw_something_of_it(write, log_path):
    write(e=["passes", "is asked and denied", "passes"])
    chat = json.loads(export(log_path, "openai-messages")[0])
    assert chat["interventions"] == {
        "shaped_from": 1,
        "steps": [{"step": 1, "judges": ["reviewer", "approver"], "shaped": True}],
    }
    steps = json.loads(export(log_path, "atif")[0])["steps"][1:]
    ours = [one.get("extra", {}).get("longleash", {}) for one in steps]
    assert [one.get("shaped", False) for one in ours] == [False, True, True]
    assert [one.get("judges") for one in ours] == [None, ["reviewer", "approver"], None]
    spans = export(log_path, "otel")[0]
    assert spans.count("longleash.shaped") == 2
    assert spans.count("longleash.judges") == 1


@pytest.mark.parametrize("to", FORMATS)
def test_without_judges_nothing_is_marked_and_nothing_left_out(write, log_path, to):
    write(e=["passes", "is denied by the policy"])
    marked, _ = export(log_path, to)
    without, said = export(log_path, to, "--interventions", "exclude")
    assert marked == without
    assert "interventions" not in marked
    assert "left out: 0 episodes; cut short: 0" in said


def test_a_vote_on_a_shaped_episode_is_left_out_with_it(write, log_path):
    write(a=["passes"], b=["passes"], c=["passes", "is changed"])
    with LogWriter.open(log_path) as log:
        for left, right in (("a", "b"), ("c", "a")):
            log.append("annotations", Voted(left=left, right=right, better="left", judge="ann"))
    marked = [json.loads(line) for line in export(log_path, "preferences")[0].splitlines()]
    assert [one["chosen_episode"] for one in marked] == ["a", "c"]
    assert marked[1]["chosen_interventions"]["shaped_from"] == 1
    assert "chosen_interventions" not in marked[0]
    kept = export(log_path, "preferences", "--interventions", "exclude")[0].splitlines()
    assert [json.loads(line)["chosen_episode"] for line in kept] == ["a"]


def test_an_episode_that_was_shaped_from_its_first_step_is_none(write, log_path):
    write(e=["is changed"])
    with LogReader.open(log_path) as reader, pytest.raises(EpisodeUnknown, match="shaped it"):
        Unshaped(reader).trajectory("e")


def test_requests_of_shaped_steps_are_left_out(write, log_path):
    write(e=["passes", "is changed", "passes"])
    with LogReader.open(log_path) as reader:
        kept: list[Any] = [entry.body for entry in Unshaped(reader).entries("episode:e")]
    assert {body.step for body in kept if hasattr(body, "step")} == {0}
