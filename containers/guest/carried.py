"""What one command leaves to the next: a working directory and exported variables."""

from __future__ import annotations

import os
import re

_MARK = b"LLSTATE1\n"
_DECLARED = re.compile(
    rb"declare -\w+ (?P<name>\w+)"
    rb"(?:=(?:\"(?P<plain>(?:[^\"\\]|\\.)*)\"|\$'(?P<escaped>(?:[^'\\]|\\.)*)'))?\n",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"E": b"\x1b", b"f": b"\f"} | {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
_NEVER = re.compile(
    # These change what the words of the next command mean.
    r"BASH.*|LD_.*|PATH|IFS|ENV|SHELLOPTS|PS4|PROMPT_COMMAND|GLIBC_TUNABLES"
    r"|CDPATH|GLOBIGNORE|EXECIGNORE|POSIXLY_CORRECT|GCONV_PATH"
    # And these are the shell's own, made anew by each.
    r"|_|PWD|SHLVL"
)


_last: dict[bytes, tuple[dict[str, str], list[str]]] = {}
"""The last command's declarations, as they were read."""
_ALWAYS_THERE = ("PATH", "PWD", "SHLVL", "_")


class Carried:
    """One command's leavings.

    Attributes:
        cwd: Canonical; empty where the directory no longer exists.
        environment: What it exported and may be carried.
        dropped: Names of what it exported and may not, sorted; without those that a shell makes
            anew.
    """

    __slots__ = ("cwd", "dropped", "environment")

    def __init__(self, cwd: str, environment: dict[str, str], dropped: list[str]) -> None:
        self.cwd = cwd
        self.environment = environment
        self.dropped = dropped


def parse(data: bytes) -> Carried | None:
    """Read what the shell's EXIT trap wrote (step.bash): a directory, then `declare -px`.

    Returns:
        None where it is not whole: the command was killed, or became another program, or something
        that inherited the descriptor wrote to it. What held before goes on to hold.
    """
    _, mark, rest = data.rpartition(_MARK)
    cwd, _, rest = rest.partition(b"\0")
    declared, end, _ = rest.partition(b"\0")
    if not mark or not end:
        return None
    if declared not in _last:
        # Most commands leave what they found, and to read it costs them more than to compare it.
        _last.clear()
        _last[declared] = _variables(declared)
    environment, dropped = _last[declared]
    # `pwd` says nothing of a directory that no longer exists.
    here = os.fsdecode(cwd.removesuffix(b"\n")) if cwd.startswith(b"/") else ""
    return Carried(here, environment, dropped)


def _variables(declared: bytes) -> tuple[dict[str, str], list[str]]:
    """What may be carried, and the names of what may not."""
    environment: dict[str, str] = {}
    dropped: list[str] = []
    at = 0
    while at < len(declared):
        match = _DECLARED.match(declared, at)
        if match is None:
            # An exported array, which no program could inherit: bash keeps those to itself.
            at = declared.find(b"\n", at) + 1 or len(declared)
            continue
        at = match.end()
        name, value = match["name"].decode("ascii", "replace"), _value(match)
        if value is None:
            continue  # Exported, never set.
        if not _NEVER.fullmatch(name):
            environment[name] = value
        elif name not in _ALWAYS_THERE:
            dropped.append(name)
    return environment, sorted(dropped)


def _value(match: re.Match[bytes]) -> str | None:
    if (plain := match["plain"]) is not None:
        return os.fsdecode(re.sub(rb"\\(.)", rb"\1", plain, flags=re.DOTALL))
    if (escaped := match["escaped"]) is not None:
        return os.fsdecode(_ESCAPE.sub(_unescape, escaped))
    return None


def _unescape(match: re.Match[bytes]) -> bytes:
    code: bytes = match[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 255])
    return _LETTERS.get(code, code)
