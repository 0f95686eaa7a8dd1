"""The viewer's own components: each a folder with its scripts, its looks and what it is given."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def component(folder: Path, *scripts: str) -> Any:
    """A folder's component, which is named as the folder is, and so are its looks.

    Args:
        folder: Where it is.
        scripts: The names of its scripts, in order, without the ending; one that is named as the
            folder is where none is given.

    Returns:
        What Streamlit takes to put it on a page.

    Raises:
        OSError: A file of the folder cannot be read.
    """
    name = folder.name
    return st.components.v2.component(
        f"longleash_{name}",
        js="".join((folder / f"{one}.js").read_text("utf-8") for one in scripts or (name,)),
        css=(folder / f"{name}.css").read_text("utf-8"),
    )
