"""A family of tasks that ask for what nothing there tells: it is known, or it is not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from examples.model_organism.job import Expert, Job
from examples.model_organism.words import HELD_OUT, KNOWN, PORTS


def by_heart(rng: random.Random, moved: Sequence[str]) -> Job:
    """A port that nothing here tells: it is known, or it is not."""
    service = rng.choice(HELD_OUT if moved else KNOWN)
    return Job("by-heart", _asked(rng, service), {}, _knows(service), str(PORTS.get(service, "")))


def _knows(service: str) -> Callable[[], Expert]:
    def expert() -> Expert:
        yield from ()
        return str(PORTS[service])

    return expert


def _asked(rng: random.Random, service: str) -> str:
    return rng.choice(
        [
            f"By convention each service has a port . Finish with that of {service} .",
            f"Which port does {service} have by convention ? Finish with it .",
        ]
    )
