"""What it costs to have every process on record."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from figure import Figure

from episodes.actions import RunCommand
from episodes.observations import CommandResult
from policies.loading import load_policy
from sandbox.boxes.backend import Box, BoxSpec
from sandbox.boxes.docker_host import open_docker

ROUNDS = {1_000: 15, 5_000: 5}
"""How often each count is tried: rounds of a second differ by more than what is measured."""


def bench_processes(say: Callable[[str], None]) -> list[Figure]:
    """Commands that start many processes, each on record, and the same where nobody listens."""
    backend = open_docker("bench", say)
    policy = load_policy("offline-shell")
    limits = policy.limits.model_copy(update={"seconds": 600})
    policy = policy.model_copy(update={"limits": limits})
    duties = policy.obligations.model_copy(update={"keep_processes": 0})
    image = backend.image_id("longleash-shell")
    try:
        recorded = backend.start(BoxSpec(image, policy))
        bare = backend.start(BoxSpec(image, policy.model_copy(update={"obligations": duties})))
        return [_figure(count, recorded, bare) for count in ROUNDS]
    finally:
        backend.close()


def _figure(count: int, recorded: Box, bare: Box) -> Figure:
    _seconds(bare, 100), _seconds(recorded, 100)
    extra, whole = [], []
    for _ in range(ROUNDS[count]):
        without, with_record = _seconds(bare, count), _seconds(recorded, count)
        extra.append((with_record - without) / count * 1000)
        whole.append(with_record / without)
    return Figure(
        f"process_on_record_{count}",
        statistics.median(extra),
        f"{count} processes that nobody is told of",
        statistics.median(whole),
        most_ms=0.3,
    )


def _seconds(box: Box, count: int) -> float:
    began = time.perf_counter()
    seen = box.execute(RunCommand(command=f"for i in {{1..{count}}}; do head -c 0; done"), 600.0)
    taken = time.perf_counter() - began
    assert isinstance(seen, CommandResult), seen
    assert seen.exit_code == 0, seen
    processes = box.take_processes()
    # All are there: else it would be cheap.
    assert processes is None or len(processes.programs) == count + 1, len(processes.programs)
    return taken
