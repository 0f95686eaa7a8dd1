"""What the tests of every package begin an episode with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from episodes.entries import EpisodeStarted
from episodes.provenance import Provenance


@pytest.fixture(scope="session")
def began() -> Callable[..., EpisodeStarted]:
    """Makes an episode's first record, with what a test does not care about filled in."""

    def make(**fields: object) -> EpisodeStarted:
        given = {"run": "r", "slot": 0, "attempt": 0, "task": "t", "agent": "a", "policy": "p"}
        given |= {"instruction": "i", "provenance": Provenance(engine_version="0")}
        return EpisodeStarted.model_validate(given | fields)

    return make
