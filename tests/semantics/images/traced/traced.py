"""Traces every command of /jobs.json and prints, one JSON line a command, what it executed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

STUBS = Path("/stubs")
# What would only wait.
SLOW = ("sleep", "tail", "top", "yes")
TRACE = "trace=execve,execveat,clone,clone3,fork,vfork"
_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(.*)\Z")
_RESULT = re.compile(r"= (-?\d+)[^=]*\Z")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def main() -> None:
    plan = json.loads(Path("/jobs.json").read_text())
    for name in plan["stubs"]:
        if name in SLOW or not shutil.which(name):
            os.link(STUBS / ".stub", STUBS / name)
    running = []
    for number in range(plan["workers"]):
        jobs = Path(f"/tmp/jobs.{number}")
        mine = plan["jobs"][number :: plan["workers"]]
        jobs.write_text("".join(json.dumps(job) + "\n" for job in mine))
        log = Path(f"/tmp/log.{number}")
        command = [
            "strace", "-f", "--seccomp-bpf", "-qq", "-xx", "-s", "2000", "-e", TRACE,
            "-e", "signal=none", "-o", str(log),
            sys.executable, "-B", str(Path(__file__).with_name("worker.py")),
            str(jobs), str(20_001 + number), str(plan["seconds"]),
        ]  # fmt: skip
        # A user of its own each, so that `kill -9 -1` of one leaves the others alone.
        running.append((subprocess.Popen(command, stdout=sys.stderr), log))
    for process, log in running:
        if process.wait() != 0:
            sys.exit(f"a worker ended with {process.returncode}")
        for at, events in _parts(log):
            print(json.dumps([at, events], separators=(",", ":")))


def _parts(log: Path) -> Iterator[tuple[int, list[list[object]]]]:
    """Each command's number and events: `[pid, child]` for a fork, `[pid, file, argv]` else.

    The child is -1 where its parent was ended before it was told.
    """
    at, events = -1, list[list[object]]()
    pending: dict[str, list[object]] = {}
    with log.open() as lines:
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found is None:
                continue
            pid, call, rest = found.groups()
            if call in ("execve", "execveat"):
                event = pending.pop(pid, None) if rest.startswith(" resumed") else None
                event = event or [int(pid), *_executed(rest)]
                if str(event[1]).startswith("/marker/"):
                    if at >= 0:
                        yield at, events + _ended(pending.values())
                    at, events, pending = int(str(event[1]).rpartition("/")[2]), [[int(pid)]], {}
                elif (result := _RESULT.search(rest)) is None:
                    pending[pid] = event
                elif result[1] == "0":
                    events.append(event)
            elif (result := _RESULT.search(rest)) is None:
                pending[pid] = [int(pid), -1]
            elif int(result[1]) > 0:
                pending.pop(pid, None)
                events.append([int(pid), int(result[1])])
    if at >= 0:
        yield at, events + _ended(pending.values())


def _ended(pending: Iterable[list[object]]) -> list[list[object]]:
    """What was under way when it was ended, and may have run; not what could not be read then."""
    return [event for event in pending if len(event) < 3 or "…" not in str(event[-1])]


def _executed(text: str) -> tuple[str, list[str]]:
    if not text.startswith('("'):
        return "?", ["…"]
    strings = [
        bytes.fromhex(found[1].replace("\\x", "")).decode(errors="replace")
        + ("…" if found[2] else "")
        for found in _STRING.finditer(text)
    ]
    listed = _STRING.sub("", text).partition("[")[2].partition("]")[0]
    # A list that is too long is cut as a string is; so is one that was not all there to be read,
    # of a process that was being ended.
    whole = not listed.strip(", ")
    return strings[0] if strings else "?", strings[1:] + ([] if whole else ["…"])


if __name__ == "__main__":
    main()
