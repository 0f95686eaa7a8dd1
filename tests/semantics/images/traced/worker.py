"""Runs the commands of one file in turn, as an unprivileged user; strace stands around it."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
from pathlib import Path

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
_LIBC = ctypes.CDLL(None)
# Names that turn into options, programs or commands where a word is split or a glob expanded.
FILES = {
    "a.txt": "id\na.txt\n", "b.txt": "one two\n", "c.c": "int main;\n", "d.py": "\n",
    "-exec": "", "id": "", "--checkpoint=1": "", "--checkpoint-action=exec=id": "", "-rf": "",
    "--to-command=id": "", "--compress-program=id": "", ";": "", "x y.jpg": "", "dir/e.txt": "id\n",
    "dir/f.log": "x\n", "input": "a.txt\nb.txt id\n-exec id ;\n",
}  # fmt: skip


def main(jobs: str, uid: int, seconds: float) -> None:
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
    home = Path(f"/tmp/{uid}")
    home.mkdir()
    os.chown(home, uid, uid)
    for line in Path(jobs).read_text(encoding="utf-8").splitlines():
        job = json.loads(line)
        directory = home / "w"
        _fill(directory, uid)
        pid = os.fork()
        if pid == 0:
            _become(job, directory, uid)
        _wait(pid, seconds)
        _end()
        with contextlib.suppress(RecursionError):
            shutil.rmtree(directory, ignore_errors=True)
        if directory.exists():
            directory.rename(home / f"left-{job['at']}")


def _fill(directory: Path, uid: int) -> None:
    (directory / "dir").mkdir(parents=True)
    for path in (directory, directory / "dir"):
        os.chown(path, uid, uid)
    for name, content in FILES.items():
        path = directory / name
        path.write_text(content)
        os.chown(path, uid, uid)


def _become(job: dict[str, object], directory: Path, uid: int) -> None:
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_NPROC, (48, 48))
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        os.chdir(directory)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        # A change of user hides a process's memory from strace, its own arguments too.
        _LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        nothing = os.open("/dev/null", os.O_WRONLY)
        os.dup2(os.open("input", os.O_RDONLY), 0)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        environment = {
            "PATH": "/stubs:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(directory),
            "LANG": "C.UTF-8", **job["environment"],
        }  # fmt: skip
        try:
            # Fails, and shows in the trace where this command's part of it starts.
            os.execve(f"/marker/{job['at']}", ["marker"], {})
        except OSError:
            os.execve("/bin/bash", ["bash", "-c", "--", job["command"]], environment)
    finally:
        os._exit(127)


def _wait(pid: int, seconds: float) -> None:
    descriptor = os.pidfd_open(pid)
    select.select([descriptor], [], [], seconds)
    os.close(descriptor)


def _end() -> None:
    """Ends what is left, which comes to us as each one's parent ends."""
    while True:
        for child in _children():
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.wait()
        except ChildProcessError:
            return


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == me:
            found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
