"""What ends things at random: guests, the proxy, sites, the engine, and the run's own process."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from contextlib import suppress
from typing import Literal

import docker
from docker.errors import APIError

Kind = Literal["guest", "proxy", "sites", "engine", "run"]
"""What is killed."""

# A guest's end costs one episode, and the others' all that are under way.
_WEIGHTS: dict[Kind, int] = {"guest": 24, "proxy": 1, "sites": 1, "engine": 1, "run": 2}
_EVERY = 4.0


class Killer:
    """Draws when what is killed, and kills containers.

    Args:
        client: The engine.
        drawn: Where all is drawn from.
        kinds: What may be killed.
    """

    def __init__(
        self, client: docker.DockerClient, drawn: random.Random, kinds: tuple[Kind, ...]
    ) -> None:
        self._client, self._drawn, self._kinds = client, drawn, kinds
        self.killed: Counter[Kind] = Counter()
        """How many of each."""

    def pause(self) -> float:
        """How many episodes end until the next: so a slow machine gets on as well."""
        return min(4 * _EVERY, self._drawn.expovariate(1 / _EVERY))

    def choose(self) -> Kind:
        """What is killed next; what has not been yet comes soon: a short soak has it all."""
        new = [kind for kind in self._kinds if not self.killed[kind]]
        if new and self._drawn.random() < 0.5:
            return self._drawn.choice(new)
        weights = [_WEIGHTS[kind] for kind in self._kinds]
        return self._drawn.choices(self._kinds, weights)[0]

    def kill_container(self, kind: Kind) -> None:
        """Kills the first process of a container of that kind, where there is one."""
        with suppress(APIError):
            found = [
                container
                for container in self._client.api.containers()
                if kind_of(container["Command"]) == kind
            ]
            if not found:
                return
            chosen = self._drawn.choice(sorted(found, key=lambda one: str(one["Id"])))
            process = int(self._client.api.inspect_container(chosen["Id"])["State"]["Pid"])
            if process > 0:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    self.killed[kind] += 1


def kind_of(command: str) -> Kind:
    """What a container is, as the engine lists it."""
    if "egress.sites" in command:
        return "sites"
    return "proxy" if "egress" in command else "guest"
