"""Whether a step can have changed the state that the next one meets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from episodes.actions import RunCommand, RunProgram
from episodes.observations import CommandResult
from episodes.trajectory import Step

_LOOKING = frozenset({"read_file", "read_page", "hover", "scroll", "wait", "say", "malformed"})

# Programs that only look, each with the arguments that would make it write.
_NOTHING = re.compile(r"(?!)")
_READERS: dict[str, re.Pattern[str]] = {
    "find": re.compile(r"-(?:delete|exec|ok|fprint|fls).*"),
    "sort": re.compile(r"-[a-zA-Z]*o.*|--output.*|--compress-program.*"),
    "date": re.compile(r"-s.*|--set.*"),
    "tree": re.compile(r"-o.*"),
    "file": re.compile(r"-C|--compile"),
    # Its second operand is a file that it writes.
    "uniq": re.compile(r"[^-].*"),
} | dict.fromkeys(
    (
        "[", "basename", "cat", "cmp", "comm", "cut", "df", "diff", "dirname", "du", "echo",
        "egrep", "false", "fgrep", "grep", "groups", "head", "hexdump", "id", "jq", "ls",
        "md5sum", "nl", "nproc", "od", "printf", "ps", "pwd", "readlink", "realpath", "rg",
        "seq", "sha256sum", "sleep", "stat", "strings", "tac", "tail", "test", "tr", "true",
        "type", "uname", "wc", "which", "whoami",
    ),
    _NOTHING,
)  # fmt: skip
_JOINS = frozenset({"|", "||", "&&", ";"})


def changes_nothing(step: Step) -> bool:
    """Whether the step certainly left the state as it was; when in doubt, it did not."""
    if step.executed is None and (step.observation is None or step.observation.kind == "denied"):
        return True
    action = step.action
    if isinstance(action, RunProgram):
        return _only_looks(list(action.argv))
    if isinstance(action, RunCommand):
        return _command_only_looks(action.command)
    return action.kind in _LOOKING


def leaves_something_running(step: Step) -> bool:
    """Whether something that the step started goes on after it."""
    if step.action.kind == "start_process":
        return step.observation is None or not step.observation.failed
    return isinstance(step.observation, CommandResult) and any(
        not survivor.ended for survivor in step.observation.survivors
    )


def _command_only_looks(command: str) -> bool:
    if any(mark in command for mark in ("`", "$(", "<(", ">(", "\n", "{", "${")):
        return False
    try:
        return all(_only_looks(words) for words in _commands(command))
    except ValueError:
        # An open quote, or a redirection into a file.
        return False


def _commands(command: str) -> Iterator[list[str]]:
    """The commands of a line, without their redirections to nowhere.

    Raises:
        ValueError: The line has something else in it.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    tokens = iter(lexer)
    for token in tokens:
        if token in _JOINS:
            yield words
            words = []
        elif token in (">", ">>", ">&"):
            if next(tokens, "") not in ("/dev/null", "1", "2"):
                raise ValueError(token)
            words = words[:-1] if words and words[-1] in ("1", "2") else words
        elif set(token) <= set("<>|&;()"):
            raise ValueError(token)
        else:
            words.append(token)
    if words:
        yield words


def _only_looks(words: list[str]) -> bool:
    if not words:
        return False
    writes = _READERS.get(words[0])
    return writes is not None and not any(writes.fullmatch(word) for word in words[1:])
