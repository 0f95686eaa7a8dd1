"""Spreads work over processes of this host's, where one would take too long."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")


def spread(work: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
    """Does the same with each part, in a process for each.

    Args:
        work: A module's own function, or a `partial` of one; what it is given and what it gives
            back go from process to process.
        parts: The parts; where there is one, no process is started.

    Returns:
        What came of each, in the order of the parts.

    Raises:
        LongleashError: As `work`.
    """
    if len(parts) < 2:
        return [work(part) for part in parts]
    # Spawned: a fork of a process that has threads may never wake.
    context = get_context("spawn")
    with ProcessPoolExecutor(len(parts), mp_context=context, initializer=_seldom) as pool:
        return list(pool.map(work, parts))


def _seldom() -> None:
    """Looks for garbage seldom: what is kept is looked at each time, and a part ends soon."""
    gc.set_threshold(50_000, 20, 50)
