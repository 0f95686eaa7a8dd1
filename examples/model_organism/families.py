"""Families of tasks after those of the corpus, each with experts that differ in how they work."""

from __future__ import annotations

from examples.model_organism.changing import rename_files, set_option, sort_out
from examples.model_organism.knowing import by_heart
from examples.model_organism.reading import (
    csv_totals,
    find_word,
    last_line,
    log_errors,
    read_setting,
    two_files,
)

FAMILIES = (
    read_setting,
    log_errors,
    csv_totals,
    two_files,
    find_word,
    rename_files,
    set_option,
    sort_out,
    last_line,
    by_heart,
)
"""Each makes a job; given other folders, one in which something lies there, and not as told."""
