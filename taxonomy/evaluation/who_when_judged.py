"""Who&When with a judge: what a language model answered when it was asked, kept and read again.

The judge is the one that `tag --refine` asks, with its rubric, its excerpts and its checks; only
the answers come from a file, each found again by the very question that it was given to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from episodes.errors import AgentBroke, UsageError
from episodes.provenance import Model
from episodes.record import Record
from llms.client import Capabilities, Conversation, Drawn, Tool
from taxonomy.critical import critical_step, likeliest
from taxonomy.evaluation.answers import Answers
from taxonomy.evaluation.labelled import Labelled
from taxonomy.evaluation.rows import read_rows
from taxonomy.refiners.attributing import weighed
from taxonomy.refiners.critical_rubric import critical_rubric_version
from taxonomy.refiners.judge import Judge
from taxonomy.refiners.refiner import Suspicion
from taxonomy.tagging import tag_trajectory

JUDGED = "who_when_judged.jsonl"
"""The file: what was answered to each log, none of which was shown with its label."""


class Judgement(Record):
    """One log's answer."""

    id: str
    """The log's file."""
    model: str
    """Who answered."""
    question: str
    """SHA-256 of the rubric and what followed it, in hexadecimal digits."""
    answer: str
    """The arguments of its call, as JSON."""


@dataclass(frozen=True)
class Judgements:
    """What came of asking about some logs."""

    model: str
    """Who was asked."""
    rubric: str
    """The rubric's version."""
    alone: Answers
    """The judge's own word."""
    refined: Answers
    """Its word weighed with the rules, as `tag --refine` does."""
    unused: int
    """Answers that could not be used, since what they quote does not stand there."""


def read_judged(folder: Path) -> tuple[Judgement, ...]:
    """All that was answered.

    Raises:
        UsageError: The file cannot be read.
    """
    return read_rows(folder / JUDGED, Judgement)


def digest(rubric: str, question: str) -> str:
    """What a kept answer is found by."""
    return sha256(f"{rubric}\n{question}".encode("utf-8", "backslashreplace")).hexdigest()


class _Kept:
    """A client whose answers were given before."""

    capabilities = Capabilities(
        log_probabilities=False, resampling=False, seed=False, structured=False
    )

    def __init__(self, judged: Sequence[Judgement]) -> None:
        self._answers = {one.question: one for one in judged}
        self.model = Model(provider="kept", name=judged[0].model)

    def draw(self, conversation: Conversation, tool: Tool, seed: int | None) -> Drawn:
        found = self._answers.get(digest(conversation.system, conversation.task))
        if found is None:
            raise AgentBroke("nobody was asked this")
        return Drawn(found.answer)


def consult(examples: Sequence[Labelled], judged: Sequence[Judgement]) -> Judgements:
    """Asks the judge for the critical step of each log; the labels are not read.

    Raises:
        UsageError: The question to a log is not the one that was answered.
    """
    judge = Judge("kept", _Kept(judged))
    alone: list[int | None] = []
    refined: list[int | None] = []
    for example in examples:
        trajectory = example.trajectory
        tags = [tag for tag in tag_trajectory(trajectory) if tag.marks == "with"]
        said = judge.attribute(trajectory)
        if isinstance(said, Suspicion):
            alone.append(likeliest(said.likelihoods))
            refined.append(likeliest(weighed(trajectory, tags, said)))
            continue
        if not said.answered:
            raise UsageError(
                f"{JUDGED}: {example.id}: {said.why}. The rubric, or what a judge is shown, is "
                "another than it was; answers to that are kept under another question"
            )
        named = critical_step(trajectory, tags)
        alone.append(None)
        refined.append(None if named is None else named.step)
    return Judgements(
        model=judged[0].model,
        rubric=critical_rubric_version(),
        alone=Answers("the judge alone", None, tuple(alone)),
        refined=Answers("the taggers with the judge", None, tuple(refined)),
        unused=alone.count(None),
    )
