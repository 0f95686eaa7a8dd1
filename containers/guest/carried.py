"""What one command leaves to the next: a working directory and exported variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

MAX_STATE = 1 << 18
"""Bytes of it; a command that exports more than this leaves nothing."""

_MAGIC = b"LLSTATE1"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NEVER = re.compile(
    # These change what the words of the next command mean.
    r"BASH.*|LD_.*|PATH|IFS|ENV|SHELLOPTS|PS4|PROMPT_COMMAND|GLIBC_TUNABLES"
    r"|CDPATH|GLOBIGNORE|EXECIGNORE|POSIXLY_CORRECT|GCONV_PATH"
    # And these are the shell's own, made anew by each.
    r"|_|PWD|SHLVL"
)


@dataclass(frozen=True)
class Carried:
    """One command's leavings."""

    cwd: str
    """Canonical; empty where the directory no longer exists."""
    environment: dict[str, str]
    dropped: list[str]
    """Names that were exported and are not carried, sorted; the shell's own are not among them."""


def parse(data: bytes) -> Carried | None:
    """Read what `state` wrote.

    Returns:
        None where it is not whole: the command was killed, or became another program, or something
        that inherited the descriptor wrote to it. What held before goes on to hold.
    """
    magic, _, rest = data.partition(b"\0")
    if magic != _MAGIC or not rest.endswith(b"\0\0"):
        return None
    cwd, *variables = rest[:-2].split(b"\0")
    if any(b"=" not in variable for variable in variables):
        return None
    environment: dict[str, str] = {}
    dropped: list[str] = []
    for variable in variables:
        name, value = (os.fsdecode(part) for part in variable.split(b"=", 1))
        if _NAME.match(name) and not _NEVER.fullmatch(name):
            environment[name] = value
        elif name not in ("_", "PWD", "SHLVL", "PATH"):
            dropped.append(name)
    return Carried(os.fsdecode(cwd), environment, sorted(dropped))
