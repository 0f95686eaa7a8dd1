"""Whether a step can have changed the state that the next one meets."""

from __future__ import annotations

import re

from episodes.actions import CallTool
from episodes.observations import CommandResult
from episodes.trajectory import Step
from semantics.reading import Invocation, Reading
from taxonomy.readings import reading_of
from taxonomy.tool_words import manner, muses

_LOOKING = frozenset({"read_file", "read_page", "hover", "scroll", "wait", "say", "malformed"})

_MOVES = re.compile(r"open|goto|scroll|browse", re.IGNORECASE)

# Programs that only look, each with the arguments that would make it write.
_NOTHING = re.compile(r"(?!)")
_READERS: dict[str, re.Pattern[str]] = {
    "find": re.compile(r"-(?:delete|exec|ok|fprint|fls).*"),
    "sort": re.compile(r"-[a-zA-Z]*o.*|--output.*|--compress-program.*"),
    "date": re.compile(r"-s.*|--set.*"),
    "rg": re.compile(r"--pre.*"),
    "tree": re.compile(r"-o.*"),
    "file": re.compile(r"-C|--compile"),
    # Its second operand is a file that it writes.
    "uniq": re.compile(r"[^-].*"),
} | dict.fromkeys(
    (
        "[", "basename", "cat", "cmp", "comm", "cut", "df", "diff", "dirname", "du", "echo",
        "egrep", "false", "fgrep", "grep", "groups", "head", "hexdump", "id", "jq", "ls",
        "md5sum", "nl", "nproc", "od", "printf", "ps", "pwd", "readlink", "realpath",
        "seq", "sha256sum", "sleep", "stat", "strings", "tac", "tail", "test", "tr", "true",
        "type", "uname", "wc", "which", "whoami",
    ),
    _NOTHING,
)  # fmt: skip


def changes_nothing(step: Step) -> bool:
    """Whether the step certainly left the state as it was; when in doubt, it did not."""
    if step.executed is None and (step.observation is None or step.observation.kind == "denied"):
        return True
    action = step.executed or step.action
    if action.kind == "shell" or action.kind == "exec":
        reading = reading_of(action)
        return reading is not None and _only_looks(reading)
    if isinstance(action, CallTool):
        # An editor that opens another file, or goes elsewhere in it, is not as it was.
        looks = manner(action) is not None and not _MOVES.search(action.name)
        return looks or muses(action.name)
    return action.kind in _LOOKING


def leaves_something_running(step: Step) -> bool:
    """Whether something that the step started goes on after it."""
    if step.action.kind == "start_process":
        return step.observation is None or not step.observation.failed
    return isinstance(step.observation, CommandResult) and any(
        not survivor.ended for survivor in step.observation.survivors
    )


def _only_looks(reading: Reading) -> bool:
    # A line with no program in it sets variables, or is nothing at all.
    return (
        reading.understood
        and bool(reading.programs)
        and all(_looks(program) for program in reading.programs)
        and all(
            redirect.mode == "read" or redirect.path == "/dev/null"
            for redirect in reading.redirects
        )
    )


def _looks(program: Invocation) -> bool:
    writes = _READERS.get(program.name)
    if writes is None:
        return False
    # A word that is known only as it runs may be the very argument that writes.
    return writes is _NOTHING or all(
        word is not None and not writes.fullmatch(word) for word in program.argv[1:]
    )
