"""`python -m benchmarks.soak`: ten minutes, 16 episodes at once, everything killed at random.

The first round has a thousand episodes in one process, whose memory is watched while guests, the
proxy and sites are killed. The rounds after it kill the engine and the run's own process too.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.own_engine_host import own_engine
from benchmarks.soak.driver_host import Soak
from benchmarks.soak.images_host import needed
from benchmarks.soak.killer_host import Kind

_CONTAINERS: tuple[Kind, ...] = ("guest", "proxy", "sites")
_ALL: tuple[Kind, ...] = (*_CONTAINERS, "engine", "run")
_THINKS_SECONDS = 8.0
_MOST_GROWN = 50e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--first", type=int, default=1_100, help="episodes of the first round")
    parser.add_argument("--round", type=int, default=150, help="episodes of every other round")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    # Else whoever ends this leaves an engine behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))

    def rounds(number: int) -> tuple[int, tuple[Kind, ...]]:
        return (given.first, _CONTAINERS) if number == 0 else (given.round, _ALL)

    folder = Path(tempfile.mkdtemp(prefix="longleash-soak-"))
    print(f"kept in {folder}", flush=True)
    with own_engine(needed()) as engine:
        soak = Soak(
            engine, folder, given.parallel, given.seed, lambda text: print(text, flush=True)
        )
        outcome = soak.run(given.seconds, rounds)
    hours = outcome.steps * _THINKS_SECONDS / given.parallel / 3600
    killed = ", ".join(f"{count} {kind}" for kind, count in outcome.killed.items())
    print(
        f"{outcome.episodes} episodes, {outcome.steps} steps in {outcome.seconds:.0f} s (agents "
        f"that think {_THINKS_SECONDS:g} s a step would have taken {hours:.1f} h); killed: {killed}"
    )
    print(
        f"memory of the run's process: {outcome.grown / 1e6:+.1f} MB per 1,000 episodes, measured "
        f"over {outcome.measured}"
    )
    if outcome.grown > _MOST_GROWN:
        outcome.found.append(f"it may grow by {_MOST_GROWN / 1e6:.0f} MB")
    for what in outcome.forgotten:
        print(f"forgotten by the killed engine: {what}")
    for what in outcome.found:
        print(f"WRONG: {what}")
    return 1 if outcome.found else 0


if __name__ == "__main__":
    sys.exit(main())
