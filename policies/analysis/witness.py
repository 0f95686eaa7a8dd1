"""Actions that show a difference: decided under both policies before anyone is told of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable

from episodes.actions import Action, Goto, ReadFile, RunCommand, RunProgram, StartProcess, WriteFile
from episodes.decisions import Verdict
from policies.analysis.shifts import Confirm, Fields, Shift
from policies.engine import decide
from policies.policy import Policy
from policies.state import State


class Witnesses:
    """Finds, among the actions that a text's fields may stand for, one that shows a shift."""

    def __init__(
        self, actions: Callable[[Fields], Iterable[Action]], old: Policy, new: Policy
    ) -> None:
        self._actions = actions
        self._old = old
        self._new = new

    @property
    def confirm(self) -> Confirm:
        """As `shifts` asks."""
        return lambda fields, before, after: self._of(fields, before, after) is not None

    def of(self, shift: Shift) -> Action | None:
        """The action that shows a shift; None where none was found."""
        return None if shift.fields is None else self._of(shift.fields, shift.before, shift.after)

    def _of(self, fields: Fields, before: Verdict, after: Verdict) -> Action | None:
        for action in self._actions(fields):
            if (
                decide(action, State(), self._old).verdict == before
                and decide(action, State(), self._new).verdict == after
            ):
                return action
        return None


def shown(action: Action) -> str:
    """An action on one line, as a person would write it."""
    match action:
        case RunCommand() | StartProcess():
            text = action.command
        case RunProgram():
            text = shlex.join(action.argv)
        case ReadFile():
            text = f"read {action.path}"
        case WriteFile():
            text = f"write {action.path}"
        case Goto():
            text = f"goto {action.url}"
        case _:
            text = action.model_dump_json(exclude_defaults=True)
            return f"{action.kind} {text}" if text != "{}" else action.kind
    return text.replace("\n", "\\n")
