"""What is fuzzed: each target takes any bytes, and raises where something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fuzz import files, lines

CORPUS = Path(__file__).parent / "corpus"
"""A folder a target, of inputs that once were interesting."""

TARGETS: dict[str, Callable[[bytes], None]] = {
    "channel": lines.channel,
    "reply": lines.reply,
    "proxy": lines.proxy,
    "guest": lines.guest,
    "browser": lines.browser,
    "egress": lines.egress,
    "shell": files.shell,
    "policy": files.policy,
    "log": files.log,
}
"""Each by its name."""


def corpus(target: str) -> list[Path]:
    """The inputs that are kept for a target."""
    return sorted(path for path in (CORPUS / target).iterdir() if path.is_file())
