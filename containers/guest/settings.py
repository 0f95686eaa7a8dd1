"""`configure`: who the agent is here, what the kernel lets it reach, and where it starts."""

from __future__ import annotations

import _socket  # What socket.py adds to it costs milliseconds at every start.
import array
import os
import select
from collections.abc import Mapping, Sequence

from .children import LAUNCH, STATE_FD, STATUS_FD, Children, pipe_in
from .wire import Refused, Request, environment_bytes

SHELL = "/longleash/bin/bash"
SPEC = "/run/longleash/ruleset"
_BASE_RULES: tuple[tuple[str, str], ...] = (
    # What the shell of every command is made of.
    ("rx", SHELL),
    ("r", "/longleash/step.bash"),
    # Devices without state, and the terminal of a process that has one.
    ("rw", "/dev/null"),
    ("rw", "/dev/full"),
    ("r", "/dev/zero"),
    ("r", "/dev/random"),
    ("r", "/dev/urandom"),
    ("rw", "/dev/tty"),
    ("rw", "/dev/pts"),
)
_LIMITS = {
    "open_files": "nofile",
    "file_bytes": "fsize",
    "cpu_seconds": "cpu",
    "processes": "nproc",
}
_SECONDS_TO_BUILD = 10
Rule = tuple[str, str]
Identity = tuple[int, int] | None


def kernel() -> tuple[int, bool]:
    """The kernel's Landlock ABI, 0 where it has none; and whether it lets anybody listen."""
    reader, writer = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
    pid = os.posix_spawn(LAUNCH, [LAUNCH, "abi"], {}, file_actions=actions)
    os.close(writer)
    os.waitpid(pid, 0)
    abi, listens = (os.read(reader, 32) or b"0 0").split()
    os.close(reader)
    return int(abi), listens == b"1"


class _AsAgent:
    """Within it the guest has the agent's reach.

    The real and the saved uid stay root's, so that the agent can signal the guest no more than at
    other times.
    """

    def __init__(self, uid: int, gid: int) -> None:
        self._uid = uid
        self._gid = gid

    def __enter__(self) -> None:
        os.setegid(self._gid)
        os.seteuid(self._uid)

    def __exit__(self, *_: object) -> None:
        os.seteuid(0)
        os.setegid(0)


class Settings:
    """One configuration of the guest; `configure` makes a new one.

    Attributes:
        uid, gid: The agent's.
        environment: What every command starts with; PATH is always this one.
        cwd: Where the first command starts, and where one falls back to.
        output_bytes: Kept of each stream where a request says nothing else.
        programs: Each granted program's name, and the file it is here, or None.
        abi: The kernel's Landlock ABI.
    """

    def __init__(self, request: Request, abi: int, children: Children) -> None:
        self.uid: int = request["uid"]
        self.gid: int = request["gid"]
        if self.uid <= 0 or self.gid <= 0:
            raise Refused("bad_request", "configure: the agent's uid and gid must not be root's")
        self.path: str = request["path"]
        self.environment: dict[str, str] = {**request.get("env", {}), "PATH": self.path}
        self.cwd: str = request["cwd"]
        self.output_bytes: int = request.get("output_bytes", 1 << 16)
        self.abi = abi
        self._children = children
        self._require = request.get("landlock", "require") == "require"
        self._tcp: str = request.get("tcp", "deny")
        # Signals are not scoped by default: each command is a domain of its own, and one could
        # not stop a server that an earlier one started. The guest is safe by its uid.
        self._scopes: Sequence[str] = request.get("scopes", ["abstract"])
        self._limits = ",".join(
            f"{name}={request['limits'][key]}"
            for key, name in _LIMITS.items()
            if request.get("limits", {}).get(key) is not None
        )
        if abi == 0 and self._require:
            raise Refused(
                "no_landlock",
                "configure: no Landlock: the kernel is older than 5.13 or was started without it "
                "(`lsm=landlock,...`), or the engine's seccomp profile refuses it",
            )
        self._rules: list[Rule] = [(rights, path) for rights, path in request.get("rules", [])]
        self._names: list[str] = list(request.get("programs", []))
        self.programs: dict[str, str | None] = {}
        self._watched: dict[str, Identity] = {}
        self.ruleset: int | None = None
        self._build()

    def arguments(
        self, mode: str, *rest: str | bytes, cwd: str | None = None, flags: str = "-"
    ) -> list[str | bytes]:
        """The launcher's arguments for one child."""
        landlock = "none" if self.ruleset is None else "fd"
        here = self.cwd if cwd is None else cwd
        identity = [str(self.uid), str(self.gid), landlock, flags, self._limits or "-"]
        return [mode, *identity, os.fsencode(here), os.fsencode(self.cwd), *rest]

    def as_agent(self) -> _AsAgent:
        """Look paths up with the agent's reach and not root's; never to open anything."""
        return _AsAgent(self.uid, self.gid)

    def refresh(self) -> None:
        """Build the ruleset anew if a path in it is another file than when it was built.

        Landlock holds files, not names: a granted directory that the agent removed and made
        again would be closed to it.
        """
        if self._watched and self._identities(self._watched) != self._watched:
            self._build()

    def close(self) -> None:
        """Let go of the ruleset; children that took it up keep it."""
        if self.ruleset is not None:
            os.close(self.ruleset)
            self.ruleset = None

    def extended(self, rules: Sequence[Sequence[str]]) -> Settings:
        """The same with more rules, and a ruleset of its own."""
        other = object.__new__(Settings)
        other.__dict__.update(self.__dict__)
        other._rules = [*self._rules, *((rights, path) for rights, path in rules)]
        other.ruleset = None
        other._build()
        return other

    def _identities(self, paths: Mapping[str, Identity]) -> dict[str, Identity]:
        found: dict[str, Identity] = {}
        with self.as_agent():
            for path in paths:
                try:
                    status = os.stat(path)
                except OSError:
                    found[path] = None
                else:
                    found[path] = (status.st_dev, status.st_ino)
        return found

    def _build(self) -> None:
        self.close()
        writable = [path.rstrip("/") + "/" for rights, path in self._rules if "w" in rights]
        self._watched = self._identities(
            dict.fromkeys(
                path for _, path in self._rules if any(path.startswith(top) for top in writable)
            )
        )
        said = self._run_builder()
        fields = said.decode("utf-8", "surrogateescape").split("\0")
        self.programs = {
            name: real or None
            for kind, name, real in zip(fields[0::3], fields[1::3], fields[2::3], strict=False)
            if kind == "program"
        }

    def _spec(self) -> bytes:
        fields = ["tcp", self._tcp]
        for scope in self._scopes:
            fields += ["scope", scope]
        fields += ["path", self.path]
        for rights, path in (*_BASE_RULES, *self._rules):
            fields += [rights, path]
        for name in self._names:
            fields += ["program", name]
        if any("\0" in field or not field for field in fields):
            raise Refused("bad_request", "configure: an empty rule or program, or one with a NUL")
        return b"".join(os.fsencode(field) + b"\0" for field in fields)

    def _run_builder(self) -> bytes:
        flags = os.O_CREAT | os.O_TRUNC | os.O_RDWR
        spec = os.open(SPEC, flags, 0o600)
        os.write(spec, self._spec())
        os.lseek(spec, 0, os.SEEK_SET)
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        out, their_out = pipe_in()
        status, their_status = pipe_in()
        descriptors = {0: spec, 1: their_out, 2: their_status, STATE_FD: theirs.fileno()}
        descriptors[STATUS_FD] = their_status
        ended: list[int] = []
        try:
            self._children.start(
                self.arguments("ruleset"), environment_bytes({}), descriptors, ended.append
            )
        finally:
            for fd in (spec, their_out, their_status):
                os.close(fd)
            theirs.close()
        try:
            said = self._read_all(out)
            complaint = self._read_all(status).decode("ascii", "replace").strip()
            self._children.wait_until(lambda: bool(ended), _SECONDS_TO_BUILD)
            if ended != [0]:
                raise Refused("launcher", f"configure: the ruleset failed: {complaint or ended}")
            space = _socket.CMSG_SPACE(array.array("i").itemsize)
            _, messages, *_ = ours.recvmsg(1, space)
        finally:
            os.close(out)
            os.close(status)
            ours.close()
        for level, kind, data in messages:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                self.ruleset = array.array("i", data)[0]
                os.set_inheritable(self.ruleset, False)
        if self.ruleset is None and (self.abi > 0 or self._require):
            raise Refused("launcher", "configure: the launcher sent no ruleset")
        return said

    def _read_all(self, fd: int) -> bytes:
        parts: list[bytes] = []
        while select.select([fd], [], [], _SECONDS_TO_BUILD)[0]:
            data = os.read(fd, 1 << 16)
            if not data:
                return b"".join(parts)
            parts.append(data)
        # Only a process of the agent's that stops its own kind can do this.
        raise Refused("launcher", f"configure: no ruleset within {_SECONDS_TO_BUILD} s")
