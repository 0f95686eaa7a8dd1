"""Rules held to their own examples: what each must match, and what it must not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from policies.extending import Problem
from policies.index import Index
from policies.policy import Policy
from policies.request import WebRequest
from policies.rules import Files, Shell, ShellRule
from policies.web import Web, WebRule
from policies.web_index import WebIndex
from policies.web_judged import fits
from semantics.shell import read_command
from semantics.urls import canonical_url

_MOST = 200


def missed(policy: Policy) -> list[Problem]:
    """Tells which examples of a policy's rules do not hold, each with its place."""
    count = sum(len(rule.match) + len(rule.not_match) for rule in policy.shell.rules)
    count += sum(len(rule.match) + len(rule.not_match) for rule in policy.web.rules)
    if count > _MOST:
        return [Problem((), f"{count} examples; {_MOST} are enough, so keep the telling ones")]
    return [*_of_shell(policy.shell), *_of_web(policy.web)]


def _of_shell(shell: Shell) -> Iterator[Problem]:
    for at, rule in enumerate(shell.rules):
        for field, wanted in (("match", True), ("not_match", False)):
            for nth, command in enumerate(getattr(rule, field)):
                if _command(rule, command) != wanted:
                    yield _missed(("shell", "rules", at, field, nth), command, wanted)


def _of_web(web: Web) -> Iterator[Problem]:
    for at, rule in enumerate(web.rules):
        for field, wanted in (("match", True), ("not_match", False)):
            for nth, url in enumerate(getattr(rule, field)):
                if _request(rule, url) != wanted:
                    yield _missed(("web", "rules", at, field, nth), url, wanted)


def _missed(place: tuple[str | int, ...], example: str, wanted: bool) -> Problem:
    does = "does not match" if wanted else "matches"
    return Problem(place, f"the rule {does} {example!r}; change the one or the other")


def _command(rule: ShellRule, command: str) -> bool:
    index = Index(Shell(rules=(rule,)), Files())
    return any(
        bool(index.program(PurePosixPath(program.name).name, program.argv[1:]))
        for program in read_command(command).programs
    )


def _request(rule: WebRule, text: str) -> bool:
    try:
        url = canonical_url(text)
    except ValueError:
        return False
    method = "GET" if rule.methods is None or "GET" in rule.methods else rule.methods[0]
    index = WebIndex(Web(rules=(rule,)))
    request = WebRequest(url=text, method=method)
    return any(fits(held.rule, request, url) for held in index.rules(url.host, url.path))
