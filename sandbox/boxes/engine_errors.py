"""What the engine's errors mean for an episode, and for the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from docker.errors import APIError, DockerException

from episodes.errors import EngineLost, EnvironmentFault


@contextmanager
def engine_errors() -> Iterator[None]:
    """What the engine cannot do is a fault; that it does not answer is the end of the run."""
    try:
        yield
    except APIError as problem:
        raise EnvironmentFault(f"the engine refused: {problem.explanation}") from problem
    except (DockerException, requests.RequestException, OSError) as problem:
        raise EngineLost(
            f"the engine does not answer: {problem}; start it and go on with --resume"
        ) from problem
