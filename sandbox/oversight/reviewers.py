"""Reviewers by name: `rules`, `model:AGENT`, `own`, `mean(ONE, OTHER)`."""

from __future__ import annotations

from episodes.errors import LongleashError, UsageError
from llms.named import PROVIDERS, client
from policies.duties import ReviewRules
from policies.policy import Policy
from sandbox.agents.module import load_callable
from sandbox.oversight.callable_reviewer import CallableReviewer
from sandbox.oversight.model_reviewer import ModelReviewer
from sandbox.oversight.panel import Panel
from sandbox.oversight.reviewer import Reviewer
from sandbox.oversight.rules_reviewer import RulesReviewer

_SERVED = {provider.prefix for provider in PROVIDERS if not provider.here}


def reviewer_of(policy: Policy, own: Reviewer | None) -> Reviewer | None:
    """Who predicts harm under a policy; None where it sets no threshold.

    Args:
        policy: Names the reviewers; the most cautious of them counts.
        own: One that the run brings: asked as well, so that it can only tighten.

    Raises:
        UsageError: A model cannot be asked, or the policy wants one that the run does not bring.
    """
    rules = policy.review
    if rules.ask_at is None and rules.deny_at is None:
        return None
    try:
        named = [_reviewer(name, rules, own) for name in rules.reviewers]
    except LongleashError as problem:
        raise UsageError(f"policy '{policy.name}': review.reviewers: {problem}") from problem
    if own is not None and not any("own" in _members(name) for name in rules.reviewers):
        named.append(own)
    return named[0] if len(named) == 1 else Panel(named, "cautious")


def own_reviewer(name: str) -> Reviewer:
    """The reviewer that a run brings.

    Args:
        name: `model:AGENT`, or `python:FILE.py:NAME` for a function of a case.

    Raises:
        UsageError: There is none by that name; the message says why.
    """
    prefix, _, rest = name.partition(":")
    if prefix == "model":
        return ModelReviewer(client(rest))
    if prefix != "python":
        raise UsageError(
            f"--reviewer {name}: no such reviewer; write model:openai:NAME@URL (or another agent "
            "with a model), or python:FILE.py:NAME"
        )
    try:
        return CallableReviewer(name, load_callable(rest))
    # A module of anybody's may raise anything as it is read, and may leave.
    except (Exception, SystemExit) as problem:
        told = f"{type(problem).__name__}: {problem}"
        raise UsageError(f"--reviewer {name}: {told}") from problem


def _members(name: str) -> list[str]:
    inner = name.removeprefix("mean(").removesuffix(")")
    return inner.split(", ") if inner != name else [name]


def _reviewer(name: str, rules: ReviewRules, own: Reviewer | None) -> Reviewer:
    members = _members(name)
    if members != [name]:
        return Panel([_reviewer(one, rules, own) for one in members], "mean")
    if name == "rules":
        return RulesReviewer()
    if name == "own":
        if own is None:
            raise UsageError("'own': this run brings none; give --reviewer, or name another")
        return own
    model = name.removeprefix("model:")
    # A third of it, so that one try may stall and the next still be in time.
    settings = {"seconds": rules.seconds / 3} if model.partition(":")[0] in _SERVED else {}
    return ModelReviewer(client(model, **settings), second_look=rules.forecasts == "tighten")
