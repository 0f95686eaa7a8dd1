from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from episodes.actions import Action, RunCommand
from episodes.entries import (
    Answered,
    Body,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Intended,
    Proposed,
    Tagged,
)
from episodes.observations import CommandResult, Denied
from episodes.provenance import Provenance
from episodes.writer import LogWriter
from policies.engine import decide
from policies.loading import parse_policy
from policies.policy import Policy
from policies.state import State


@pytest.fixture
def policy() -> Callable[..., Policy]:
    """Makes a policy from its sections."""

    def make(**sections: Any) -> Policy:
        data = {
            "version": 1,
            "name": "test",
            "tools": ["shell", "processes", "files", "finish"],
            **sections,
        }
        return parse_policy(yaml.safe_dump(data).encode(), "test.yaml")

    return make


@pytest.fixture
def make_log(tmp_path: Path) -> Callable[..., Path]:
    """Writes a log as a gate would have, with nothing run: `make_log({episode: actions}, policy)`.

    A text stands for a shell command. `cwds` says for (episode, step) where it left the shell,
    and `paths` where its file really lay; `observations` what else was seen; `started` and
    `tags` are further fields and tags of an episode.
    """
    count = iter(range(1_000))

    def make(
        episodes: Mapping[str, Sequence[Action | str]], policy: Policy | None, **more: Any
    ) -> Path:
        path = tmp_path / f"log{next(count)}.db"
        with LogWriter.open(path) as log:
            for slot, (episode, actions) in enumerate(episodes.items()):
                bodies = list(_episode(episode, slot, actions, policy, more))
                head = log.append(f"episode:{episode}", *bodies)[-1].hash
                tags = tuple(more.get("tags", {}).get(episode, ()))
                if tags:
                    log.append("annotations", Tagged(episode=episode, head=head, tags=tags))
        return path

    return make


def _episode(
    episode: str,
    slot: int,
    actions: Sequence[Action | str],
    policy: Policy | None,
    more: Mapping[str, Any],
) -> Iterator[Body]:
    started = {"task": "made", "provenance": Provenance(engine_version="0")}
    started |= more.get("started", {}).get(episode, {})
    yield EpisodeStarted(
        run="r1",
        slot=slot,
        attempt=0,
        agent="made",
        policy=policy.name if policy else "none",
        instruction="Do it.",
        **started,
    )
    for step, given in enumerate(actions):
        action = RunCommand(command=given) if isinstance(given, str) else given
        yield Proposed(step=step, action=action)
        verdict = "allow"
        if policy is not None:
            decision = decide(action, State(), policy)
            yield Decided(step=step, decision=decision)
            verdict = decision.verdict
        if verdict == "ask":
            approval = more["approvals"][episode, step]
            yield Answered(step=step, approval=approval)
            verdict = approval.verdict
        if verdict == "deny":
            denied = Denied(rule_id="default", reason="no")
            yield Completed(step=step, observation=denied, seconds=0.0)
            continue
        where = more.get("paths", {}).get((episode, step))
        ran = action.model_copy(update={"path": PurePosixPath(where)}) if where else action
        yield Intended(step=step, action=ran)
        cwd = more.get("cwds", {}).get((episode, step), "/workspace")
        result = {"exit_code": 0, "cwd": cwd}
        result |= more.get("observations", {}).get((episode, step), {})
        yield Completed(step=step, observation=CommandResult(**result), seconds=0.0)
    yield EpisodeEnded(status="terminated", cause="finished", success=True, reward=1.0)
