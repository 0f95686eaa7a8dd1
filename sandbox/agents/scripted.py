"""An agent that acts from a file: the same steps every time, forecasts included."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from episodes.actions import Action, Finish, RunCommand, WriteFile
from episodes.document import load_document
from episodes.errors import AgentUnknown
from episodes.forecasts import Forecast
from episodes.provenance import Model
from episodes.record import Record
from sandbox.agents.agent import Proposal, View


class TextFile(Record):
    """A text and where it is to be written."""

    path: PurePosixPath
    """Inside the container; relative to the working directory where not absolute."""
    text: str
    """The whole content. A `write_file` in full holds bytes, which a document gives in base64."""


class ScriptedStep(Record):
    """One step: an action in full, or one of three shorthands."""

    action: Action | None = None
    """The action in full."""
    shell: str | None = None
    """Shorthand for running a shell command."""
    write: TextFile | None = None
    """Shorthand for writing a file of text."""
    finish: str | None = None
    """Shorthand for finishing with an answer."""
    forecast: Forecast | None = None
    """What the agent says with it."""

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        ways = (self.action, self.shell, self.write, self.finish)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of `action`, `shell`, `write` and `finish`")
        return self

    @property
    def act(self) -> Action:
        """The action."""
        if self.action is not None:
            return self.action
        if self.shell is not None:
            return RunCommand(command=self.shell)
        if self.write is not None:
            return WriteFile(path=self.write.path, data=self.write.text.encode())
        return Finish(answer=self.finish)


class Script(Record):
    """A script's file, as written."""

    version: Annotated[Literal[1], Field(examples=[1])]
    """The version of this format."""
    label: dict[str, JsonValue] = {}
    """What is true of the episode by construction. It stays in this file: no record holds it."""
    steps: Annotated[tuple[ScriptedStep, ...], Field(min_length=1, examples=[[{"shell": "ls"}]])]
    """What the agent does, in order; past the end it finishes without an answer."""


class ScriptedAgent:
    """Acts from a script.

    Args:
        name: What the log calls it.
        script: What it does.
    """

    model: Model | None = None

    def __init__(self, name: str, script: Script) -> None:
        self.name = name
        self._steps = script.steps

    def propose(self, view: View) -> Proposal:
        """The script's next step."""
        if view.step >= len(self._steps):
            return Proposal(Finish())
        step = self._steps[view.step]
        inline = step.forecast if view.forecast == "inline" else None
        return Proposal(step.act, inline)

    def forecast(self, view: View, action: Action) -> Forecast:
        """The script's forecast for the step, asked for apart from its action."""
        step = self._steps[view.step] if view.step < len(self._steps) else None
        written = step.forecast if step else None
        return (written or Forecast()).model_copy(update={"mode": "shadow"})


@cache
def load_script(path: Path) -> Script:
    """Reads and validates a script.

    Raises:
        AgentUnknown: There is none at `path`, or it does not validate.
    """
    return load_document(path, Script, AgentUnknown)
