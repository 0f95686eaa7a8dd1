"""What a format can hold comes back from it as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import atif as reference
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from episodes.actions import (
    Action,
    CallTool,
    Click,
    Finish,
    Malformed,
    RunCommand,
    RunProgram,
    Say,
    Target,
    WriteFile,
    WriteProcess,
)
from episodes.exporting.atif import document
from episodes.exporting.openai_messages import chat
from episodes.importing.files import Sourced, read_file
from episodes.importing.imported import ImportedEpisode, ImportedStep
from episodes.importing.importers import importer
from episodes.observations import CommandResult, Denied, FileContent, Observation, Text
from episodes.provenance import Model, StepProvenance
from episodes.shown import observation_text
from tests.tries import tries

words = st.text(st.characters(codec="utf-8"), max_size=12)
shown_words = words.filter(lambda text: text.strip() == text)
calls: st.SearchStrategy[Action] = st.one_of(
    st.builds(RunCommand, command=words),
    st.builds(RunProgram, argv=st.tuples(words, words)),
    st.builds(CallTool, name=words, arguments=st.dictionaries(words, words, max_size=2)),
    st.just(CallTool(name="bash", arguments={"command": "ls"})),
    st.just(CallTool(name="click", arguments={"target": {"ref": "a"}})),
    st.builds(Click, target=st.builds(Target, ref=words)),
    st.builds(Finish, answer=st.none() | words),
    st.builds(WriteFile, path=st.just(PurePosixPath("/a")), data=st.binary(max_size=8)),
    st.builds(WriteProcess, name=st.just("p"), data=st.binary(max_size=8)),
)
spoken: st.SearchStrategy[Action] = st.one_of(
    st.builds(Say, text=words, to=st.none() | words),
    st.builds(Malformed, text=words, problem=words),
)
observations: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Text, text=words, error=st.none() | st.booleans()),
    st.builds(CommandResult, exit_code=st.none() | st.integers(0, 255), stdout=words, stderr=words),
    st.builds(Denied, rule_id=words, reason=words),
    st.builds(
        FileContent, path=st.just(PurePosixPath("/a")), data=st.binary(max_size=8), size=st.just(9)
    ),
)
provenances = st.builds(
    StepProvenance,
    said=shown_words,
    agent=st.none() | words,
    input_tokens=st.integers(0, 9),
    output_tokens=st.integers(0, 9),
    cost=st.sampled_from([0.0, 0.25]),
    log_probability=st.none() | st.just(-1.5),
    entropy=st.none() | st.just(0.5),
    at=st.just(datetime(2026, 4, 1, 17, 29, 44, 482001, UTC)),
)
steps = st.builds(
    ImportedStep,
    action=calls | spoken,
    observation=st.none() | observations,
    provenance=provenances,
    reward=st.sampled_from([0.0, 0.5]),
    seconds=st.none() | st.just(1.25),
)
episodes = st.builds(
    ImportedEpisode,
    task=st.sampled_from(["sort", "t-1"]),
    agent=st.sampled_from(["coder", "a b"]),
    instruction=shown_words,
    steps=st.lists(steps, min_size=1, max_size=5).map(tuple),
    format=st.just("test"),
    model=st.none() | st.just(Model(provider="unknown", name="m-1")),
    status=st.sampled_from(["terminated", "truncated"]),
    cause=st.just("cut"),
    success=st.none() | st.booleans(),
    reward=st.none() | st.just(0.5),
    answer=st.none() | words,
)
law = tries(25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def back(put: Any, name: str, held: dict[str, Any]) -> ImportedEpisode:
    path = put(held)
    [found] = read_file(importer(name), path)
    assert isinstance(found, Sourced)
    return found.episode


@given(episode=episodes)
@law
def test_an_episode_comes_back_from_atif_as_it_was(tmp_path, keeps, episode):
    def put(held):
        (tmp_path / "a.json").write_text(json.dumps(held))
        return tmp_path / "a.json"

    held = document(keeps(episode))
    reference.Trajectory.model_validate(held)
    found = back(put, "atif", held)
    for name in (
        "task",
        "agent",
        "instruction",
        "model",
        "status",
        "cause",
        "success",
        "reward",
        "answer",
    ):
        assert getattr(found, name) == getattr(episode, name), name
    assert len(found.steps) == len(episode.steps)
    for place, (was, now) in enumerate(zip(episode.steps, found.steps, strict=True)):
        assert now.action == was.action
        # A step in flight is not told apart from one that took no time to be seen.
        assert (now.observation, now.reward) == (
            was.observation,
            was.reward if was.observation else 0.0,
        )
        assert now.provenance == was.provenance.model_copy(update={"message_index": place + 1})


@given(episode=episodes)
@law
def test_actions_and_texts_come_back_from_openais_messages(tmp_path, keeps, episode):
    def put(held):
        (tmp_path / "a.json").write_text(json.dumps(held))
        return tmp_path / "a.json"

    kept = [one for one in episode.steps if isinstance(one.action, CallTool | RunCommand)]
    kept = [
        one
        for one in kept
        if one.action.__class__ is RunCommand or one.action.name not in ("bash", "click")
    ]
    if not kept:
        return
    held = keeps(ImportedEpisode("t", "a", episode.instruction, tuple(kept), "test"))
    found = back(put, "openai-messages", chat(held))
    assert found.instruction == episode.instruction
    for was, now in zip(kept, found.steps, strict=True):
        assert now.action == was.action
        assert now.provenance.said == was.provenance.said
        assert (now.observation is None) == (was.observation is None)
        if was.observation is not None and now.observation is not None:
            text = observation_text(now.observation)
            assert text.strip("\n") == observation_text(was.observation).strip("\n")
