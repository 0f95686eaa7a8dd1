"""What was measured last of each set of data, kept beside the page that shows it."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from episodes import __version__
from episodes.errors import UsageError

PARTS = ("corpus", "natural", "mirage", "who-when")
"""What may be measured, in the page's order; `organism`, for which a model has to act, is last."""


def keep(path: Path, part: str, figures: dict[str, Any]) -> dict[str, Any]:
    """Puts a part's figures in place of its earlier ones, with the date and the versions.

    Args:
        path: The JSON file; made where it is not there.
        part: One of `PARTS`, or `organism`.
        figures: What was measured.

    Returns:
        All that is kept now.

    Raises:
        UsageError: The file cannot be read or written.
    """
    every = kept(path)
    every[part] = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "versions": {
            "longleash": __version__,
            "Python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        },
        **figures,
    }
    try:
        path.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
    return every


def kept(path: Path) -> dict[str, Any]:
    """All that is kept, by part; nothing where there is no such file.

    Raises:
        UsageError: It cannot be read.
    """
    if not path.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path}: cannot be read: {problem}") from problem
    return found
