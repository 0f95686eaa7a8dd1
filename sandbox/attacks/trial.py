"""Trying attacks: each with both layers on, with either alone, and with none, as its control."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import docker

from containers.images_host import ensure_images
from episodes.actions import Action, Goto, RunCommand
from episodes.errors import EnvironmentFault, EpisodeOver
from sandbox.attacks.attack import Attack, AttackClass, Under
from sandbox.attacks.browser_places_host import HeldBrowser, OpenBrowser
from sandbox.attacks.catalogue import attacked_policy, attacks
from sandbox.attacks.ground_host import HARNESS, Ground
from sandbox.attacks.places import Held, Open

_LOOKS_SECONDS = 4.0


@dataclass(frozen=True)
class Row:
    """How one attack went: for each way it was tried, whether it was held."""

    about: AttackClass
    """What it is after."""
    attack: Attack
    """The attack."""
    both: bool
    """With the gate and the kernel."""
    kernel: bool
    """With the kernel alone: no action was judged."""
    parser: bool
    """With the gate alone: what it allowed ran as root with none of our layers."""
    control: bool
    """Whether it worked with neither."""
    denied_by: str
    """The gate's rule, where it denied any of it."""
    seconds: float
    """How long all of that took."""

    @property
    def as_said(self) -> bool:
        """Whether it went as the attack's row says: held, and not for want of an attack."""
        return (
            self.both
            and self.control
            and self.kernel == (not self.attack.beyond_kernel)
            and self.parser == (not self.attack.beyond_parser)
        )


Place = Held | HeldBrowser | Open | OpenBrowser
"""Where an attack is tried."""


class Trial:
    """What attacks are tried in; containers are shared by all of a policy's.

    Args:
        ground: Where containers come from.
        logs: A folder for the logs of the episodes they are tried in.
    """

    def __init__(self, ground: Ground, logs: Path) -> None:
        self._ground, self._logs = ground, logs
        self._left = ExitStack()
        self._held: dict[Under, Held | HeldBrowser] = {}
        self._open: dict[bool, Open | OpenBrowser] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def rows(self, say: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
        """Tries every attack."""
        for about, found in attacks().items():
            say(f"{about}: {len(found)} attacks")
            for attack in found:
                yield self.row(about, attack)

    def row(self, about: AttackClass, attack: Attack) -> Row:
        """Tries one attack in every way."""
        began = time.monotonic()
        held, bare = self._places(attack.policy)
        held.begin(judged=True)
        both = self._works(attack, held)
        denied_by = held.denied_by
        held.begin(judged=False)
        past = self._works(attack, held)
        bare.begin()
        shown, raw = self._works_bare(attack, bare)
        return Row(
            about=about,
            attack=attack,
            both=not both,
            kernel=not past,
            parser=bool(denied_by) or not shown,
            control=raw,
            denied_by=denied_by,
            seconds=time.monotonic() - began,
        )

    def _places(self, under: Under) -> tuple[Held | HeldBrowser, Open | OpenBrowser]:
        policy, browses = attacked_policy(under), under == "browser"
        if under not in self._held:
            kind = HeldBrowser if browses else Held
            held = self._held[under] = kind(self._ground, policy, self._logs / f"{under}.db")
            self._left.callback(held.close)
        if browses not in self._open:
            bare = OpenBrowser if browses else Open
            opened = self._open[browses] = bare(self._ground, policy)
            self._left.callback(opened.close)
        return self._held[under], self._open[browses]

    def _works(self, attack: Attack, place: Held | HeldBrowser) -> bool:
        marks = _Marks()
        said = self._perform(attack, place, marks)
        return self._proven(attack, place, marks, said, said)

    def _works_bare(self, attack: Attack, place: Open | OpenBrowser) -> tuple[bool, bool]:
        marks = _Marks()
        said = self._perform(attack, place, marks)
        as_shown = self._proven(attack, place, marks, said, said)
        return as_shown, as_shown or self._proven(attack, place, marks, place.raw, place.raw)

    def _perform(self, attack: Attack, place: Place, marks: _Marks) -> bytes:
        os.environ[HARNESS] = marks.secret
        if not place.looker.sees(place.clean.format(secret=marks.secret)):
            raise EnvironmentFault(f"attack {attack.id}: the container could not be cleaned")
        if attack.before and not place.looker.sees(marks.written(attack.before)):
            raise EnvironmentFault(f"attack {attack.id}: what it begins with could not be made")
        if attack.inside:
            assert isinstance(place, HeldBrowser | OpenBrowser)
            return place.inside(marks.written(attack.inside))
        actions = [marks.meant(action) for action in attack.actions]
        last = actions.pop() if attack.lingers else None
        said = b""
        # It may break the container: what it was after tells whether that is a success.
        with suppress(EnvironmentFault, EpisodeOver):
            for action in actions:
                said += place.do(action)
            if last is not None:
                assert isinstance(last, RunCommand)
                assert isinstance(place, Held | Open)
                self._linger(attack, place, last.command, marks)
        return said

    def _linger(self, attack: Attack, place: Held | Open, command: str, marks: _Marks) -> None:
        place.start(command)
        if isinstance(place, Held) and place.judged and place.denied_by:
            return
        until = time.monotonic() + _LOOKS_SECONDS
        condition = attack.proof.look
        while time.monotonic() < until:
            if condition is None or place.looker.sees(marks.written(condition)):
                marks.seen = marks.seen or condition is not None
                break
            if not place.running():
                break
            time.sleep(0.02)
        if condition is None:
            time.sleep(0.5)
        place.stop()

    def _proven(
        self, attack: Attack, place: Place, marks: _Marks, said: bytes, shown: bytes
    ) -> bool:
        proof = attack.proof
        if proof.look is not None:
            return marks.seen or (
                not attack.lingers and place.looker.sees(marks.written(proof.look))
            )
        if proof.told:
            return marks.secret.encode() in said
        if proof.heard:
            return self._ground.heard(marks.token) or place.heard(marks.token)
        if proof.silenced:
            return not place.answers()
        if proof.longer is not None:
            return len(shown) > proof.longer
        assert proof.shown is not None
        return re.search(marks.written(proof.shown).encode(), shown) is not None


def try_all(client: docker.DockerClient, say: Callable[[str], None]) -> list[Row]:
    """Tries every attack in containers of their own, which are gone afterwards."""
    images = ensure_images(client, say)
    with (
        TemporaryDirectory() as logs,
        Ground(client, images) as ground,
        Trial(ground, Path(logs)) as trial,
    ):
        return list(trial.rows(say))


class _Marks:
    """What differs each time, so that nothing of an earlier attack is taken for this one's."""

    def __init__(self) -> None:
        self.secret = uuid.uuid4().hex
        self.token = uuid.uuid4().hex
        self.seen = False

    def written(self, text: str) -> str:
        return text.replace("@SECRET@", self.secret).replace("@TOKEN@", self.token)

    def meant(self, action: Action) -> Action:
        if isinstance(action, RunCommand):
            return action.model_copy(update={"command": self.written(action.command)})
        if isinstance(action, Goto):
            return action.model_copy(update={"url": self.written(action.url)})
        return action
