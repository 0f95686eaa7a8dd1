"""Writes the page, its picture and its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from episodes.errors import UsageError
from taxonomy.evaluation.kept import keep
from taxonomy.evaluation.page import page
from taxonomy.evaluation.picture import draw


def publish(path: Path, part: str, figures: dict[str, Any]) -> None:
    """Puts a part's figures on the page; the other parts stay as they were measured last.

    Args:
        path: The Markdown page; the figures go to the same name with `.json`, the picture to the
            same with `.svg`.
        part: One of `kept.PARTS`, or `organism`.
        figures: What was measured.

    Raises:
        UsageError: A file cannot be written.
    """
    every = keep(path.with_suffix(".json"), part, figures)
    picture = path.with_suffix(".svg")
    if "corpus" in every:
        draw(every["corpus"], picture)
    try:
        path.write_text(page(every, picture.name if "corpus" in every else None), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
