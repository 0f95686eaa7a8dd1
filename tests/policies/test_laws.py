from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.actions import ReadFile, RunCommand, WriteFile
from policies.engine import decide
from policies.kernel import kernel_rules
from policies.policy import Policy
from policies.rules import Files, Shell, ShellRule
from policies.state import State

STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}

NAMES = st.sampled_from(["ls", "cat", "rm", "git", "env"])
PATTERNS = st.sampled_from(["a", "a b", "* b", "-x"])
ROOTS = st.sampled_from(["/", "/workspace", "/workspace/a", "/etc", "/tmp/x"]).map(PurePosixPath)
RULES = st.builds(
    ShellRule,
    programs=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    effect=st.sampled_from(["allow", "ask", "deny"]),
    arguments=st.none() | st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
)
FILES = st.builds(
    Files,
    read=st.lists(ROOTS, max_size=3).map(tuple),
    write=st.lists(ROOTS, max_size=2).map(tuple),
    execute=st.lists(ROOTS, max_size=2).map(tuple),
    deny=st.lists(ROOTS, max_size=2).map(tuple),
)
WORDS = st.sampled_from(["a", "b", "-x", "$v", "'c d'", "/etc/x", "*"])
SIMPLE = st.builds(
    lambda name, words, out: " ".join([name, *words, *out]),
    NAMES | st.sampled_from(["/usr/bin/git", "./ls", "a/run"]),
    st.lists(WORDS, max_size=3),
    st.sampled_from([[], [">", "out"], ["<", "/etc/passwd"], [">", "a/../../etc/x"]]),
)
COMMANDS = st.lists(SIMPLE, min_size=1, max_size=3).map(" | ".join)
ACTIONS = st.one_of(
    COMMANDS.map(lambda command: RunCommand(command=command)),
    st.sampled_from(["a", "/etc/x", "a/../../tmp/x"]).map(
        lambda path: ReadFile(path=PurePosixPath(path))
    ),
    st.sampled_from(["a/b", "/etc/x"]).map(
        lambda path: WriteFile(path=PurePosixPath(path), data=b"")
    ),
)


def made(rules: list[ShellRule], files: Files) -> Policy:
    shell = Shell(rules=tuple(rules))
    return Policy(version=1, name="law", tools=("shell", "files"), shell=shell, files=files)


def strictness(action: Any, policy: Policy) -> int:
    return STRICTNESS[decide(action, State(), policy).verdict]


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, st.randoms())
@settings(deadline=None)
def test_the_order_of_rules_never_matters(
    rules: list[ShellRule], files: Files, action: Any, random: Any
) -> None:
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert strictness(action, made(rules, files)) == strictness(action, made(shuffled, files))


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, RULES)
@settings(deadline=None)
def test_one_more_deny_never_allows_more(
    rules: list[ShellRule], files: Files, action: Any, rule: ShellRule
) -> None:
    denying = rule.model_copy(update={"effect": "deny"})
    assert strictness(action, made([*rules, denying], files)) >= strictness(
        action, made(rules, files)
    )


@given(st.lists(RULES, max_size=5), FILES, ACTIONS, ROOTS)
@settings(deadline=None)
def test_one_more_closed_path_never_allows_more(
    rules: list[ShellRule], files: Files, action: Any, root: PurePosixPath
) -> None:
    closed = files.model_copy(update={"deny": (*files.deny, root)})
    assert strictness(action, made(rules, closed)) >= strictness(action, made(rules, files))


@given(st.lists(RULES, max_size=5), FILES, ACTIONS)
@settings(deadline=None)
def test_a_decision_is_a_function_of_its_arguments(
    rules: list[ShellRule], files: Files, action: Any
) -> None:
    again = made(list(rules), files)
    assert decide(action, State(), made(rules, files)) == decide(action, State(), again)


@given(st.lists(RULES, max_size=5), FILES, ACTIONS)
@settings(deadline=None)
def test_an_empty_policy_allows_no_more_than_any_other(
    rules: list[ShellRule], files: Files, action: Any
) -> None:
    assert strictness(action, made([], Files())) >= strictness(action, made(rules, files))


@given(st.lists(RULES, max_size=5), FILES, NAMES)
@settings(deadline=None)
def test_the_kernel_lets_run_whatever_the_gate_does(
    rules: list[ShellRule], files: Files, name: str
) -> None:
    policy = made(rules, files)
    if strictness(RunCommand(command=f"{name} a b"), policy) < STRICTNESS["deny"]:
        assert name in kernel_rules(policy).programs
