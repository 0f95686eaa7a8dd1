"""Cases beside a policy: actions with the verdict that they must get, and the rules they reach."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from episodes.actions import Action, RunCommand
from episodes.decisions import Decision, Verdict
from episodes.document import parse_document, read_document
from episodes.errors import PolicyInvalid
from episodes.record import Record
from policies.engine import decide, decide_request
from policies.policy import Policy
from policies.render import judging_ids
from policies.request import WebRequest
from policies.state import WORKSPACE, State

SUFFIX = ".cases.yaml"
"""What takes the place of `.yaml` in the name of a policy's file of cases."""


class Situation(Record):
    """The container as it is taken to be; nothing has happened in it where absent."""

    cwd: Annotated[PurePosixPath, Field(examples=["/workspace/src"])] = WORKSPACE
    """The working directory."""
    environment: Annotated[Mapping[str, str], Field(examples=[{"LANG": "C"}])] = {}
    """Variables that were exported."""
    resolved: Annotated[Mapping[str, PurePosixPath], Field(examples=[{"link": "/etc/passwd"}])] = {}
    """Where paths lead, as the action writes them."""
    programs: Annotated[
        Mapping[str, PurePosixPath | None], Field(examples=[{"awk": "/usr/bin/mawk"}])
    ] = {}
    """The real files of programs' names."""

    def state(self) -> State:
        """As the engine takes it."""
        return State(self.cwd, self.environment, self.resolved, self.programs)


class Case(Record):
    """One action, and what must become of it."""

    action: Annotated[str | Action | WebRequest, Field(examples=["git push origin main"])]
    """A shell command, any action with its `kind`, or a request to a network."""
    verdict: Annotated[Verdict, Field(examples=["deny"])]
    """The verdict that it must get."""
    rule: Annotated[str | None, Field(examples=["history-stays"])] = None
    """The rule that must decide; any where absent."""
    state: Annotated[Situation, Field(examples=[{"cwd": "/workspace/src"}])] = Situation()
    """Where it happens."""
    why: Annotated[str, Field(examples=["Nothing leaves this container."])] = ""
    """What it is there for."""

    @property
    def asked(self) -> Action | WebRequest:
        """The action, a bare text being a shell command."""
        return RunCommand(command=self.action) if isinstance(self.action, str) else self.action

    @property
    def title(self) -> str:
        """A name for it, on one line."""
        asked = self.asked
        told = asked.command if isinstance(asked, RunCommand) else asked.model_dump_json()
        return f"{self.verdict}: {told}".replace("\n", "\\n")


class Cases(Record):
    """A policy's cases."""

    version: Annotated[Literal[1], Field(examples=[1])]
    """The format's version."""
    cases: Annotated[
        tuple[Case, ...], Field(examples=[[{"action": "ls", "verdict": "allow", "rule": "look"}]])
    ]
    """Each is judged on its own."""


class Outcome(Record):
    """What became of a case."""

    case: Case
    """The case."""
    decision: Decision
    """What the engine said."""

    @property
    def held(self) -> bool:
        """Whether it got the verdict, by the rule, that it must."""
        case, decision = self.case, self.decision
        return case.verdict == decision.verdict and case.rule in (None, decision.rule_id)

    @property
    def problem(self) -> str:
        """What is wrong, in words; nothing where it held."""
        if self.held:
            return ""
        case, decision = self.case, self.decision
        by = f" by {case.rule}" if case.rule is not None else ""
        return (
            f"expected {case.verdict}{by}, got {decision.verdict} by {decision.rule_id}: "
            f"{decision.reason}"
        )


class Run(Record):
    """A policy's cases, each judged."""

    outcomes: tuple[Outcome, ...]
    """One for each case, in their order."""
    unreached: tuple[str, ...]
    """Rules that no case reaches, by id."""
    rules: int
    """How many rules there are to reach."""


def cases_of(name_or_path: str) -> tuple[str, Cases] | None:
    """Loads the cases beside a policy.

    Args:
        name_or_path: As `load_policy` takes it.

    Returns:
        What the file is called in messages, and the cases; None where the policy has none.

    Raises:
        PolicyInvalid: The file does not validate.
    """
    if "/" not in name_or_path and not name_or_path.endswith((".yaml", ".yml")):
        kept = resources.files("policies.presets") / f"{name_or_path}{SUFFIX}"
        if not kept.is_file():
            return None
        file = f"{name_or_path}{SUFFIX}"
        return file, parse_document(kept.read_bytes(), file, Cases, PolicyInvalid)
    path = Path(name_or_path)
    beside = path.with_name(path.stem + SUFFIX)
    if not beside.is_file():
        return None
    content = read_document(beside, PolicyInvalid)
    return str(beside), parse_document(content, str(beside), Cases, PolicyInvalid)


def run_cases(policy: Policy, cases: Cases) -> Run:
    """Judges each case, and tells which rules none of them reaches."""
    outcomes = tuple(Outcome(case=case, decision=_decided(case, policy)) for case in cases.cases)
    reached = {
        rule
        for outcome in outcomes
        for rule in (outcome.decision.rule_id, *outcome.decision.matched)
    }
    rules = judging_ids(policy)
    return Run(
        outcomes=outcomes,
        unreached=tuple(rule for rule in rules if rule not in reached),
        rules=len(rules),
    )


def _decided(case: Case, policy: Policy) -> Decision:
    asked = case.asked
    if isinstance(asked, WebRequest):
        return decide_request(asked, policy)
    return decide(asked, case.state.state(), policy)
