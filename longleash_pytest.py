"""The pytest plugin: a project's own tests hold its policies to what they must allow and deny.

It is loaded into every pytest run of an environment that has Longleash, so it imports the rest
only where a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from episodes.actions import Action
    from episodes.decisions import Decision, Verdict
    from policies.analysis.cases import Outcome
    from policies.policy import Policy

_CASE = "longleash_case"
_PACKAGES = ("episodes", "policies", "semantics")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option and the setting that name the policy under test."""
    said = "the policy that the fixtures judge by: a preset's name, or a file from the root folder"
    parser.getgroup("longleash").addoption("--longleash-policy", metavar="POLICY", help=said)
    parser.addini("longleash_policy", said)


def pytest_configure(config: pytest.Config) -> None:
    """Names the markers."""
    for marker in (
        "longleash_policy(name_or_path): the policy that this test's fixtures judge by",
        "longleash_cases(*policies): runs the test once for each case beside these policies, and "
        "fails it where the case does not hold",
    ):
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes one test of each case."""
    marker = metafunc.definition.get_closest_marker("longleash_cases")
    if marker is None:
        return
    if not marker.args:
        raise pytest.UsageError("longleash_cases names no policy; write longleash_cases('p.yaml')")
    outcomes = [
        (name, outcome) for name in marker.args for outcome in _outcomes(name, metafunc.config)
    ]
    if _CASE not in metafunc.fixturenames:
        metafunc.fixturenames.append(_CASE)
    metafunc.parametrize(
        _CASE,
        [outcome for _, outcome in outcomes],
        ids=[f"{name}-{outcome.case.title}" for name, outcome in outcomes],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fails the test of a case that does not hold, whatever the test itself looks at."""
    outcome = getattr(getattr(item, "callspec", None), "params", {}).get(_CASE)
    if outcome is not None and not outcome.held:
        pytest.fail(f"{outcome.case.title}\n{outcome.problem}", pytrace=False)


@pytest.fixture
def longleash_policy(request: pytest.FixtureRequest) -> Policy:
    """The policy under test: by the marker, `--longleash-policy`, or the setting of that name."""
    marker = request.node.get_closest_marker("longleash_policy")
    named = marker.args[0] if marker is not None and marker.args else None
    named = named or request.config.getoption("--longleash-policy")
    named = named or request.config.getini("longleash_policy")
    if not named:
        pytest.fail(
            'no policy is named: write `longleash_policy = "policies/mine.yaml"` into pytest\'s '
            "settings, or @pytest.mark.longleash_policy('policies/mine.yaml') above the test",
            pytrace=False,
        )
    return _load(named, request.config)


@pytest.fixture
def assert_allowed(longleash_policy: Policy) -> Callable[..., Decision]:
    """Fails where an action is not allowed: `assert_allowed("ls")`, `assert_allowed("ls", "look")`.

    Takes an action (a shell command's text, an action's fields, or an action), the id of the rule
    that must decide, and `cwd`, `resolved` and `policy` where they matter; gives the decision.
    """
    return _asserting("allow", longleash_policy)


@pytest.fixture
def assert_denied(longleash_policy: Policy) -> Callable[..., Decision]:
    """Fails where an action is not denied; an action that is asked for is not. As above."""
    return _asserting("deny", longleash_policy)


def _asserting(wanted: Verdict, policy: Policy) -> Callable[..., Decision]:
    given = policy

    def check(
        action: str | Mapping[str, Any] | Action,
        rule: str | None = None,
        *,
        cwd: str = "/workspace",
        resolved: Mapping[str, str] | None = None,
        policy: Policy | None = None,
    ) -> Decision:
        __tracebackhide__ = True
        from episodes.actions import ACTION, RunCommand
        from policies.engine import decide
        from policies.state import State

        leads = {path: PurePosixPath(place) for path, place in (resolved or {}).items()}
        asked = RunCommand(command=action) if isinstance(action, str) else action
        judged = policy or given
        decision = decide(
            ACTION.validate_python(asked),
            State(cwd=PurePosixPath(cwd), resolved=leads),
            judged,
        )
        if decision.verdict != wanted or rule not in (None, decision.rule_id):
            by = f" by {rule}" if rule is not None else ""
            pytest.fail(
                f"{judged.name}: expected {wanted}{by}, got {decision.verdict} by "
                f"{decision.rule_id}: {decision.reason}"
            )
        return decision

    return check


def _outcomes(name: str, config: pytest.Config) -> tuple[Outcome, ...]:
    policy = _load(name, config)
    from policies.analysis.cases import SUFFIX, cases_of, run_cases

    found = cases_of(_place(name, config))
    if found is None:
        raise pytest.UsageError(
            f"{name} has no cases beside it: write {Path(name).stem}{SUFFIX}, or take "
            "the marker longleash_cases away"
        )
    return run_cases(policy, found[1]).outcomes


def _load(name: str, config: pytest.Config) -> Policy:
    try:
        from policies.loading import load_policy
    except ImportError as problem:
        raise pytest.UsageError(_shadowed(problem)) from problem
    from episodes.errors import PolicyInvalid

    try:
        return load_policy(_place(name, config))
    except PolicyInvalid as problem:
        raise pytest.UsageError(str(problem)) from None


def _place(name: str, config: pytest.Config) -> str:
    """A file is found from the project's root, wherever pytest was started."""
    if "/" in name or name.endswith((".yaml", ".yml")):
        return str(config.rootpath / name)
    return name


def _shadowed(problem: ImportError) -> str:
    """What to do where a folder of the project's has one of our packages' names."""
    import sys

    ours = Path(__file__).parent
    for package in _PACKAGES:
        file = getattr(sys.modules.get(package), "__file__", None)
        if file is not None and Path(file).parent.parent != ours:
            return (
                f"{Path(file).parent} stands before Longleash's own package '{package}': rename "
                "it, or run `pytest` with --import-mode=importlib and not as `python -m pytest`"
            )
    return f"Longleash cannot be imported: {problem}"
