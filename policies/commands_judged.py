"""Judges what a command would run and open."""

from __future__ import annotations

from pathlib import PurePosixPath

from policies import files_judged
from policies.finding import Finding
from policies.index import Access, Match
from policies.policy import Policy
from policies.state import State
from semantics.programs import SYSTEM_DIRECTORIES
from semantics.reading import Invocation, Reading, place

_NAMED = 60


def not_understood(reading: Reading, policy: Policy) -> Finding:
    """The answer to a command that cannot be read with certainty."""
    verdict = policy.shell.not_understood
    what = "policy, do not retry as it is" if verdict == "deny" else "an approver has to look"
    return Finding(
        verdict,
        "shell.not_understood",
        f"{what}: the command cannot be read with certainty ({reading.why}); "
        "write it more plainly, or put it into a script and run that",
        "not_understood",
        reading.span,
    )


def paths(reading: Reading) -> tuple[str, ...]:
    """The paths that a command names where the verdict depends on what lies there."""
    named = [redirect.written for redirect in reading.redirects]
    named += [place(program.name, program.cwd) for program in reading.programs if _by_path(program)]
    return tuple(dict.fromkeys(path for path in named if path is not None))


def judge(reading: Reading, state: State, policy: Policy) -> list[Finding]:
    """Judges each program and each redirect of a command that is understood.

    Returns:
        A finding for every rule that matched, and a denial for every program and file that none
        matched; empty where the command only touches the shell's own state.
    """
    found: list[Finding] = []
    for program in reading.programs:
        found += _program(program, state, policy)
    for redirect in reading.redirects:
        written = redirect.written
        if written is None:
            # Known only as it runs: the kernel's rules hold there.
            continue
        access: Access = "read" if redirect.mode == "read" else "write"
        found += files_judged.judge(written, access, state, policy)
    return found


def _by_path(program: Invocation) -> bool:
    return "/" in program.name and not program.builtin


def _program(program: Invocation, state: State, policy: Policy) -> list[Finding]:
    index = policy.index
    arguments = program.argv[1:]
    if not index.closes_paths and _has_one_name(program, state):
        # What nearly all commands are made of, in a shorter way.
        matches = index.program(program.name, arguments)
        if matches or program.builtin:
            return [_matched(program.name, match) for match in matches]
        return [_by_default(program, policy)]
    named, trusted, found = _names(program, state, policy)
    opened = program.builtin or bool(found)
    for name in sorted(named):
        for match in index.program(name, arguments):
            opened = opened or match.verdict == "deny" or name in trusted
            if match.verdict != "allow" or name in trusted:
                found.append(_matched(program.name, match))
    if index.closes_paths:
        found += _closed(arguments, program.cwd, state, policy)
    return found if opened else [*found, _by_default(program, policy)]


def _has_one_name(program: Invocation, state: State) -> bool:
    if program.builtin:
        return True
    real = state.programs.get(program.name)
    return "/" not in program.name and (real is None or real.name == program.name)


def _by_default(program: Invocation, policy: Policy) -> Finding:
    names = policy.index.programs
    with_these = " with these arguments" if program.name in names else ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(names[:_NAMED]) or "no program"
    return Finding(
        "deny",
        "default",
        f"policy, do not retry: {program.name} is not allowed{with_these}; "
        f"allowed here: {listed}{more}",
        "default",
    )


def _names(
    program: Invocation, state: State, policy: Policy
) -> tuple[set[str], set[str], list[Finding]]:
    """The names that rules may know a program by, and those that a rule may allow it by."""
    name = program.name
    if not _by_path(program):
        real = state.programs.get(name)
        return {name} if real is None or program.builtin else {name, real.name}, {name}, []
    written = place(name, program.cwd)
    base = PurePosixPath(name).name
    if written is None:
        return {base}, set(), [_somewhere(name)]
    try:
        path = files_judged.canonical_in(written, state)
    except ValueError as error:
        return {base}, set(), [Finding("deny", "default", f"policy, do not retry: {error}")]
    trusted = {known for known, real in state.programs.items() if real == path}
    if path.parent in SYSTEM_DIRECTORIES:
        trusted.add(path.name)
    # A link among the system's own programs is the system's word for what it leads to.
    if PurePosixPath(written).parent in SYSTEM_DIRECTORIES:
        trusted.add(base)
    found: list[Finding] = []
    root = policy.index.covering(path, "execute")
    if root is not None:
        found.append(Finding("allow", root, f"running {path} is allowed"))
    return {base, path.name} | trusted, trusted, found


def _somewhere(name: str) -> Finding:
    return Finding(
        "deny",
        "shell.not_understood",
        f"policy, do not retry as it is: where {name} lies is not certain after `cd`; "
        "write its whole path, or join them as `cd DIRECTORY && ...`",
        "not_understood",
    )


def _matched(name: str, match: Match) -> Finding:
    if match.verdict == "allow":
        reason = match.reason or f"{name} is allowed"
    elif match.verdict == "ask":
        reason = match.reason or f"an approver has to allow {name}"
    else:
        reason = f"policy, do not retry: {match.reason or f'{name} is denied'}"
    return Finding(match.verdict, match.rule_id, reason)


def _closed(
    arguments: tuple[str | None, ...], cwd: str | None, state: State, policy: Policy
) -> list[Finding]:
    """Arguments that are paths which the policy closes: a courtesy, since programs have others."""
    found: list[Finding] = []
    for argument in arguments:
        written = place(argument, cwd) if argument and argument.isprintable() else None
        if not written:
            continue
        try:
            path = files_judged.canonical_in(written, state)
        except ValueError:
            continue
        closed = policy.index.denied(path)
        if closed is not None:
            found.append(Finding("deny", closed, f"policy, do not retry: {path} is closed"))
    return found
