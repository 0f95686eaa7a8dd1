"""A policy's rules, arranged so that those for one program or path are found at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from episodes.decisions import Verdict
from policies.rules import Files, Shell, ShellRule

Access = Literal["read", "write", "execute"]
"""What is done with a file."""


class Match(NamedTuple):
    """A rule that matched."""

    verdict: Verdict
    """Its effect."""
    rule_id: str
    """Its id."""
    reason: str | None
    """What it tells the agent, where it has something of its own to say."""


class _Rule(NamedTuple):
    match: Match
    arguments: tuple[tuple[str, ...], ...]


class Index:
    """Looks rules up in the time that it takes to hash a name, or a path and its parents."""

    def __init__(self, shell: Shell, files: Files) -> None:
        self._programs: dict[str, list[_Rule]] = {}
        for at, rule in enumerate(shell.rules):
            made = _made(at, rule)
            for name in dict.fromkeys(rule.programs):
                self._programs.setdefault(name, []).append(made)
        self._deny = _roots("deny", files.deny)
        execute = _roots("execute", files.execute)
        write = _roots("write", files.write)
        self._roots: dict[Access, dict[PurePosixPath, str]] = {
            "read": {**write, **execute, **_roots("read", files.read)},
            "write": write,
            "execute": execute,
        }
        self.programs = tuple(
            sorted(
                name
                for name, rules in self._programs.items()
                if any(rule.match.verdict != "deny" for rule in rules)
                and not any(rule.match.verdict == "deny" and not rule.arguments for rule in rules)
            )
        )
        """Every program that some rule lets run."""

    def program(self, name: str, arguments: tuple[str | None, ...]) -> list[Match]:
        """The rules that match a program with these arguments; None for one not known yet."""
        return [
            rule.match
            for rule in self._programs.get(name, ())
            if not rule.arguments
            or any(
                _begins(arguments, pattern, unknown=rule.match.verdict != "allow")
                for pattern in rule.arguments
            )
        ]

    def denied(self, path: PurePosixPath) -> str | None:
        """The rule that keeps a path closed, if one does."""
        return _covering(self._deny, path) if self._deny else None

    def covering(self, path: PurePosixPath, access: Access) -> str | None:
        """The rule that opens a path, if one does: that of the nearest directory."""
        return _covering(self._roots[access], path)

    def roots(self, access: Access) -> tuple[str, ...]:
        """The paths that are open, each with all beneath it."""
        return tuple(str(path) for path in self._roots[access])

    @property
    def closes_paths(self) -> bool:
        """Whether any path is denied beneath what is allowed."""
        return bool(self._deny)


def _made(at: int, rule: ShellRule) -> _Rule:
    patterns = tuple(tuple(pattern.split()) for pattern in rule.arguments or ())
    return _Rule(Match(rule.effect, rule.id or f"shell.rules[{at}]", rule.reason), patterns)


def _roots(field: str, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    found: dict[PurePosixPath, str] = {}
    for at, path in enumerate(paths):
        found.setdefault(path, f"files.{field}[{at}]")
    return found


def _covering(roots: dict[PurePosixPath, str], path: PurePosixPath) -> str | None:
    if path in roots:
        return roots[path]
    return next((roots[parent] for parent in path.parents if parent in roots), None)


def _begins(arguments: tuple[str | None, ...], pattern: tuple[str, ...], unknown: bool) -> bool:
    for at, wanted in enumerate(pattern):
        if at >= len(arguments):
            return False
        given = arguments[at]
        if given is None:
            # It may become any number of words: all behind it is unknown too.
            return unknown
        if wanted not in ("*", given):
            return False
    return True
