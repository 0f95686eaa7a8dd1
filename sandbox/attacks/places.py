"""The same attack in three places: through the gate, past it, and with nothing but its text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from episodes.actions import (
    Action,
    ReadFile,
    ReadProcess,
    RunCommand,
    RunProgram,
    StartProcess,
    StopProcess,
    WriteFile,
)
from episodes.errors import EnvironmentFault
from episodes.observations import CommandResult, FileContent, Observation, ProcessState
from episodes.terminal import safe
from policies.policy import Policy
from sandbox.attacks.ground_host import Bare, Ground
from sandbox.attacks.looker_host import Looker
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.output import shown
from sandbox.interactive import Sandbox

_NAME = "attack"
_CLEAN = """cd /; umount -l /workspace/m
all='for d in /workspace /tmp /srv /srv/box /dev/shm; do rm -rf $d/* $d/.[!.]* $d/..?*; done'
mine "$all"; eval "$all"; chown 10001:10001 /workspace
rm -rf /srv/box; mkdir -m 0777 /srv/box; printf '%s\\n' {secret} > /srv/secret
chmod 0644 /srv/secret; [ -s /srv/secret ]"""
_SECONDS = 8.0


class Held:
    """A container as an episode has it, with an episode in it.

    Args:
        ground: Where containers come from.
        policy: What holds.
        log: The episode's log.
    """

    clean = _CLEAN
    """What makes it as it was, with a secret in it."""

    def __init__(self, ground: Ground, policy: Policy, log: Path) -> None:
        self.policy = policy
        self._ground, self._log = ground, log
        self.judged = True
        """Whether actions go through the gate, or past it so that the kernel alone holds."""
        self.denied_by = ""
        """The rule that denied the first action since `begin` that was denied."""
        self._open()

    def _open(self) -> None:
        lent = _Lent(self._ground)
        self._sandbox = Sandbox(self.policy, self._log, backend=lent)
        self._sandbox.__enter__()
        self._box = lent.box
        self.looker = Looker(self._ground.client, self._box.container)

    def begin(self, *, judged: bool) -> None:
        """Another attack begins."""
        self.judged, self.denied_by = judged, ""
        if not self.answers():
            self.close()
            self._open()
        # What the last one exported or where it went is not this one's.
        self._box.execute(RunCommand(command="cd /workspace"), _SECONDS)

    def close(self) -> None:
        """Removes the container and ends the episode."""
        self.looker.close()
        self._sandbox.__exit__(None, None, None)

    def do(self, action: Action) -> bytes:
        """What the agent is shown, as a person reads it."""
        if not self.judged:
            return read_by_a_person(self._box.execute(action, _SECONDS))
        step = self._sandbox.act(action)
        assert step.decision is not None
        if step.decision.verdict != "allow":
            self.denied_by = self.denied_by or step.decision.rule_id
        return b"" if step.observation is None else read_by_a_person(step.observation)

    def start(self, command: str) -> None:
        """Starts a command as a process."""
        self.do(StartProcess(name=_NAME, command=command))

    def running(self) -> bool:
        """Whether what was started still runs."""
        seen = self._box.execute(ReadProcess(name=_NAME), _SECONDS)
        return isinstance(seen, ProcessState) and seen.running

    def stop(self) -> None:
        """Ends it."""
        self._box.execute(StopProcess(name=_NAME), _SECONDS)

    def answers(self) -> bool:
        """Whether the guest does."""
        try:
            self._box.state(("/workspace/nothing",))
        except EnvironmentFault:
            return False
        return True

    def heard(self, token: str) -> bool:
        """Nothing but the neighbour hears what leaves it."""
        return False


class Open:
    """A container in which nothing holds: what would be, were there only the gate.

    Args:
        ground: Where containers come from.
        policy: For the size of what is shown.
    """

    clean = _CLEAN
    """As in the other one."""

    def __init__(self, ground: Ground, policy: Policy) -> None:
        self.policy = policy
        self._ground = ground
        self.raw = b""
        """All that was printed since `begin`, as it came."""
        self._open()

    def _open(self) -> None:
        self._bare: Bare = self._ground.start_bare(self.policy)
        self.looker = Looker(self._ground.client, self._bare.container)

    def begin(self) -> None:
        """Another attack begins."""
        self.raw = b""
        if not self._bare.answers():
            self.close()
            self._open()

    def close(self) -> None:
        """Removes the container."""
        self.looker.close()
        self._bare.close()

    def do(self, action: Action) -> bytes:
        """What an agent would be shown, were it an agent's."""
        said = self._bare.run(*_argv(action))
        self.raw += said
        most = self.policy.limits.output_bytes
        head, tail = (said, b"") if len(said) <= most else (said[: most // 2], said[-most // 2 :])
        return safe(shown(head, tail, len(said)).text).encode()

    def start(self, command: str) -> None:
        """Starts a command as a process."""
        self._started = self._bare.start("bash", "--norc", "-c", command)

    def running(self) -> bool:
        """Whether what was started still runs."""
        return self._bare.running(self._started)

    def stop(self) -> None:
        """Ends all but the guest and whoever looks."""
        self.looker.sees(
            "for p in /proc/[0-9]*; do p=${p#/proc/}; "
            '[ "$p" = 1 ] || [ "$p" = $$ ] || kill -9 "$p"; done'
        )

    def answers(self) -> bool:
        """Whether the guest does."""
        return self._bare.answers()

    def heard(self, token: str) -> bool:
        """Likewise."""
        return False


class _Lent:
    """A backend for one container, which its owner goes on with."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def image_id(self, name: str) -> str:
        return self._ground.image_id(name)

    def build(self, folder: Path) -> str:
        raise NotImplementedError(folder)

    def start(self, spec: BoxSpec) -> DockerBox:
        self.box = self._ground.start(spec)
        return self.box

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        return None

    def close(self) -> None:
        return None


def read_by_a_person(seen: Observation) -> bytes:
    """What a terminal gets of an observation."""
    match seen:
        case CommandResult() | ProcessState():
            return safe(seen.stdout + seen.stderr).encode()
        case FileContent():
            return seen.data
    return safe(seen.model_dump_json()).encode()


def _argv(action: Action) -> tuple[str, ...]:
    match action:
        case RunCommand() | StartProcess():
            return "bash", "--norc", "-c", action.command
        case RunProgram():
            return action.argv
        case ReadFile():
            return "cat", "--", str(action.path)
        case WriteFile():
            data = base64.b64encode(action.data).decode()
            return "sh", "-c", f'echo {data} | base64 -d > "$0"', str(action.path)
    raise NotImplementedError(action.kind)
