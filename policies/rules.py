"""The sections of a policy: what its shell may run, which files it opens, and its limits."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from episodes.decisions import Verdict
from episodes.record import Record
from policies.direction import FEWER, LARGER, LATER, MORE, NEUTRAL, RULE
from policies.patterns import PATH, WORD, parse_pattern
from semantics import paths
from semantics.variables import harmless

Tool = Literal["shell", "processes", "files", "browser", "finish"]
"""A kind of action that a policy may grant."""

_MEBIBYTE = 1024 * 1024
_SPECIAL = frozenset("\\*?[]{}")


def _program(name: str) -> str:
    if not name or "/" in name or not name.isprintable() or " " in name or name[0] in "-%+":
        raise ValueError(f"{name!r} is no program's name; write a bare name, such as 'grep'")
    if set(name) & set("*?{}$"):
        raise ValueError(f"{name!r} is a pattern; name each program, such as 'grep'")
    return name


def _pattern(words: str) -> str:
    if not words.split() or not words.isprintable():
        raise ValueError("an empty pattern; write the first arguments, such as 'remote add *'")
    for word in words.split():
        parse_pattern(word, WORD)
    return " ".join(words.split())


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.startswith("/"):
        raise ValueError(f"{value!r} is not absolute; write the whole path, such as '/workspace'")
    if set(value) & set("*?[]{}"):
        raise ValueError(f"{value!r} is a pattern; name a directory, which covers all beneath it")
    straight = str(paths.canonical(value))
    if straight != value:
        raise ValueError(f"{value!r} is not in canonical form; write {straight!r}")
    return value


def is_pattern(path: PurePosixPath) -> bool:
    """Whether a path of `files.deny` is a pattern rather than itself."""
    return bool(set(str(path)) & _SPECIAL)


def _closed(value: object) -> object:
    if not isinstance(value, str) or not set(value) & _SPECIAL:
        return _path(value)
    if not value.startswith("/") or {"", ".", ".."} & set(value[1:].split("/")):
        raise ValueError(
            f"{value!r} is no pattern of whole canonical paths; write one such as "
            "'/workspace/**.pem'"
        )
    parse_pattern(value, PATH)
    return value


def _variable(name: str) -> str:
    if not harmless(name):
        raise ValueError(
            f"{name!r} is no variable's name, or changes what commands mean; leave it out"
        )
    return name


Program = Annotated[str, AfterValidator(_program)]
"""A program's bare name, as PATH finds it."""

Pattern = Annotated[str, AfterValidator(_pattern)]
"""The first arguments of a program, apart by blanks, each a pattern; `*` is any one of them."""

Root = Annotated[PurePosixPath, BeforeValidator(_path)]
"""An absolute path in canonical form, and all that lies beneath it."""

Closed = Annotated[PurePosixPath, BeforeValidator(_closed)]
"""As `Root`, or a pattern of such paths: `/workspace/**.pem` is every such file beneath."""

Variable = Annotated[str, AfterValidator(_variable)]
"""A variable's name; none that changes what a command means."""


class ShellRule(Record):
    """What becomes of some programs; the strictest of the rules that match decides."""

    programs: Annotated[
        tuple[Program, ...], Field(min_length=1, json_schema_extra=RULE, examples=[["grep", "sed"]])
    ]
    """The programs it is for, by bare name."""
    effect: Annotated[Verdict, Field(json_schema_extra=RULE, examples=["allow"])]
    """`allow`, `ask` or `deny` where it matches."""
    arguments: Annotated[
        tuple[Pattern, ...] | None,
        Field(min_length=1, json_schema_extra=RULE, examples=[["status", "log *"]]),
    ] = None
    """It matches only if the first arguments are one of these; any arguments where absent.

    An argument that is known only as the command runs satisfies no pattern of a rule that allows,
    and every pattern of one that asks or denies.
    """
    reason: Annotated[
        str | None, Field(json_schema_extra=NEUTRAL, examples=["History is kept as it is."])
    ] = None
    """What the agent is told of it."""
    id: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", json_schema_extra=NEUTRAL, examples=["no-push"]),
    ] = None
    """What decisions call it; `shell.rules[N]` where absent."""
    match: Annotated[
        tuple[str, ...], Field(json_schema_extra=NEUTRAL, examples=[["grep -n x notes.txt"]])
    ] = ()
    """Commands that it must match; checked when it is loaded."""
    not_match: Annotated[
        tuple[str, ...], Field(json_schema_extra=NEUTRAL, examples=[["rm notes.txt"]])
    ] = ()
    """Commands that it must not match; checked when it is loaded."""


class Shell(Record):
    """What commands may run."""

    rules: Annotated[
        tuple[ShellRule, ...],
        Field(
            max_length=10_000,
            json_schema_extra=RULE,
            examples=[[{"programs": ["ls"], "effect": "allow"}]],
        ),
    ] = ()
    """Rules on programs; one that no rule matches is denied."""
    not_understood: Annotated[
        Literal["deny", "ask"], Field(json_schema_extra=LATER, examples=["deny"])
    ] = "deny"
    """What becomes of a command that cannot be read with certainty."""
    environment: Annotated[
        tuple[Variable, ...],
        Field(max_length=1_000, json_schema_extra=MORE, examples=[["LANG", "TZ"]]),
    ] = ()
    """Variables of the host that commands are given."""
    survivors: Annotated[
        Literal["kill", "keep"], Field(json_schema_extra=LATER, examples=["kill"])
    ] = "kill"
    """What becomes of processes that are still there when their command has ended."""


class Files(Record):
    """What may be opened. Each path covers all that lies beneath it."""

    read: Annotated[
        tuple[Root, ...],
        Field(max_length=10_000, json_schema_extra=MORE, examples=[["/workspace", "/usr/lib"]]),
    ] = ()
    """What may be read."""
    write: Annotated[
        tuple[Root, ...],
        Field(max_length=10_000, json_schema_extra=MORE, examples=[["/workspace"]]),
    ] = ()
    """What may be written, made and removed; and read."""
    execute: Annotated[
        tuple[Root, ...],
        Field(max_length=10_000, json_schema_extra=MORE, examples=[["/usr/lib/git-core"]]),
    ] = ()
    """What may be run besides the programs of the shell's rules; and read."""
    deny: Annotated[
        tuple[Closed, ...],
        Field(
            max_length=10_000,
            json_schema_extra=FEWER,
            examples=[["/workspace/.env", "/workspace/**.pem"]],
        ),
    ] = ()
    """What may not be opened though a list above covers it: paths, or patterns of them.

    The gate alone holds this, for files that an action or a redirect names, and arguments that
    are such a path; the kernel knows no exception beneath what it allows.
    """


class Limits(Record):
    """How much an action, and an episode, may use. All are whole numbers."""

    seconds: Annotated[int, Field(ge=1, le=86_400, json_schema_extra=LARGER, examples=[60])] = 60
    """Seconds that one action may take."""
    output_bytes: Annotated[
        int, Field(ge=1024, le=64 * _MEBIBYTE, json_schema_extra=LARGER, examples=[65536])
    ] = 65_536
    """Bytes that are kept of each of an action's output streams, head and tail."""
    file_bytes: Annotated[int, Field(ge=4096, json_schema_extra=LARGER, examples=[67108864])] = (
        64 * _MEBIBYTE
    )
    """Bytes that one file may grow to."""
    memory_bytes: Annotated[
        int, Field(ge=16 * _MEBIBYTE, json_schema_extra=LARGER, examples=[1073741824])
    ] = 1024 * _MEBIBYTE
    """Bytes of memory for the whole container."""
    processes: Annotated[int, Field(ge=8, le=32_768, json_schema_extra=LARGER, examples=[256])] = (
        256
    )
    """Processes and threads at a time."""
    cpus: Annotated[int, Field(ge=1, le=1_024, json_schema_extra=LARGER, examples=[2])] = 2
    """Processors' worth of time that the container may take at once; where others want them too it
    gets a quarter of their share."""
    open_files: Annotated[
        int, Field(ge=32, le=1_048_576, json_schema_extra=LARGER, examples=[1024])
    ] = 1024
    """Open files for each process."""
    workspace_bytes: Annotated[
        int, Field(ge=_MEBIBYTE, json_schema_extra=LARGER, examples=[536870912])
    ] = 512 * _MEBIBYTE
    """Bytes that `/workspace` may hold."""
    steps: Annotated[int, Field(ge=1, json_schema_extra=LARGER, examples=[200])] = 200
    """Steps in one episode."""
    episode_seconds: Annotated[int, Field(ge=1, json_schema_extra=LARGER, examples=[3600])] = 3600
    """Seconds that one episode may take."""
    denials: Annotated[int, Field(ge=1, json_schema_extra=LARGER, examples=[50])] = 50
    """Denials in one episode, after which it is truncated."""
