"""The programs of a command, with those that its programs are told to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from semantics import find
from semantics.builtins import FREE, REFUSED, RESERVED
from semantics.names import names
from semantics.reading import Invocation, Reading, Redirect, Unclear, place
from semantics.runners import split
from semantics.schemas import Schema, schema_of
from semantics.scripts import awk_runs_nothing, sed_runs_nothing
from semantics.variables import harmless
from semantics.words import ANYTHING, Word, literal, replaced

SYSTEM_DIRECTORIES = frozenset(
    PurePosixPath(path)
    for path in ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
)
"""Where a system keeps its programs; an agent cannot write there."""

_SHELL_FLAGS = frozenset("eux")
_MOVING = names("cd pushd popd")
_NESTED = 16


class Programs:
    """Gathers programs as their words are read."""

    def __init__(self, read: Callable[[str], Reading]) -> None:
        self.found: list[Invocation] = []
        self.redirects: list[Redirect] = []
        self._read = read

    def started(self, words: Sequence[Word], cwd: str | None, span: tuple[int, int]) -> str | None:
        """Notes what a simple command of the shell starts.

        Args:
            words: The command's words.
            cwd: Where it starts, as `Invocation.cwd`.
            span: Its place in the text, in bytes.

        Returns:
            Where the shell is afterwards, if that went well.

        Raises:
            Unclear: What it starts is not certain.
        """
        name = _name(words[0], span)
        if name == "time":
            return self._timed(words, cwd, span)
        arguments = _free_arguments(name, words, span)
        if name not in FREE:
            self.ran(words, cwd, span)
            return cwd
        self._found(words, cwd, builtin=True)
        return _moved(name, arguments, cwd)

    def ran(
        self, words: Sequence[Word], cwd: str | None, span: tuple[int, int], depth: int = 0
    ) -> None:
        """Notes a program and what it is told to run; arguments as in `started`."""
        name = _name(words[0], span)
        if depth > _NESTED:
            raise Unclear("deeper than is read", *span)
        known = name
        if "/" in name:
            path = PurePosixPath(name)
            if path.parent not in SYSTEM_DIRECTORIES:
                self._found(words, cwd, interprets=True)
                return
            known = path.name
        schema = schema_of(known)
        if schema is None:
            self._found(words, cwd)
            return
        arguments = list(words[1:])
        runs = schema.runs
        interprets = _interprets(schema, arguments) or (
            runs == "shell" and shell_script(known, arguments, span) is None
        )
        self._found(words, cwd, interprets=interprets, helpers=schema.helpers)
        if runs == "unread":
            raise Unclear(f"{known}, which runs other programs in ways that are not read", *span)
        if runs in ("command", "script"):
            self._runner(known, schema, arguments, cwd, span, depth)
        elif runs == "shell":
            self._shell(known, arguments, cwd, span)
        elif runs == "actions":
            self._find(arguments, cwd, span, depth)
        elif runs == "options":
            _refuse_options(known, schema, arguments, span)

    def _timed(self, words: Sequence[Word], cwd: str | None, span: tuple[int, int]) -> str | None:
        """`time` is a word of the shell's where a pipeline starts, and a program elsewhere."""
        at = 1
        while at < len(words) and words[at].literal in ("time", "-p", "--"):
            at += 1
        if at < len(words):
            # As the shell's own it may time one of the shell's own; both readings have to hold.
            _free_arguments(_name(words[at], span), words[at:], span)
        self.ran(words, cwd, span)
        return None if at < len(words) and words[at].literal in _MOVING else cwd

    def _found(
        self,
        words: Sequence[Word],
        cwd: str | None,
        *,
        builtin: bool = False,
        interprets: bool = False,
        helpers: tuple[str, ...] = (),
    ) -> None:
        name = words[0].literal or ""
        argv = tuple(word.literal for word in words)
        self.found.append(Invocation(name, argv, builtin, cwd, interprets, helpers))

    def _runner(
        self,
        name: str,
        schema: Schema,
        words: list[Word],
        cwd: str | None,
        span: tuple[int, int],
        depth: int,
    ) -> None:
        parted = split(schema, tuple(word.literal for word in words))
        if isinstance(parted, str):
            raise Unclear(f"{name} with {parted}", *span)
        if not all(harmless(variable) for variable in parted.assigned):
            raise Unclear(f"{name} with a variable that changes what commands mean", *span)
        program = words[parted.at :]
        if schema.runs == "script":
            texts = [word.literal for word in program]
            if None in texts:
                raise Unclear(f"{name} with a text that is not certain", *span)
            self.script(" ".join(text for text in texts if text is not None), cwd, span)
            return
        if not program:
            if schema.default is None:
                return
            program = [literal(schema.default)]
        for mark in parted.replaced:
            program = [replaced(word, mark) for word in program]
        if parted.appended:
            program = [*program, ANYTHING]
        self.ran(program, None if parted.moved else cwd, span, depth + 1)

    def _shell(self, name: str, words: list[Word], cwd: str | None, span: tuple[int, int]) -> None:
        script = shell_script(name, words, span)
        if script is not None:
            self.script(script, cwd, span)

    def script(self, text: str, cwd: str | None, span: tuple[int, int]) -> None:
        """Notes what a text of its own starts, as a shell reads it; arguments as in `started`."""
        reading = self._read(text)
        if not reading.understood:
            raise Unclear(f"{reading.why}, in the text that a shell is given", *span)
        if any(inner.name == "alias" and len(inner.argv) > 1 for inner in reading.programs):
            # Called by another name, a shell expands them at once.
            raise Unclear("the shell's own alias, in the text that a shell is given", *span)
        self.found += (replace(inner, cwd=place(inner.cwd, cwd)) for inner in reading.programs)
        self.redirects += (replace(inner, cwd=place(inner.cwd, cwd)) for inner in reading.redirects)

    def _find(self, words: list[Word], cwd: str | None, span: tuple[int, int], depth: int) -> None:
        actions = find.actions(words)
        if isinstance(actions, str):
            raise Unclear(f"find with {actions}", *span)
        for action in actions:
            self.ran(action.program, None if action.moved else cwd, span, depth + 1)


def _name(word: Word, span: tuple[int, int]) -> str:
    name = word.literal
    if name is None:
        raise Unclear("a program whose name is not certain", *span)
    if not name or not name.isprintable() or "=" in name or name[0] in "-%+":
        raise Unclear("a program's name that is not read", *span)
    return name


def _free_arguments(name: str, words: Sequence[Word], span: tuple[int, int]) -> tuple[Word, ...]:
    """The arguments of what the shell may take for its own; refused where it would not be free."""
    if name in RESERVED or name in REFUSED:
        raise Unclear(f"the shell's own {name}", *span)
    arguments = tuple(words[1:-1] if name == "[" else words[1:])
    free = FREE.get(name)
    if free is not None and not free(arguments):
        raise Unclear(f"the shell's own {name} with these arguments", *span)
    return arguments


def _moved(name: str, arguments: tuple[Word, ...], cwd: str | None) -> str | None:
    if name not in _MOVING:
        return cwd
    if name != "cd":
        return None
    target = arguments[0].literal if len(arguments) == 1 else None
    # `cd ..` goes by the names that led here, not by where the directory is.
    if not target or target[0] == "-" or ".." in target.split("/"):
        return None
    return place(target, cwd)


def shell_script(name: str, words: list[Word], span: tuple[int, int]) -> str | None:
    """The text that a shell is given by `-c`; None where it reads a file or its input instead."""
    for at, word in enumerate(words):
        text = word.literal
        if text is None and not word.operand:
            raise Unclear(f"{name} with a word that may be an option", *span)
        if text is None or text[:1] not in ("-", "+"):
            return None
        if text == "-" or text[0] == "+" or text.startswith("--"):
            raise Unclear(f"{name} with the option {text}", *span)
        if not set(text[1:]) - _SHELL_FLAGS:
            continue
        if set(text[1:]) - _SHELL_FLAGS != {"c"}:
            raise Unclear(f"{name} with the option {text}", *span)
        script = words[at + 1].literal if at + 1 < len(words) else None
        if script is None or script[:1] in ("-", "+"):
            raise Unclear(f"{name} -c with a text that is not certain", *span)
        return script
    return None


def _interprets(schema: Schema, words: list[Word]) -> bool:
    if schema.runs == "awk":
        return not awk_runs_nothing(words)
    if schema.runs == "sed":
        return not sed_runs_nothing(words)
    return schema.runs == "anything"


def _refuse_options(name: str, schema: Schema, words: list[Word], span: tuple[int, int]) -> None:
    for at, word in enumerate(words):
        text = word.literal
        if text is None:
            if word.operand and not (schema.old_style and at == 0):
                continue
            raise Unclear(f"{name} with a word that may be an option", *span)
        if text == "--":
            return
        long = text.startswith("--") and len(text) > 2
        if (long and any(option.startswith(text.split("=")[0]) for option in schema.options)) or (
            _bundled(schema, text, at) and not schema.letters.isdisjoint(text.split("=")[0])
        ):
            raise Unclear(f"{name} with {text}, which runs another program", *span)


def _bundled(schema: Schema, text: str, at: int) -> bool:
    if text[:1] == "-":
        return text[1:2] != "-"
    return schema.old_style and at == 0
