"""Where attacks on a browser are tried: an episode's own, behind gate and proxy, and a bare one."""

from __future__ import annotations

import uuid
from pathlib import Path

from episodes.actions import Action, Goto, Wait
from episodes.entries import Requested
from episodes.reader import LogReader
from policies.policy import Policy
from sandbox.attacks.bare_browser import ASK, PLACE, PROGRAM
from sandbox.attacks.ground_host import Ground
from sandbox.attacks.held_place import HeldPlace
from sandbox.attacks.looker_host import Looker
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.episode_box_host import EpisodeBox

_SITE = Path(__file__).parent / "site"
_USER = "10001:10001"
_CLEAN = "rm -rf /tmp/ran* /tmp/x* /tmp/downloads; printf '%s\\n' {secret} > /tmp/secret"


class HeldBrowser(HeldPlace[EpisodeBox]):
    """A browser as an episode has it."""

    clean = _CLEAN
    sites = (_SITE,)
    seconds = 5.0
    settles = Goto(url="about:blank")

    def start_box(self, spec: BoxSpec) -> EpisodeBox:
        """Starts its container, with its way out and its sites."""
        box = self._ground.backend().start(spec)
        assert isinstance(box, EpisodeBox)
        return box

    def look_into(self, box: EpisodeBox) -> Looker:
        """As the browser's user."""
        return Looker(self._ground.client, box.browser.container, _USER)

    def ask(self) -> None:
        """What the page shows."""
        self._box.look(Wait(seconds=0.1))

    def do(self, action: Action) -> bytes:
        """What the agent is shown, as a person reads it."""
        return super().do(Goto(url=_fresh(action.url)) if isinstance(action, Goto) else action)

    def inside(self, text: str) -> bytes:
        """What a program prints that runs as the browser's user."""
        return self._ground.run(self._box.browser.container, _USER, "sh", "-c", text)

    def heard(self, token: str) -> bool:
        """Whether a request with the token was let out."""
        self.past_the_gate(Wait(seconds=0.1))
        with LogReader.open(self._log) as reader:
            bodies = [entry.body for entry in reader.entries(f"episode:{self._sandbox.episode}")]
        return any(
            isinstance(body, Requested)
            and body.decision.verdict == "allow"
            and token in body.url.partition("#")[0]
            for body in bodies
        )


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


def _fresh(address: str) -> str:
    # Else one that differs by its fragment alone would not be loaded again.
    return address.replace("@MARK@", uuid.uuid4().hex)
