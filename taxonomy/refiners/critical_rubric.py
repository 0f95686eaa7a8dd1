"""The rubric by which a judge names the step that an episode failed by."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files


@cache
def critical_rubric() -> str:
    """The whole of it, never changed without asking anew whose answers to it are kept."""
    return files(__package__).joinpath("critical_rubric.md").read_text(encoding="utf-8")


@cache
def critical_rubric_version() -> str:
    """What tells this text from every other."""
    return sha256(critical_rubric().encode()).hexdigest()[:8]
