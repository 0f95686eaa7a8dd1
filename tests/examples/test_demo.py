"""What the examples do in real containers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.agents.scripted import load_script

if TYPE_CHECKING:
    from conftest import Demo

pytestmark = pytest.mark.docker

# A failure on the way need not be one at the end: an agent may recover.
REWARDS = {
    "clean-csv": {"partial": 0.25, "uniq-unsorted": 0.0},
    "find-duplicates": {"by-name": 0.0, "loop": 0.0},
    "fix-failing-test": {"claims-success": 0.0, "invented-path": 1.0},
    "fix-makefile": {"half-mended": 0.5, "near-loop": 0.0},
    "json-to-csv": {"gives-up": 0.0, "invented-flag": 1.0},
    "mend-c-tool": {"not-rebuilt": 1.0},
    "merge-configs": {"ping-pong": 0.0, "shallow-merge": 0.0},
    "merge-conflict": {"slip": 1.0, "takes-ours": 0.0},
    "query-service": {"first-page": 0.0, "wrong-port": 1.0},
    "read-log": {"forbidden-file": 0.5, "forbidden-program": 1.0, "overconfident": 0.0},
    "recover-file": {"probe": 1.0, "wrong-version": 0.0},
    "redact-keys": {"greedy-pattern": 0.0, "leaves-workspace": 1.0},
    "sqlite-report": {"counts-twice": 0.0, "not-understood": 1.0},
    "verify-backup": {"no-extras": 0.6, "wrong-exit": 1.0},
}
# What the rules of today can tell; everything else waits for its own work.
KNOWN_TODAY = {"policy_violation", "wrong_dynamics"}


def test_every_solving_script_earns_the_whole_reward(demo: Demo, tasks: list[Path]) -> None:
    rewards = {
        task.name: [row.reward for row in demo.attempts(task.name, "solve")] for task in tasks
    }
    assert all(found and set(found) == {1.0} for found in rewards.values()), rewards


def test_every_failing_script_earns_what_it_should(demo: Demo) -> None:
    rewards = {
        task: {agent: demo.attempts(task, agent)[0].reward for agent in agents}
        for task, agents in REWARDS.items()
    }
    assert rewards == REWARDS


def test_no_task_is_done_before_anybody_has_begun(demo: Demo, tasks: list[Path], idle: str) -> None:
    rewards = {task.name: demo.attempts(task.name, idle)[0].reward for task in tasks}
    assert rewards == {task.name: 0.0 for task in tasks}


def test_solving_scripts_are_never_denied(demo: Demo) -> None:
    assert [row.episode for row in demo.rows if row.agent == "scripted:solve" and row.denials] == []


def test_a_killed_container_is_a_fault_and_the_slot_is_tried_again(demo: Demo) -> None:
    faulted = [row for row in demo.rows if row.status == "faulted"]
    assert sorted(row.task for row in faulted) == ["json-to-csv", "recover-file"]
    for row in faulted:
        after = [other for other in demo.rows if other.slot == row.slot and other.attempt == 1]
        assert [other.reward for other in after] == [1.0]
        tags = [tag for step in demo.trajectories[row.episode].steps for tag in step.tags]
        assert "environment_fault" in {tag.primary for tag in tags}


def test_a_loop_ends_at_the_step_limit(demo: Demo) -> None:
    (row,) = demo.attempts("find-duplicates", "loop")
    assert (row.status, row.cause, row.steps) == ("truncated", "steps", 12)


def test_rules_name_the_failures_that_they_can_know(demo: Demo, tasks: list[Path]) -> None:
    missed = []
    for task in tasks:
        for path in sorted(task.glob("scripts/*.yaml")):
            label = load_script(path).label
            known = label.get("cause") in KNOWN_TODAY or "overlays" in label
            for row in demo.attempts(task.name, path.stem) if known else ():
                step = demo.trajectories[row.episode].steps[int(str(label["step"]))]
                tags = [tag for tag in step.tags if tag.marks == "with"]
                found = {tag.primary for tag in tags} | {o for tag in tags for o in tag.overlays}
                wanted = {label["cause"]} if "cause" in label else {"loop"}
                if not wanted <= found:
                    missed.append((task.name, path.stem, label, sorted(found)))
    assert missed == []


def test_what_happened_is_what_the_label_says(demo: Demo, tasks: list[Path]) -> None:
    wrong = []
    for task in tasks:
        for path in sorted(task.glob("scripts/*.yaml")):
            label = load_script(path).label
            for row in demo.attempts(task.name, path.stem) if "event" in label else ():
                step = demo.trajectories[row.episode].steps[int(str(label["step"]))]
                events = {tag.event for tag in step.tags if tag.marks == "with"}
                if events != {label["event"]}:
                    wrong.append((task.name, path.stem, label, sorted(events)))
    assert wrong == []


def test_a_command_that_is_not_understood_is_no_violation(demo: Demo) -> None:
    (row,) = demo.attempts("sqlite-report", "not-understood")
    step = demo.trajectories[row.episode].steps[1]
    assert step.decision is not None
    assert (step.decision.verdict, step.decision.basis) == ("deny", "not_understood")
    assert "policy_violation" not in {tag.primary for tag in step.tags}
