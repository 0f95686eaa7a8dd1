from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from policies.loading import parse_policy
from policies.policy import Policy


@pytest.fixture
def policy() -> Callable[..., Policy]:
    """Makes a policy from its sections."""

    def make(**sections: Any) -> Policy:
        data = {
            "version": 1,
            "name": "test",
            "tools": ["shell", "processes", "files", "finish"],
            **sections,
        }
        return parse_policy(yaml.safe_dump(data).encode(), "test.yaml")

    return make
