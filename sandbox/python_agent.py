"""Any Python callable as an agent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from episodes.actions import ACTION, Action, Malformed
from episodes.forecasts import Forecast
from episodes.provenance import Model, StepProvenance
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
        self._target, self._seed = target, seed
        self._call: Callable[[View], object] | None = None

    def propose(self, view: View) -> Proposal:
        """What the callable answers; what is no action is recorded as what it was.

        Raises:
            Exception: Whatever the callable raises, or its answer holds no forecast.
        """
        try:
            # Made here and not before: what a constructor raises is the agent's, as all else.
            self._call = self._call or _made(self._target, self._seed)
            answer = self._call(view)
        except SystemExit as problem:
            # It would end the whole run, every other episode with it.
            raise RuntimeError(f"the agent called sys.exit({problem.code!r})") from problem
        if not isinstance(answer, Proposal):
            return Proposal(_action(answer))
        forecast = answer.forecast
        return Proposal(
            _action(answer.action),
            None if forecast is None else Forecast.model_validate(forecast),
            StepProvenance.model_validate(answer.provenance),
        )


def unusable(target: Callable[..., Any]) -> str | None:
    """Why a callable cannot act, as far as that shows before it is called; None where it may."""
    if not inspect.isclass(target):
        return None
    if not callable(getattr(target, "propose", None)):
        return f"the class {target.__name__} has no method `propose`"
    try:
        inspect.signature(target).bind(**_arguments(target, 0))
    except TypeError as problem:
        return f"the class {target.__name__} may ask for a `seed` and no more: {problem}"
    return None


def _made(target: Callable[..., Any], seed: int) -> Callable[[View], object]:
    if not inspect.isclass(target):
        return target
    made: Any = cast("Any", target)(**_arguments(target, seed))
    return cast("Callable[[View], object]", made.propose)


def _arguments(target: Callable[..., Any], seed: int) -> dict[str, int]:
    return {"seed": seed} if "seed" in inspect.signature(target).parameters else {}


def _action(answer: object) -> Action:
    try:
        action = ACTION.validate_python(answer)
        # Half a character, as "\ud800" in some model's JSON, has no bytes and fits no log.
        ACTION.dump_json(action)
    except (ValidationError, PydanticSerializationError) as problem:
        told = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else problem
        return Malformed(
            text=repr(answer)[:_LONGEST_TEXT],
            problem=f"{type(answer).__name__} is no action: {told}",
        )
    return action
