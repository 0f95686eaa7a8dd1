"""How many boxes a machine has room for at once."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.browser_container import browser_memory
from sandbox.boxes.episode_box_host import has_browser, has_shell

_USABLE = 0.9
"""The part of the memory that boxes may take in all; the rest is the host's own."""


def room(memory_bytes: int, specs: Iterable[BoxSpec]) -> int:
    """How many boxes of the largest of these kinds the memory holds if each takes all it may.

    Args:
        memory_bytes: The machine's.
        specs: The kinds.

    Returns:
        At least 1: what a single box may take is its policy's to say.
    """
    largest = max((_memory(spec) for spec in specs), default=1)
    return max(1, int(memory_bytes * _USABLE) // largest)


def _memory(spec: BoxSpec) -> int:
    shell = spec.policy.limits.memory_bytes if has_shell(spec) else 0
    return shell + (browser_memory(spec.policy) if has_browser(spec) else 0)
