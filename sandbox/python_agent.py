"""Any Python callable as an agent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from pydantic import ValidationError

from episodes.actions import ACTION, Malformed
from episodes.provenance import Model
from sandbox.agent import Proposal, View

_LONGEST_TEXT = 10_000


class PythonAgent:
    """Acts by calling `target`.

    Args:
        name: What the log calls it.
        target: Given a view it returns an action, a dict that validates
            as one, or a `Proposal`. A class is made anew for each
            episode, with `seed` where it takes one, and its `propose` is called.
        seed: For what the agent draws.
    """

    model: Model | None = None

    def __init__(self, name: str, target: Callable[..., Any], seed: int) -> None:
        self.name = name
        if inspect.isclass(target):
            takes_seed = "seed" in inspect.signature(target).parameters
            made: Any = cast("Any", target)(**({"seed": seed} if takes_seed else {}))
            self._call: Callable[[View], object] = made.propose
        else:
            self._call = target

    def propose(self, view: View) -> Proposal:
        """What the callable answers; what is no action is recorded as what it was."""
        answer = self._call(view)
        if isinstance(answer, Proposal):
            return answer
        try:
            return Proposal(ACTION.validate_python(answer))
        except ValidationError as problem:
            told = problem.errors()[0]["msg"]
            return Proposal(
                Malformed(
                    text=repr(answer)[:_LONGEST_TEXT],
                    problem=f"{type(answer).__name__} is no action: {told}",
                )
            )
