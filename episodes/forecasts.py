"""What an agent says before it acts, so that its failure can be told apart afterwards."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from episodes.actions import Action
from episodes.record import Count, Probability, Record

ForecastMode = Literal["inline", "shadow", "off"]
"""Asked with the action; asked after it in a call the agent never sees; not asked."""


class Premise(Record):
    """Something that must be true for the action to make sense."""

    text: str
    """The premise in words."""
    probability: Probability
    """How sure the agent is of it."""
    source: Literal["observed", "instructed", "recalled", "guessed"]
    """Where the agent has it from."""
    step: Count | None = None
    """The step that showed it, where it was observed."""
    reference: str | None = None
    """The path, URL, program or other name that it is about."""


class Answer(Record):
    """One possible answer to the question of an exploration."""

    text: str
    """The answer in words."""
    probability: Probability
    """How likely the agent holds it to be."""
    then: str
    """What the agent would do differently if this is the answer."""


class Question(Record):
    """What an exploration is meant to find out."""

    text: str
    """The question in words."""
    answers: Annotated[tuple[Answer, ...], Field(min_length=2)]
    """At least two, since a question with one answer is none."""


class _Expected(Record):
    probability: Probability = 1.0
    """How sure the agent is that this will be observed."""
    within: Annotated[int, Field(ge=1)] = 1
    """Over how many steps, this one included."""


class ExpectExit(_Expected):
    """The command ends with this exit code."""

    kind: Literal["exit_code"] = "exit_code"
    code: int
    """The exit code."""


class ExpectText(_Expected):
    """A text is, or is not, in what is observed."""

    kind: Literal["text"] = "text"
    text: str
    """The text, compared as it stands."""
    where: Literal["stdout", "stderr", "file", "page", "any"] = "any"
    """Which part of the observation holds it."""
    absent: bool = False
    """Whether it is expected not to be there."""


class ExpectFile(_Expected):
    """An observation shows that a file is, or is not, there."""

    kind: Literal["file"] = "file"
    path: PurePosixPath
    """The file."""
    absent: bool = False
    """Whether it is expected not to be there."""


class ExpectUrl(_Expected):
    """The browser ends at this URL."""

    kind: Literal["url"] = "url"
    url: str
    """A URL, compared in canonical form; a trailing `*` stands for any rest."""


class ExpectElement(_Expected):
    """The page shows an element."""

    kind: Literal["element"] = "element"
    role: str
    """Its accessibility role, such as `button`."""
    name: str
    """Its accessible name."""
    absent: bool = False
    """Whether it is expected not to be there."""


Expectation = Annotated[
    ExpectExit | ExpectText | ExpectFile | ExpectUrl | ExpectElement,
    Field(discriminator="kind"),
]
"""What the agent expects to observe; a program can tell whether it held."""


class FixedAnswers(Record):
    """The questions that are always asked, so that nobody expects only what cannot fail."""

    succeeds: Probability
    """That the action reports no failure."""
    informs: Probability
    """That the observation holds something the agent did not know."""
    denied: Probability
    """That the policy refuses it."""


class Alternative(Record):
    """Another action the agent weighed, and what it thought that one worth."""

    action: Action
    """The action."""
    value_estimate: float
    """The predicted return, in the task's reward."""


class Forecast(Record):
    """What the agent says before it acts."""

    mode: Literal["inline", "shadow"] = "inline"
    """How it was asked for; a step without a forecast was asked nothing."""
    purpose: Literal["explore", "exploit"] | None = None
    """Whether the action is meant to find out or to get on."""
    question: Question | None = None
    """What an exploration is meant to find out."""
    premises: tuple[Premise, ...] = ()
    """What must be true for the action to make sense."""
    expects: tuple[Expectation, ...] = ()
    """What will be observed."""
    fixed: FixedAnswers | None = None
    """The questions that are always asked."""
    success_probability: Probability | None = None
    """Of the task, if it goes on from here."""
    alternatives: tuple[Alternative, ...] = ()
    """Other actions that were weighed."""

    @model_validator(mode="after")
    def _an_exploration_names_its_question(self) -> Self:
        if self.purpose == "explore" and self.question is None:
            raise ValueError("an exploration names its question, with at least two answers")
        return self
