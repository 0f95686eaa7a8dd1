"""A user's own code by name: `FILE.py:NAME` or `MODULE:NAME`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any


def load_callable(written: str) -> Callable[..., Any]:
    """What `FILE.py:NAME` or `MODULE:NAME` names; each module is run once.

    Raises:
        Exception: Whatever the module raises as it is read, or that there is no such callable.
    """
    where, _, name = written.rpartition(":")
    found: object = getattr(_module(where), name)
    if not callable(found):
        raise TypeError(f"{name} is not callable")
    return found


@cache
def _module(where: str) -> object:
    if not where.endswith(".py"):
        return importlib.import_module(where)
    path = Path(where).resolve()
    specification = importlib.util.spec_from_file_location(f"longleash_user_{path.stem}", path)
    if specification is None or specification.loader is None or not path.is_file():
        raise ImportError(f"no file {path}")
    module = importlib.util.module_from_spec(specification)
    # Dataclasses and pickling look a class's module up there.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module
