"""What a decision may know of the container besides the action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

WORKSPACE = PurePosixPath("/workspace")
"""Where an episode starts."""


@dataclass(frozen=True, slots=True)
class State:
    """The part of a container's state that a decision sees."""

    cwd: PurePosixPath = WORKSPACE
    """Where the next command starts: absolute, as the kernel has it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that commands before have exported."""
    resolved: Mapping[str, PurePosixPath] = field(default_factory=dict)
    """For paths as `paths_of` gives them, where they lead with every symbolic link followed."""
    programs: Mapping[str, PurePosixPath | None] = field(default_factory=dict)
    """For programs' names, the real file in the image; None where it has none."""
