from typing import Any

import pytest

from episodes.actions import (
    Goto,
    ReadFile,
    ReadProcess,
    RunCommand,
    RunProgram,
    StartProcess,
    StopProcess,
    WriteFile,
)
from episodes.errors import ChannelBroken, GuestRefused
from policies.loading import load_policy
from sandbox.boxes.guest_calls import believed, exported, observation_of, request_for

POLICY = load_policy("offline-shell")
NOTHING = {"head": "", "tail": "", "size": 0}
RAN: dict[str, Any] = {
    "ok": True,
    "exit_code": 0,
    "signal": None,
    "timed_out": False,
    "cancelled": False,
    "seconds": 0.1,
    "stdout": {"head": "aGk=", "tail": "", "size": 2},
    "stderr": NOTHING,
    "cwd": "/workspace",
    "survivors": [],
}


def test_the_shortest_of_all_limits_is_asked_for() -> None:
    def asked(own: float | None, left: float) -> float:
        action = RunCommand(command="true", seconds=own)
        return float(request_for(action, POLICY, left)[1]["seconds"])

    assert asked(None, 1e9) == POLICY.limits.seconds
    assert asked(3, 1e9) == 3
    assert asked(3, 2) == 2


def test_an_argument_list_goes_to_the_guest_as_it_is() -> None:
    operation, arguments = request_for(RunProgram(argv=("echo", "$x; ls")), POLICY, 5)
    assert (operation, arguments["argv"]) == ("run", ["echo", "$x; ls"])


def test_an_action_that_is_no_shells_is_a_fault_and_not_an_observation() -> None:
    with pytest.raises(GuestRefused, match="goto"):
        request_for(Goto(url="https://example.com"), POLICY, 5)


def test_a_command_is_shown_with_what_it_printed() -> None:
    result = observation_of(RunCommand(command="x"), RAN, "kill")
    assert result.kind == "command"
    assert (result.stdout, result.stdout_bytes, result.failed) == ("hi", 2, False)


@pytest.mark.parametrize(
    ("reply", "limit"),
    [
        ({"timed_out": True, "exit_code": None, "signal": 9}, "time"),
        ({"cancelled": True, "exit_code": None, "signal": 9}, "cancelled"),
        ({"error": "no_process", "exit_code": 126}, "processes"),
        ({}, None),
    ],
)
def test_the_limit_that_ended_a_command_is_named(reply: dict[str, Any], limit: str | None) -> None:
    result = observation_of(RunCommand(command="x"), RAN | reply, "kill")
    assert result.kind == "command"
    assert result.limit == limit


def test_a_lost_working_directory_is_said() -> None:
    reply = RAN | {"cwd_lost": True, "cwd": "/workspace"}
    result = observation_of(RunCommand(command="x"), reply, "kill")
    assert result.kind == "command"
    assert "/workspace" in result.note


@pytest.mark.parametrize(("policy", "ended"), [("kill", True), ("keep", False)])
def test_survivors_are_ended_or_kept_as_the_policy_says(policy: str, ended: bool) -> None:
    reply = RAN | {"survivors": [{"pid": 7, "parent": 1, "argv": ["sleep", "9"]}]}
    result = observation_of(RunCommand(command="x"), reply, policy)
    assert result.kind == "command"
    assert [(left.command, left.ended) for left in result.survivors] == [("sleep 9", ended)]


def test_what_an_agent_may_get_wrong_is_a_failure_it_is_shown() -> None:
    reply = {"ok": False, "error": "not_found", "message": "/x: No such file"}
    result = observation_of(ReadFile(path="/x"), reply, "kill")
    assert (result.kind, result.failed) == ("failed", True)


def test_what_only_the_guest_can_get_wrong_is_a_fault() -> None:
    reply = {"ok": False, "error": "launcher", "message": "stopped"}
    with pytest.raises(GuestRefused, match="launcher: stopped"):
        observation_of(WriteFile(path="/x", data=b""), reply, "kill")


@pytest.mark.parametrize(
    ("action", "failed"),
    [
        (StopProcess(name="server"), False),
        (ReadProcess(name="server"), True),
        (StartProcess(name="server", command="x"), True),
    ],
)
def test_a_process_that_was_asked_to_end_has_not_failed(action: Any, failed: bool) -> None:
    reply = {"ok": True, "running": False, "exit_code": None, "signal": 15}
    result = observation_of(action, reply, "kill")
    assert result.kind == "process"
    assert (result.exit_code, result.failed) == (-15, failed)


def test_names_that_are_no_utf_8_are_spelt_out_in_what_is_shown() -> None:
    reply = RAN | {
        "cwd": "/workspace/a\udcff",
        "cwd_lost": True,
        "survivors": [{"pid": 3, "argv": ["sleep\udcff", "9"]}],
    }
    result = observation_of(RunCommand(command="x"), reply, "kill")
    assert result.kind == "command"
    assert str(result.cwd) == r"/workspace/a\udcff"
    assert result.survivors[0].command == r"sleep\udcff 9"
    assert result.model_dump_json()


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"cwd": 5},
        {"stdout": {"head": "aGk=", "tail": "", "size": -3}},
        {"stdout": {"head": "no base64", "tail": [], "size": 1}},
        {"stdout": ["x"]},
        {"survivors": [{"pid": "x"}]},
        {"exit_code": float("inf")},
        {"ok": False, "error": [], "message": 5},
        {"ok": False},
    ],
)
def test_an_answer_without_its_shape_is_a_broken_channel_and_no_error_of_ours(
    reply: dict[str, Any],
) -> None:
    given = (RAN if reply else {"ok": True}) | reply
    with pytest.raises(ChannelBroken, match="taken over or damaged"):
        observation_of(RunCommand(command="x"), given, "kill")


@pytest.mark.parametrize("found", [{"A": 1}, {1: "a"}, [], None])
def test_variables_that_are_no_text_are_not_carried_on(found: Any) -> None:
    with pytest.raises(ChannelBroken), believed():
        exported(found)
