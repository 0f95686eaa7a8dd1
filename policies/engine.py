"""The engine: an action, a state and a policy give a decision, and nothing else happens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from episodes.actions import (
    Action,
    Finish,
    Malformed,
    ReadFile,
    ReadProcess,
    RunCommand,
    RunProgram,
    StartProcess,
    StopProcess,
    WriteFile,
    WriteProcess,
)
from episodes.decisions import Decision
from policies import commands_judged, files_judged
from policies.finding import Finding, strictest
from policies.policy import Policy
from policies.rules import Tool
from policies.state import State
from semantics.reading import Reading
from semantics.shell import read_argv, read_command

_TOOLS: dict[type, Tool] = {
    RunCommand: "shell",
    RunProgram: "shell",
    StartProcess: "processes",
    ReadProcess: "processes",
    WriteProcess: "processes",
    StopProcess: "processes",
    ReadFile: "files",
    WriteFile: "files",
    Finish: "finish",
}


def decide(action: Action, state: State, policy: Policy) -> Decision:
    """Judges an action. Pure: the same arguments give the same decision.

    Deny is over ask, and ask over allow; what no rule matches is denied.

    Args:
        action: What the agent asks for.
        state: The container as it is; paths that it does not resolve are taken by their text.
        policy: The rules.

    Returns:
        The verdict, the rule behind it and the reason. An error while judging is a denial too,
        with the rule id `error`.
    """
    try:
        findings = _findings(action, state, policy)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the answer is no.
        findings = [
            Finding(
                "deny",
                "error",
                f"the policy could not be applied ({type(error).__name__}); this is a fault of "
                "the sandbox, not of the action. Try another way, or finish",
                basis="error",
            )
        ]
    decided = strictest(findings)
    return Decision(
        verdict=decided.verdict,
        rule_id=decided.rule_id,
        reason=decided.reason,
        policy_digest=policy.digest,
        matched=tuple(
            dict.fromkeys(finding.rule_id for finding in findings if finding.basis == "rule")
        ),
        basis=decided.basis,
        span=decided.span,
    )


def paths_of(action: Action, state: State) -> tuple[str, ...]:  # noqa: ARG001 - decide's shape
    """Tells which paths have to be resolved in the container before `decide`.

    Args:
        action: What the agent asks for.
        state: The container as it is; relative paths start at its `cwd`.

    Returns:
        Paths as `State.resolved` has them for keys: absolute, or relative to `State.cwd`.
    """
    if isinstance(action, ReadFile | WriteFile):
        return (str(action.path),)
    reading = _reading(action)
    if reading is None or not reading.understood:
        return ()
    return commands_judged.paths(reading)


# The gate asks for the paths and then for the decision: the same text is read once.
_read = lru_cache(maxsize=16)(read_command)


def _reading(action: Action) -> Reading | None:
    if isinstance(action, RunCommand | StartProcess):
        return _read(action.command)
    if isinstance(action, RunProgram):
        return read_argv(action.argv)
    return None


def _findings(action: Action, state: State, policy: Policy) -> Sequence[Finding]:
    granted = _granted(action, policy)
    if granted.verdict == "deny":
        return [granted]
    if isinstance(action, ReadFile):
        return files_judged.judge(action.path, "read", state, policy)
    if isinstance(action, WriteFile):
        return files_judged.judge(action.path, "write", state, policy)
    reading = _reading(action)
    if reading is None:
        return [granted]
    if not reading.understood:
        return [commands_judged.not_understood(reading, policy)]
    return commands_judged.judge(reading, state, policy) or [granted]


def _granted(action: Action, policy: Policy) -> Finding:
    if isinstance(action, Malformed):
        return Finding("deny", "default", f"this is no action: {action.problem}", basis="default")
    tool = _TOOLS.get(type(action))
    if tool in policy.tools:
        return Finding("allow", "tools", f"the policy grants {tool}")
    granted = ", ".join(policy.tools) or "nothing"
    return Finding(
        "deny",
        "tools",
        f"policy, do not retry: {tool or action.kind} is not granted; granted here: {granted}",
    )
