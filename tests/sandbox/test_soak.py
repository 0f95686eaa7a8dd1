"""Two minutes of `make soak`: everything is killed at random, and nothing is lost or left."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from benchmarks.own_engine_host import own_engine
from benchmarks.soak.driver_host import Soak
from benchmarks.soak.images_host import needed
from benchmarks.soak.killer_host import Kind

ALL: tuple[Kind, ...] = ("guest", "proxy", "sites", "engine", "run")


@pytest.mark.docker
@pytest.mark.slow
def test_while_everything_is_killed_at_random_no_record_is_lost_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    # Said where it fails: the same kills are drawn from it, though not at the same moments.
    seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
    with own_engine(needed()) as engine:
        outcome = Soak(engine, tmp_path, 16, seed, print).run(120.0, lambda _: (48, ALL))
    assert outcome.found == [], f"seed {seed}: {outcome.found}"
    print("forgotten by the killed engine:", outcome.forgotten)
    assert outcome.killed["guest"] > 0
    assert outcome.grown <= 50e6
