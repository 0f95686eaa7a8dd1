"""Whether what stands in the log is what was written there.

`longleash verify` looks at all of a log, which takes minutes for a long one. `viewer.checker_host`
has that done where it is short, and its word is kept here for every page.
"""

from __future__ import annotations

_said: list[str | None] = [None]


def say(wrong: str | None) -> None:
    """Keeps what is the matter with the log of this launch; nothing, where absent."""
    _said[0] = wrong


def said() -> str | None:
    """What is the matter with the log of this launch, as far as is known."""
    return _said[0]
