from __future__ import annotations

import pytest

from episodes.actions import CallTool, Finish, Malformed, RunCommand
from episodes.errors import ImportInvalid
from episodes.importing.swe_agent_tools import swe_agent_action

TRAJ = {
    "environment": "main",
    "trajectory": [
        {
            "action": "python a.py\n",
            "observation": "ok",
            "thought": "I run it.\n",
            "execution_time": 0.25,
            "state": '{"open_file": "/a.py", "working_dir": "/"}',
        },
        {"action": "submit", "observation": "", "thought": "", "state": {"working_dir": "/"}},
    ],
    "history": [
        {"role": "system", "content": "Use the shell."},
        {"role": "user", "content": "An old task.", "is_demo": True},
        {"role": "user", "content": "Fix the bug."},
        {"role": "assistant", "content": "I run it."},
    ],
    "info": {"exit_status": "submitted", "submission": "diff"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ls -F\n", RunCommand(command="ls -F")),
        (
            "open src/a.py 12\n",
            CallTool(name="open", arguments={"path": "src/a.py", "line_number": "12"}),
        ),
        (
            "edit 1:2\nx = 1\nend_of_edit\n",
            CallTool(name="edit", arguments={"text": "1:2\nx = 1"}),
        ),
        ("submit 'flag{1}'\n", Finish(answer="flag{1}")),
        ("open 'a", CallTool(name="open", arguments={"arguments": "'a"})),
        ("create b.py && ls", RunCommand(command="create b.py && ls")),
    ],
)
def test_own_tools_are_calls_and_the_rest_is_a_command(text, expected):
    assert swe_agent_action(text) == expected


def test_an_empty_action_is_malformed():
    assert isinstance(swe_agent_action(" \n"), Malformed)


def test_turns_are_steps_with_thought_and_state(reads):
    [episode] = reads("swe-agent", TRAJ, "fix.traj")
    first, last = episode.steps
    assert first.provenance.said == "I run it."
    assert first.seconds == 0.25
    assert first.observation.extra == {"state": {"open_file": "/a.py", "working_dir": "/"}}
    assert isinstance(last.action, Finish)
    assert (episode.status, episode.cause, episode.answer) == ("terminated", "submitted", "diff")
    assert (episode.task, episode.success) == ("fix", None)


def test_a_demonstration_is_no_part_of_the_instruction(reads):
    [episode] = reads("swe-agent", TRAJ, "fix.traj")
    assert episode.instruction == "Use the shell.\n\nFix the bug."


def test_a_file_with_a_history_alone_is_read_from_its_messages(reads):
    call = {"id": "c1", "function": {"name": "open", "arguments": '{"path": "a.py"}'}}
    history = [
        {"role": "user", "content": "Fix it."},
        {"role": "assistant", "content": "I open it.", "tool_calls": [call]},
        {"role": "tool", "content": "1: x", "tool_call_ids": ["c1"]},
    ]
    [episode] = reads("swe-agent", {"history": history}, "fix.traj")
    [step] = episode.steps
    assert step.action == CallTool(name="open", arguments={"path": "a.py"})
    assert step.observation.text == "1: x"
    assert (episode.status, episode.cause) == ("truncated", "cut")


def test_a_limit_truncates(reads):
    cut = {**TRAJ, "info": {"exit_status": "exit_cost"}}
    [episode] = reads("swe-agent", cut, "fix.traj")
    assert (episode.status, episode.cause) == ("truncated", "exit_cost")


def test_a_file_of_something_else_is_refused(reads):
    with pytest.raises(ImportInvalid, match="neither `trajectory` nor `history`"):
        reads("swe-agent", {"steps": []})


def test_a_time_below_zero_is_refused_by_its_place(reads):
    [turn, *_] = TRAJ["trajectory"]
    turned = {**TRAJ, "trajectory": [{**turn, "execution_time": -1.0}]}
    with pytest.raises(ImportInvalid, match=r"trajectory.*execution_time"):
        reads("swe-agent", turned, "fix.traj")
