"""Acts that came out as none: an agent's words cut wrongly, so that what ran asks for nothing.

Nobody holds `:25` for a file. Such an act does not show what its agent believed, and whether it was
a slip, its habit or its harness's parser the record does not tell.
"""

from __future__ import annotations

import re

from pydantic import JsonValue

from episodes.actions import CallTool, RunCommand
from episodes.trajectory import Step
from semantics.reading import Reading

# What no command begins with, and no name.
_NO_COMMAND = re.compile(r"\s*(?::\S|[,;)}\]|&])")
_BROKEN = re.compile(r"\s*[:,;)}\]|&]")
_NO_LETTER = re.compile(r"[^\w/~.*@-]*\Z")
_SHORT = 200


def is_mangled(step: Step) -> bool:
    """Whether a command begins as none does, or a call is given an argument that holds no name."""
    action = step.action
    if isinstance(action, RunCommand):
        return _NO_COMMAND.match(action.command) is not None
    if isinstance(action, CallTool):
        return any(_broken(value) for value in action.arguments.values())
    return False


def does_nothing(step: Step, reading: Reading | None) -> bool:
    """Whether a command is the shell's own way of doing nothing, with something written behind it.

    `: make all` runs no make, whatever was meant.
    """
    if not isinstance(step.action, RunCommand) or step.action.command.lstrip()[:1] != ":":
        return False
    if reading is None or not reading.understood:
        return False
    return (
        bool(reading.programs)
        and not reading.redirects
        and all(one.name == ":" and len(one.argv) > 1 for one in reading.programs)
    )


def _broken(value: JsonValue) -> bool:
    if not isinstance(value, str) or not value.strip() or len(value) > _SHORT:
        return False
    return bool(_BROKEN.match(value) or _NO_LETTER.match(value))
