"""The shell's container of one episode: commands, processes and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import docker

from episodes.actions import Action
from episodes.errors import GuestRefused, TaskFault
from episodes.observations import CommandResult, Observation
from episodes.processes import Processes
from episodes.provenance import Isolation
from episodes.workspace import RestoredWorkspace
from episodes.writer import LogWriter
from policies.state import State
from sandbox.boxes import guest_calls
from sandbox.boxes.backend import WORKSPACE, BoxSpec, CheckResult, Kept, Look, nothing
from sandbox.boxes.changes import Changes, bytes_of
from sandbox.boxes.container import SCRATCH
from sandbox.boxes.guest_host import GRACE_SECONDS, Guest
from sandbox.boxes.layers import insist, missing_layers
from sandbox.boxes.process_calls import processes_of
from sandbox.boxes.stream import known_of, stream_of
from sandbox.boxes.told_files import changes_of
from sandbox.boxes.variables import Variables
from sandbox.egress.door import Door
from sandbox.ledger import Ledger
from sandbox.sites.sites_host import OpenSites
from sandbox.throttle import Throttle

SITES_FILE = "sites.json"
"""What a check finds beside it where its task has sites."""

# A task's own check and set-up come from whoever wrote the task, not from the agent.
_TASK_RULES = (
    *(("rx", path) for path in ("/usr", "/bin", "/lib", "/lib64")),
    *(("r", path) for path in ("/etc", "/proc")),
    *(("rwx", str(path)) for path in (WORKSPACE, SCRATCH)),
)


class DockerBox:
    """One container. Made by `DockerBackend.start`."""

    def __init__(
        self,
        client: docker.DockerClient,
        container: str,
        spec: BoxSpec,
        engine: str,
        on_close: Callable[[DockerBox], None],
        door: Door | None = None,
        sites: OpenSites | None = None,
    ) -> None:
        self._spec, self._engine, self._door, self._sites = spec, engine, door, sites
        self._on_close = on_close
        self._guest = Guest(client, container)
        self._cwd = WORKSPACE
        self._environment: dict[str, str] = {}
        self._programs: dict[str, PurePosixPath | None] = {}
        self._isolation: Isolation | None = None
        self._processes: Processes | None = None
        self._step = 0
        self._changes: Changes | None = None
        self._variables = Variables({})

    @property
    def container(self) -> str:
        """The container's id."""
        return self._guest.container

    @property
    def image(self) -> str:
        """The image's id."""
        return self._spec.image

    @property
    def isolation(self) -> Isolation:
        """The layers that hold the agent."""
        assert self._isolation is not None
        return self._isolation

    def open(self) -> None:
        """Starts the container and tells its guest what holds.

        Raises:
            EnvironmentFault: The guest did not come up.
            EngineUnavailable: A layer is missing that the policy requires.
        """
        settings = guest_calls.configuration(self._spec.policy, self._door)
        hello, configured = self._guest.open(settings)
        self._variables = Variables(settings["env"])
        with guest_calls.believed():
            missing = missing_layers(hello)
            self._programs = {
                name: None if real is None else PurePosixPath(real)
                for name, real in configured["programs"].items()
            }
            self._isolation = Isolation(
                backend="docker",
                engine=f"docker {self._engine}",
                runtime="runc",
                landlock_abi=hello["landlock_abi"],
                seccomp=hello["seccomp"],
                network="none" if self._door is None else "proxy",
                missing=missing,
            )
        insist(self._spec.policy, missing)

    def state(self, paths: Sequence[str]) -> State:
        """What a decision needs to know of the inside."""
        resolved: dict[str, PurePosixPath] = {}
        if paths:
            reply = self._guest.granted("resolve", paths=list(paths), cwd=str(self._cwd))
            with guest_calls.believed():
                resolved = {
                    path: PurePosixPath(found["path"])
                    for path, found in zip(paths, reply["paths"], strict=True)
                }
        return State(
            cwd=self._cwd,
            environment=self._environment,
            resolved=resolved,
            programs=self._programs,
        )

    def execute(
        self, action: Action, seconds: float, record: Callable[[], None] = nothing
    ) -> Observation:
        """Runs an action that was judged."""
        policy = self._spec.policy
        operation, arguments = guest_calls.request_for(action, policy, seconds, self._step)
        within = (arguments.get("seconds") or 0.0) + GRACE_SECONDS
        if operation == "run":
            # The child is made ready while the record is made durable, and waits for it.
            reply = self._guest.ask(operation, within, record, hold=True, look=True, **arguments)
        else:
            record()
            reply = self._guest.ask(operation, within, look=True, **arguments)
        if operation == "run" and reply["ok"]:
            with guest_calls.believed():
                self._cwd = PurePosixPath(reply["cwd"])
                self._environment = guest_calls.exported(reply["env"])
        with guest_calls.believed():
            most = policy.obligations.keep_processes
            self._processes = processes_of(reply, self._step, most)
        exported = self._variables.exported(self._environment)
        self._changes = replace(self._found(reply), exported=exported)
        seen = guest_calls.observation_of(action, reply, policy.shell.survivors)
        if self._door is None or not isinstance(seen, CommandResult):
            return seen
        return seen.model_copy(update={"requests": self._door.take_requests()})

    def put(self, archive: bytes) -> None:
        """Unpacks a tar archive into the workspace."""
        self._guest.granted(
            "put",
            root=str(WORKSPACE),
            tar=guest_calls.encoded(archive),
            # These are the task's files: a policy under which nothing is written gets them too.
            rules=[["rw", str(WORKSPACE)]],
        )

    def restore(self, workspace: RestoredWorkspace) -> None:
        """Makes an empty workspace as another one was."""
        cwd = workspace.cwd or WORKSPACE
        environment = self._variables.again(workspace.exported)
        reply = self._guest.granted(
            "restore",
            root=str(WORKSPACE),
            payload=stream_of(workspace),
            known=guest_calls.encoded(known_of(workspace)),
            rules=[["rw", str(WORKSPACE)]],
            cwd=str(cwd),
            env=environment,
        )
        self._cwd, self._environment = cwd, environment
        made = self._found(reply)
        self._changes = replace(made, contents=workspace.contents)
        wanted = {bytes_of(change): change.digest for change in workspace.files}
        if {bytes_of(change): change.digest for change in made.files.changes} != wanted:
            raise GuestRefused("the workspace that was made again is not the one on record")

    def prepare(self, script: bytes, seconds: float) -> None:
        """Runs a task's set-up script in the workspace."""
        result = self._run_check(
            ("bash", "--norc", "--noprofile", "setup.sh"),
            {"setup.sh": script},
            {},
            seconds,
            cwd=WORKSPACE,
        )
        if result.exit_code != 0:
            raise TaskFault(
                f"the task's set-up ended with {result.exit_code}: "
                f"{(result.stdout + result.stderr)[-2000:]}"
            )

    def check(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        environment: Mapping[str, str],
        seconds: float,
    ) -> CheckResult:
        """Ends the agent's processes, then runs the check in a folder of its own."""
        if self._door is not None:
            self._door.end()
        self._guest.granted("end_agent")
        if self._sites is None:
            return self._run_check(argv, files, environment, seconds, cwd=None)
        left = self._sites.left()
        files = {**files, SITES_FILE: left.encode()}
        return replace(self._run_check(argv, files, environment, seconds, cwd=None), sites=left)

    def begin(self, episode: str, log: LogWriter, throttle: Throttle, ledger: Ledger) -> None:
        """What commands ask of a network is the episode's from here on."""
        if self._door is not None:
            self._door.begin(episode, self._spec.policy, log, throttle, ledger)
        if self._changes is None:
            self.look_again()

    def at_step(self, index: int) -> None:
        """A step begins."""
        self._step = index
        if self._door is not None:
            self._door.at_step(index)

    def look(self, action: Action) -> Look | None:
        """Nothing: there is no page here."""
        return None

    def take_processes(self) -> Processes | None:
        """Which programs the last action started."""
        taken, self._processes = self._processes, None
        return taken

    def take_kept(self) -> Kept | None:
        """Nothing, likewise."""
        return None

    def look_again(self) -> None:
        """Finds out what changed in the workspace since it was last looked at."""
        self._changes = self._found(self._guest.granted("look"))

    def take_changes(self) -> Changes | None:
        """What the last action changed."""
        changes, self._changes = self._changes, None
        return changes

    def cancel(self) -> None:
        """Ends what is running now."""
        self._guest.cancel()

    def break_down(self) -> None:
        """Kills the container from outside."""
        self._guest.break_down()

    def close(self) -> None:
        """Removes the container; a second call does nothing."""
        try:
            closed = self._guest.close()
        finally:
            if self._door is not None:
                self._door.close()
            if self._sites is not None:
                self._sites.close()
        if closed:
            self._on_close(self)

    def _found(self, reply: Mapping[str, Any]) -> Changes:
        return changes_of(
            reply.get("files"),
            lambda paths, offset: self._guest.granted("contents", paths=list(paths), offset=offset),
        )

    def _run_check(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        environment: Mapping[str, str],
        seconds: float,
        cwd: PurePosixPath | None,
    ) -> CheckResult:
        reply = self._guest.granted(
            "check",
            seconds + GRACE_SECONDS,
            argv=list(argv),
            files={name: guest_calls.encoded(data) for name, data in files.items()},
            env={"LONGLEASH_WORKSPACE": str(WORKSPACE), "HOME": str(WORKSPACE), **environment},
            rules=[list(rule) for rule in _TASK_RULES],
            cwd=None if cwd is None else str(cwd),
            seconds=seconds,
            output_bytes=self._spec.policy.limits.output_bytes,
        )
        with guest_calls.believed():
            out, err = (guest_calls.stream(reply, name) for name in ("stdout", "stderr"))
            code, late = reply["exit_code"], reply["timed_out"]
            if not (code is None or type(code) is int) or type(late) is not bool:
                raise TypeError("no exit code")
        return CheckResult(code, out.text, err.text, late)
