"""One attack: what is done, and how one sees from outside whether it worked."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from episodes.actions import Action, Goto, RunCommand, Wait
from episodes.record import Record

AttackClass = Literal["programs", "files", "network", "browser", "exhaustion", "log", "guest"]
"""What an attack is after."""

Under = Literal["tools", "python", "browser"]
"""A policy that attacks are tried under: programs for text alone, interpreters too; a browser."""

CLASSES: dict[AttackClass, str] = {
    "programs": "Other ways to run a program",
    "files": "Other ways to read or write",
    "network": "Other ways out to a network",
    "browser": "The browser",
    "exhaustion": "Exhaustion",
    "log": "The log",
    "guest": "The guest and its channel",
}
"""Each class and what it is called, in the order of the table."""


HOSTILE = "https://attack.test/?@MARK@"
"""A page of the one site that the policy for browsers opens; it does what follows its `#`."""


class Proof(Record):
    """What is true once an attack has worked, seen from outside of it: exactly one field."""

    look: str | None = None
    """A condition that root's shell tries in the container, such as `[ -e /workspace/ran ]`."""
    told: bool = False
    """The secret, which differs each time, is in what the agent was shown."""
    heard: bool = False
    """A neighbour's container heard the token, which differs each time, or the call was open."""
    silenced: bool = False
    """The guest does not answer, or what answers is not the guest."""
    shown: str | None = None
    """A pattern that is found in what a person reads of the step."""
    longer: int | None = None
    """More bytes than this were put on record."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self


class Attack(Record):
    """One row of the table."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
    """Its name, unlike any other's."""
    title: str
    """What it does, in a line."""
    policy: Under = "tools"
    """Under which of the attacked policies."""
    before: str = ""
    """What root's shell does in the container beforehand: the world as the attack finds it."""
    steps: tuple[str | Action, ...] = ()
    """The agent's actions, in order; a text is a command, or under `browser` an address.
    `@TOKEN@` differs each time."""
    script: str = ""
    """What a hostile page does that the agent visits."""
    inside: str = ""
    """What runs in the browser's container as the browser's user: Chromium was taken over."""
    lingers: bool = False
    """Whether the last step is started as a process and looked at while it runs."""
    proof: Proof
    """What is true once it has worked."""
    beyond_parser: str = ""
    """Why the gate's reading alone does not hold it; empty where it does."""
    beyond_kernel: str = ""
    """Why the kernel's rules alone do not hold it; empty where they do."""

    @model_validator(mode="after")
    def _something_is_done(self) -> Self:
        if sum(map(bool, (self.steps, self.script, self.inside))) != 1:
            raise ValueError("give exactly one of steps, script, inside")
        if (self.script or self.inside) and self.policy != "browser":
            raise ValueError("a script or what is done inside goes with `policy: browser`")
        return self

    @property
    def actions(self) -> tuple[Action, ...]:
        """The agent's actions."""
        if self.script:
            return (Goto(url=f"{HOSTILE}#{quote(self.script, safe='@')}"), Wait(seconds=1.0))
        text = _visited if self.policy == "browser" else _run
        return tuple(text(step) if isinstance(step, str) else step for step in self.steps)


def _run(text: str) -> Action:
    return RunCommand(command=text)


def _visited(text: str) -> Action:
    return Goto(url=text)


class AttackTable(Record):
    """A file of attacks."""

    version: Literal[1]
    """The version of this format."""
    about: AttackClass
    """What its attacks are after."""
    attacks: Annotated[tuple[Attack, ...], Field(min_length=1)]
    """The rows."""
