"""What every place has in which an agent is held: an episode, its gate, and a way past the gate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from episodes.actions import Action
from episodes.errors import EnvironmentFault
from episodes.observations import CommandResult, FileContent, Observation, ProcessState
from episodes.terminal import safe
from policies.policy import Policy
from sandbox.attacks.ground_host import Ground
from sandbox.attacks.looker_host import Looker
from sandbox.boxes.backend import Box, BoxSpec
from sandbox.interactive import Sandbox

Held = TypeVar("Held", bound=Box)


class HeldPlace(ABC, Generic[Held]):
    """A box as an episode has it, with an episode in it.

    Args:
        ground: Where containers come from.
        policy: What holds.
        log: The episode's log.
    """

    sites: Sequence[Path] = ()
    """The sites that the episode can reach."""
    seconds: float
    """How long an action past the gate may take."""
    settles: Action
    """What leaves nothing of the attack before."""

    def __init__(self, ground: Ground, policy: Policy, log: Path) -> None:
        self.policy = policy
        self.judged = True
        """Whether actions go through the gate, or past it so that the kernel alone holds."""
        self.denied_by = ""
        """The rule that denied the first action since `begin` that was denied."""
        self._ground, self._log = ground, log
        self._open()

    def _open(self) -> None:
        lent = _Lent(self._ground.image_id, self.start_box)
        self._sandbox = Sandbox(self.policy, self._log, backend=lent, sites=self.sites)
        self._sandbox.__enter__()
        self._box = lent.box
        self.looker = self.look_into(self._box)

    @abstractmethod
    def start_box(self, spec: BoxSpec) -> Held:
        """Starts the box."""

    @abstractmethod
    def look_into(self, box: Held) -> Looker:
        """What sees in the box what nobody held can see."""

    @abstractmethod
    def ask(self) -> None:
        """Asks the guest something.

        Raises:
            EnvironmentFault: It does not answer.
        """

    def begin(self, *, judged: bool) -> None:
        """Another attack begins."""
        self.judged, self.denied_by = judged, ""
        if not self.answers():
            self.close()
            self._open()
        self.past_the_gate(self.settles)

    def close(self) -> None:
        """Removes the containers and ends the episode."""
        self.looker.close()
        self._sandbox.__exit__(None, None, None)

    def past_the_gate(self, action: Action) -> Observation:
        """What came of an action that was not judged."""
        return self._box.execute(action, self.seconds)

    def do(self, action: Action) -> bytes:
        """What the agent is shown, as a person reads it."""
        if not self.judged:
            return _read_by_a_person(self.past_the_gate(action))
        step = self._sandbox.act(action)
        assert step.decision is not None
        if step.decision.verdict != "allow":
            self.denied_by = self.denied_by or step.decision.rule_id
        return b"" if step.observation is None else _read_by_a_person(step.observation)

    def answers(self) -> bool:
        """Whether the guest does."""
        try:
            self.ask()
        except EnvironmentFault:
            return False
        return True


class _Lent(Generic[Held]):
    """A backend for one box, which its owner goes on with."""

    def __init__(self, image_id: Callable[[str], str], start: Callable[[BoxSpec], Held]) -> None:
        self.image_id, self._start = image_id, start

    def build(self, folder: Path) -> str:
        raise NotImplementedError(folder)

    def start(self, spec: BoxSpec) -> Held:
        self.box = self._start(spec)
        return self.box

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        return None

    def close(self) -> None:
        return None


def _read_by_a_person(seen: Observation) -> bytes:
    """What a terminal gets of an observation."""
    match seen:
        case CommandResult() | ProcessState():
            return safe(seen.stdout + seen.stderr).encode()
        case FileContent():
            return seen.data
    return safe(seen.model_dump_json()).encode()
