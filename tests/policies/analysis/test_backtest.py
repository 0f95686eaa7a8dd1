from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from episodes.actions import CallTool, ReadFile, RunCommand
from episodes.errors import NotALog
from policies.analysis.backtest import backtest
from policies.loading import load_policy
from policies.policy import Policy


@pytest.fixture
def narrow(policy: Callable[..., Policy]) -> Policy:
    rules = [{"programs": ["ls", "cat"], "effect": "allow"}]
    return policy(shell={"rules": rules}, files={"read": ["/workspace"]})


def test_the_policy_of_the_day_changes_nothing(make_log, policy):
    rules = [{"programs": ["ls", "cat"], "effect": "allow"}]
    then = policy(shell={"rules": rules}, files={"read": ["/workspace"]})
    log = make_log({"aa": ["ls", "cat x", "rm x", ReadFile(path="notes.txt")]}, then)
    found = backtest(then, [log])
    assert (found.episodes, found.steps, found.same, found.changed) == (1, 4, 4, 0)
    assert found.changes == ()


def test_steps_after_the_first_changed_verdict_are_unknown(make_log, narrow):
    log = make_log({"aa": ["ls", "grep x y", "ls", "grep x y"]}, load_policy("offline-shell"))
    found = backtest(narrow, [log])
    assert (found.same, found.changed, found.unknown, found.unknown_changed) == (1, 1, 2, 1)
    (change,) = found.changes
    assert (change.before, change.after, change.rule_id) == ("allow", "deny", "default")
    assert change.reason == "grep is not allowed"
    (reference,) = change.references
    assert reference.command == f"longleash show aa --step 1 --log {log}"


def test_what_is_newly_allowed_comes_first(make_log, narrow, policy):
    then = policy(shell={"rules": [{"programs": ["ls", "id"], "effect": "allow"}]})
    log = make_log({"aa": ["id"], "ab": ["id"], "ac": ["cat x"]}, then)
    found = backtest(narrow, [log])
    assert [(one.after, one.steps) for one in found.changes] == [("allow", 1), ("deny", 2)]
    # The same action twice is one group and one thing to look at.
    assert len(found.changes[1].references) == 1


def test_an_action_is_judged_where_its_episode_had_moved_to(make_log, policy):
    rules = [{"programs": ["ls"], "effect": "allow"}]
    then = policy(shell={"rules": rules}, files={"write": ["/workspace", "/tmp"]})
    now = policy(shell={"rules": rules}, files={"write": ["/workspace"]})
    moved = make_log({"aa": ["cd /tmp", "ls > out"]}, then, cwds={("aa", 0): "/tmp"})
    stayed = make_log({"aa": ["cd .", "ls > out"]}, then)
    assert backtest(now, [stayed]).changed == 0
    (change,) = backtest(now, [moved]).changes
    assert change.reason == "writing /tmp/* is not allowed"


def test_a_file_that_was_reached_by_a_link_is_judged_where_it_lay(make_log, policy):
    then = policy(files={"read": ["/workspace", "/srv"]})
    now = policy(files={"read": ["/workspace"]})
    link = ReadFile(path="link")
    assert backtest(now, [make_log({"aa": [link]}, then)]).changed == 0
    led = make_log({"aa": [link]}, then, paths={("aa", 0): "/srv/secret"})
    assert backtest(now, [led]).changes[0].reason == "reading /srv/* is not allowed"


def test_an_action_without_a_verdict_on_record_is_judged_first(make_log, narrow):
    log = make_log({"aa": ["ls", CallTool(name="search", arguments={"q": "x"})]}, None)
    found = backtest(narrow, [log])
    assert (found.first, found.changed, found.unknown) == (2, 0, 0)
    assert {(one.before, one.after) for one in found.firsts} == {(None, "allow"), (None, "deny")}


def test_a_long_action_is_judged_from_its_blob(make_log, narrow):
    long = "cat " + "x" * 10_000
    log = make_log({"aa": [long, "rm " + "x" * 10_000]}, load_policy("coding"))
    found = backtest(narrow, [log])
    assert (found.same, found.changed) == (1, 1)


def test_several_logs_are_read_and_told_apart(make_log, narrow):
    then = load_policy("offline-shell")
    logs = [make_log({"aa": ["grep x y"]}, then), make_log({"aa": ["grep x z"]}, then)]
    found = backtest(narrow, logs)
    assert (found.episodes, found.changes[0].episodes) == (2, 2)
    assert [one.log for one in found.changes[0].references] == [str(log) for log in logs]


def test_a_file_that_is_no_log_is_refused(tmp_path: Path, narrow):
    (tmp_path / "x.db").write_text("no log")
    with pytest.raises(NotALog):
        backtest(narrow, [tmp_path / "x.db"])


def test_the_command_says_what_would_change_and_exits_1(command, make_log):
    log = make_log({"aa": ["ls", "rm x", "ls"]}, load_policy("offline-shell"))
    same = command("policy", "backtest", "offline-shell", log)
    assert same.exit_code == 0, same.output
    other = command("policy", "backtest", "locked-down", log)
    assert other.exit_code == 1
    assert "of the 3 actions seen in 1 episodes" in other.output
    assert "1 are unknown" in other.output
    assert f"longleash show aa --step 1 --log {log}" in other.output


def test_the_command_writes_what_ci_reads(command, make_log, tmp_path: Path):
    log = make_log({"aa": ["rm x"], "ab": ["ls"]}, load_policy("offline-shell"))
    junit, sarif = tmp_path / "junit.xml", tmp_path / "out.sarif"
    outputs = ["--junit", str(junit), "--sarif", str(sarif), "--github"]
    ran = command("policy", "backtest", "locked-down", log, *outputs)
    assert ran.exit_code == 1
    assert "::error " in ran.output
    assert "rm is not allowed" in junit.read_text()
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert result["ruleId"] == "newly-denied"
    assert f"longleash show aa --step 0 --log {log}" in result["message"]["text"]


def test_the_command_prints_json(command, make_log):
    log = make_log({"aa": ["rm x"]}, load_policy("offline-shell"))
    ran = command("policy", "backtest", "locked-down", log, "--json")
    assert json.loads(ran.output)["changes"][0]["references"] == [
        {"log": str(log), "episode": "aa", "step": 0}
    ]


def test_an_agents_text_cannot_steer_the_terminal(command, make_log, narrow):
    log = make_log({"aa": [RunCommand(command="ls /x\x1b[2J")]}, load_policy("offline-shell"))
    ran = command("policy", "backtest", "locked-down", log)
    assert "\x1b" not in ran.output


@pytest.mark.slow
def test_several_processes_find_what_one_finds(make_log, policy):
    then = load_policy("offline-shell")
    rules = [{"programs": ["ls", "cat"], "effect": "allow"}]
    now = policy(shell={"rules": rules}, files={"read": ["/workspace"]})
    log = make_log({f"e{n}": ["ls", f"rm {n}", "ls", "cat x"] for n in range(7)}, then)
    one, several = backtest(now, [log, log]), backtest(now, [log, log], 3, worth=5)
    assert one.changed == 14
    assert several == one
