"""Where attacks on a browser are tried: an episode's own, behind gate and proxy, and a bare one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from episodes.actions import Action, Goto, Wait
from episodes.entries import Requested
from episodes.errors import EnvironmentFault
from episodes.reader import LogReader
from policies.policy import Policy
from sandbox.attacks.bare_browser import ASK, PLACE, PROGRAM
from sandbox.attacks.ground_host import Ground
from sandbox.attacks.looker_host import Looker
from sandbox.attacks.places import read_by_a_person
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.episode_box_host import EpisodeBox
from sandbox.interactive import Sandbox

_SITE = Path(__file__).parent / "site"
_SECONDS = 5.0
_USER = "10001:10001"
_CLEAN = "rm -rf /tmp/ran* /tmp/x* /tmp/downloads; printf '%s\\n' {secret} > /tmp/secret"


class HeldBrowser:
    """A browser as an episode has it, with an episode in it.

    Args:
        ground: Where containers come from.
        policy: What holds.
        log: The episode's log.
    """

    clean = _CLEAN

    def __init__(self, ground: Ground, policy: Policy, log: Path) -> None:
        self.judged, self.denied_by = True, ""
        self._ground, self._policy, self._log = ground, policy, log
        self._open()

    def _open(self) -> None:
        lent = _Lent(self._ground)
        self._sandbox = Sandbox(self._policy, self._log, backend=lent, sites=[_SITE])
        self._sandbox.__enter__()
        self._box = lent.box
        self._container = lent.box.browser.container
        self.looker = Looker(self._ground.client, self._container, _USER)

    def begin(self, *, judged: bool) -> None:
        """Another attack begins."""
        self.judged, self.denied_by = judged, ""
        if not self.answers():
            self.close()
            self._open()
        self._box.execute(Goto(url="about:blank"), _SECONDS)

    def close(self) -> None:
        """Removes the containers and ends the episode."""
        self.looker.close()
        self._sandbox.__exit__(None, None, None)

    def do(self, action: Action) -> bytes:
        """What the agent is shown, as a person reads it."""
        if isinstance(action, Goto):
            action = Goto(url=_fresh(action.url))
        if not self.judged:
            return read_by_a_person(self._box.execute(action, _SECONDS))
        step = self._sandbox.act(action)
        assert step.decision is not None
        if step.decision.verdict != "allow":
            self.denied_by = self.denied_by or step.decision.rule_id
        return b"" if step.observation is None else read_by_a_person(step.observation)

    def inside(self, text: str) -> bytes:
        """What a program prints that runs as the browser's user."""
        return self._ground.run(self._container, _USER, "sh", "-c", text)

    def heard(self, token: str) -> bool:
        """Whether a request with the token was let out."""
        self._box.execute(Wait(seconds=0.1), _SECONDS)
        with LogReader.open(self._log) as reader:
            bodies = [entry.body for entry in reader.entries(f"episode:{self._sandbox.episode}")]
        return any(
            isinstance(body, Requested)
            and body.decision.verdict == "allow"
            and token in body.url.partition("#")[0]
            for body in bodies
        )

    def answers(self) -> bool:
        """Whether the guest does."""
        try:
            self._box.look(Wait(seconds=0.1))
        except EnvironmentFault:
            return False
        return True


class OpenBrowser:
    """A browser as root's, without its own sandbox, in the network of a neighbour.

    Args:
        ground: Where containers come from.
        policy: For the container's limits.
    """

    clean = _CLEAN

    def __init__(self, ground: Ground, policy: Policy) -> None:
        self._ground = ground
        self.raw = b""
        page = (_SITE / "page.html").read_text(encoding="utf-8")
        self._container = ground.start_bare_browser(policy, "python3", "-c", PROGRAM, page)
        self.looker = Looker(ground.client, self._container)

    def begin(self) -> None:
        """Another attack begins."""
        self.raw = b""

    def close(self) -> None:
        """Ends the shell in it; its container is the ground's."""
        self.looker.close()

    def do(self, action: Action) -> bytes:
        """What there is to see after an address was visited."""
        if not isinstance(action, Goto):
            return b""
        address = _fresh(action.url).replace("https://attack.test/", PLACE)
        self.raw += self._ground.run(self._container, "0:0", "sh", "-c", ASK, address)
        return self.raw

    def inside(self, text: str) -> bytes:
        """What a program prints that runs there."""
        self.raw += self._ground.run(self._container, "0:0", "sh", "-c", text)
        return self.raw

    def heard(self, token: str) -> bool:
        """Nothing is let out but to the neighbour."""
        return False

    def answers(self) -> bool:
        """There is no guest in it."""
        return True


class _Lent:
    """A backend for one browser, which its owner goes on with."""

    def __init__(self, ground: Ground) -> None:
        self._backend = ground.backend()

    def image_id(self, name: str) -> str:
        return self._backend.image_id(name)

    def build(self, folder: Path) -> str:
        raise NotImplementedError(folder)

    def start(self, spec: BoxSpec) -> EpisodeBox:
        box = self._backend.start(spec)
        assert isinstance(box, EpisodeBox)
        self.box = box
        return box

    def room(self, specs: Sequence[BoxSpec]) -> int | None:
        return None

    def close(self) -> None:
        return None


def _fresh(address: str) -> str:
    # Else one that differs by its fragment alone would not be loaded again.
    return address.replace("@MARK@", uuid.uuid4().hex)
