"""The same attack in three places: through the gate, past it, and with nothing but its text."""

from __future__ import annotations

import base64

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
from episodes.observations import ProcessState
from episodes.terminal import safe
from policies.policy import Policy
from sandbox.attacks.ground_host import Bare, Ground
from sandbox.attacks.held_place import HeldPlace
from sandbox.attacks.looker_host import Looker
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.docker_box_host import DockerBox
from sandbox.boxes.output import shown

_NAME = "attack"
_CLEAN = """cd /; umount -l /workspace/m
all='for d in /workspace /tmp /srv /srv/box /dev/shm; do rm -rf $d/* $d/.[!.]* $d/..?*; done'
mine "$all"; eval "$all"; chown 10001:10001 /workspace
rm -rf /srv/box; mkdir -m 0777 /srv/box; printf '%s\\n' {secret} > /srv/secret
chmod 0644 /srv/secret; [ -s /srv/secret ]"""


class Held(HeldPlace[DockerBox]):
    """A container as an episode has it."""

    clean = _CLEAN
    """What makes it as it was, with a secret in it."""
    seconds = 8.0
    # What the last one exported or where it went is not this one's.
    settles = RunCommand(command="cd /workspace")

    def start_box(self, spec: BoxSpec) -> DockerBox:
        """Starts the container."""
        return self._ground.start(spec)

    def look_into(self, box: DockerBox) -> Looker:
        """As root."""
        return Looker(self._ground.client, box.container)

    def ask(self) -> None:
        """Where a path leads."""
        self._box.state(("/workspace/nothing",))

    def start(self, command: str) -> None:
        """Starts a command as a process."""
        self.do(StartProcess(name=_NAME, command=command))

    def running(self) -> bool:
        """Whether what was started still runs."""
        seen = self.past_the_gate(ReadProcess(name=_NAME))
        return isinstance(seen, ProcessState) and seen.running

    def stop(self) -> None:
        """Ends it."""
        self.past_the_gate(StopProcess(name=_NAME))

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
