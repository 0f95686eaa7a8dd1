"""Between actions and the guest: what to ask for each action, and what its answer means."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, Literal

from episodes.actions import (
    Action,
    ReadFile,
    ReadProcess,
    RunCommand,
    RunProgram,
    StartProcess,
    StopProcess,
    WriteFile,
    WriteProcess,
)
from episodes.errors import ChannelBroken, GuestRefused
from episodes.observations import (
    CommandResult,
    Failed,
    FileContent,
    FileWritten,
    Observation,
    ProcessState,
    Survivor,
)
from policies.kernel import kernel_rules
from policies.policy import Policy
from sandbox.boxes.backend import WORKSPACE
from sandbox.boxes.container import AGENT, SCRATCH
from sandbox.boxes.output import Output, shown
from sandbox.egress.door import CERTIFICATES, Door

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
"""Where programs are looked for, in every image."""

MOST_ENTRIES, MOST_CHANGES = 20_000, 2000
"""Names in the workspace that are looked at after a step, and changes that are listed of them."""
MOST_READ, MOST_ALONG = 32 << 20, 1 << 16
"""Bytes of changed files that are read after a step, and of contents that come with its reply."""

Reply = Mapping[str, Any]
Limit = Literal["time", "cancelled", "memory", "processes", "file_bytes", "disk", "inodes"]

_SIGXFSZ = 25
_MET: dict[Limit, str] = {
    "memory": "memory ran out: the kernel ended a process of it",
    "processes": "no more processes could be made: their limit is reached",
    "disk": "/workspace or /tmp is full",
    "inodes": "/workspace or /tmp has no room for more files",
}
"""What the guest says was met, and how an agent is told."""

# What the guest refuses through the agent's own doing; anything else is a fault.
_FAILURES = frozenset(
    {
        "not_found",
        "is_directory",
        "not_a_directory",
        "refused",
        "changed",
        "too_large",
        "no_space",
        "not_regular",
        "no_such_process",
        "process_exists",
        "process_ended",
        "too_many_processes",
        "too_long",
        "no_process",
    }
)


def configuration(policy: Policy, door: Door | None = None) -> dict[str, Any]:
    """What `configure` tells the guest.

    Args:
        policy: What holds.
        door: The way out to a network, where there is one.
    """
    rules, limits = kernel_rules(policy), policy.limits
    passed = {name: os.environ[name] for name in rules.environment if name in os.environ}
    return {
        "uid": AGENT,
        "gid": AGENT,
        "rules": [
            *(list(rule) for rule in rules.rules),
            *([["r", CERTIFICATES]] if door is not None else []),
        ],
        "forward": door is not None,
        "programs": list(rules.programs),
        "path": PATH,
        # There is no network in the container but its own loopback, which servers under
        # development need, and where the way out begins.
        "tcp": "allow",
        "cwd": str(WORKSPACE),
        "env": {
            **passed,
            "HOME": str(WORKSPACE),
            "USER": "agent",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "TMPDIR": str(SCRATCH),
            **(door.environment if door is not None else {}),
        },
        "limits": {"open_files": limits.open_files, "file_bytes": limits.file_bytes},
        "output_bytes": limits.output_bytes,
        # Where the kernel has it, it is on in any case; who requires it is refused elsewhere.
        "landlock": "allow",
        "watch": {
            "root": str(WORKSPACE),
            "entries": MOST_ENTRIES,
            "changes": MOST_CHANGES,
            "read": max(MOST_READ, policy.obligations.keep_step_bytes),
            "inline": MOST_ALONG if policy.obligations.keep_files else 0,
        },
    }


def request_for(
    action: Action, policy: Policy, seconds: float, step: int = 0
) -> tuple[str, dict[str, Any]]:
    """The operation and its arguments for an action that was judged.

    Args:
        action: The action, with canonical paths.
        policy: For its limits.
        seconds: The most it may take.
        step: Under which number its processes are recorded.

    Raises:
        GuestRefused: No operation of the guest's does such an action.
    """
    limits = policy.limits
    most = min(seconds, limits.seconds)
    keep = policy.obligations.keep_processes
    record = {"step": step, "most": keep} if keep else None
    match action:
        case RunCommand() | RunProgram():
            what: dict[str, Any] = (
                {"command": action.command}
                if isinstance(action, RunCommand)
                else {"argv": list(action.argv)}
            )
            return "run", what | {
                "stdin": None if action.stdin is None else encoded(action.stdin),
                "seconds": most if action.seconds is None else min(most, action.seconds),
                "output_bytes": limits.output_bytes,
                "survivors": policy.shell.survivors,
                "record": record,
            }
        case StartProcess():
            return "start", {
                "name": action.name,
                "command": action.command,
                "pty": action.pty,
                "record": record,
            }
        case ReadProcess():
            return "read", {
                "name": action.name,
                "seconds": min(action.seconds, most),
                "output_bytes": limits.output_bytes,
            }
        case WriteProcess():
            return "write", {
                "name": action.name,
                "data": encoded(action.data),
                "eof": action.eof,
            }
        case StopProcess():
            return "stop", {"name": action.name}
        case ReadFile():
            return "read_file", {"path": str(action.path), "limit": limits.file_bytes}
        case WriteFile():
            return "write_file", {
                "path": str(action.path),
                "data": encoded(action.data),
                "append": action.append,
            }
    raise GuestRefused(f"the shell's guest has no way to do '{action.kind}'")


def observation_of(action: Action, reply: Reply, survivors: str) -> Observation:
    """What the agent is shown of the guest's answer to `action`.

    Raises:
        GuestRefused: The guest could not do it, and not through the agent's doing.
        ChannelBroken: It is no answer to that.
    """
    with believed():
        return _observation(action, reply, survivors)


@contextmanager
def believed() -> Iterator[None]:
    """Takes what the guest said as what it should be: who has taken it over says anything.

    Raises:
        ChannelBroken: It is something else.
    """
    try:
        yield
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as problem:
        raise ChannelBroken(
            f"the guest gave an answer that is none ({type(problem).__name__}: "
            f"{str(problem)[:500]}); it is given up as taken over or damaged"
        ) from problem


def spelt(text: str) -> str:
    """A text of the guest's as it can be stored: of half a character its number is written."""
    return text.encode("utf-8", "backslashreplace").decode()


def _observation(action: Action, reply: Reply, survivors: str) -> Observation:
    if not reply["ok"]:
        if reply["error"] not in _FAILURES:
            raise GuestRefused(f"{reply['error']}: {reply['message']}")
        return Failed(code=reply["error"], message=spelt(reply["message"]))
    match action:
        case RunCommand() | RunProgram():
            return _command(reply, survivors)
        case ReadFile():
            return FileContent(
                path=action.path, data=base64.b64decode(reply["data"]), size=reply["size"]
            )
        case WriteFile():
            return FileWritten(path=action.path, size=len(action.data))
        case StartProcess() | ReadProcess() | WriteProcess() | StopProcess():
            return _process(action, reply)
    raise GuestRefused(f"the shell's guest has no way to do '{action.kind}'")


def encoded(data: bytes) -> str:
    """Bytes as the channel carries them."""
    return base64.b64encode(data).decode("ascii")


def exported(found: Mapping[str, str]) -> dict[str, str]:
    """The variables that a command left; half a character stands for a byte, and goes back as it.

    Raises:
        TypeError: They are none.
    """
    if not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise TypeError("variables that are no text")
    return dict(found)


def stream(reply: Reply, name: str) -> Output:
    """What a program wrote on one of its streams.

    Raises:
        Exception: It is none; see `believed`.
    """
    found = reply.get(name) or {"head": "", "tail": "", "size": 0}
    size = found["size"]
    if type(size) is not int or size < 0:
        raise TypeError("a size that is none")
    return shown(base64.b64decode(found["head"]), base64.b64decode(found["tail"]), size)


def _command(reply: Reply, survivors: str) -> CommandResult:
    out, err = stream(reply, "stdout"), stream(reply, "stderr")
    notes = []
    if reply.get("cwd_lost"):
        notes.append(
            f"the working directory is gone; the next command starts in {spelt(reply['cwd'])}"
        )
    if reply.get("error") == "no_process":
        notes.append("it did not start: the limit on processes is reached")
    if reply.get("error") == "too_long":
        notes.append("it did not start: the command and its environment are too long")
    limit = _limit(reply)
    if limit in _MET:
        notes.append(_MET[limit])
    return CommandResult(
        exit_code=reply["exit_code"],
        signal=reply["signal"],
        stdout=out.text,
        stderr=err.text,
        stdout_bytes=out.size,
        stderr_bytes=err.size,
        escaped=out.escaped or err.escaped,
        seconds=reply["seconds"],
        limit=limit,
        cwd=PurePosixPath(spelt(reply["cwd"])),
        survivors=tuple(
            Survivor(
                pid=found["pid"],
                command=spelt(" ".join(found["argv"])),
                ended=survivors == "kill",
            )
            for found in reply["survivors"]
        ),
        note="; ".join(notes),
    )


def _limit(reply: Reply) -> Limit | None:
    """The limit that a command met, of several the one that explains most."""
    if reply["timed_out"]:
        return "time"
    if reply["cancelled"]:
        return "cancelled"
    if reply.get("error") == "no_process":
        return "processes"
    if reply["signal"] == _SIGXFSZ or reply["exit_code"] == 128 + _SIGXFSZ:
        return "file_bytes"
    met = reply.get("met", ())
    return next((name for name in _MET if name in met), None)


def _process(
    action: StartProcess | ReadProcess | WriteProcess | StopProcess, reply: Reply
) -> ProcessState:
    out, err = stream(reply, "stdout"), stream(reply, "stderr")
    code = reply.get("exit_code")
    if code is None and reply.get("signal") is not None:
        code = -int(reply["signal"])
    return ProcessState(
        name=action.name,
        running=reply["running"],
        exit_code=code,
        stopped=isinstance(action, StopProcess),
        stdout=out.text,
        stderr=err.text,
        stdout_bytes=out.size,
        stderr_bytes=err.size,
        escaped=out.escaped or err.escaped,
    )
