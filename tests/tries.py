"""How many inputs a law is tried with: as many as it asks for, or few where a minute has to do."""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def tries(most: int = 100, **more: Any) -> settings:
    """Settings with this many examples, or with the share of them that the profile has."""
    # Hypothesis' own profiles have a hundred, so another one's number is per cent.
    share = max(1, most * settings().max_examples // 100)
    return settings(max_examples=share, deadline=None, **more)
