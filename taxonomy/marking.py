"""What an agent's own marks are worth: how often it marks, and what the marks change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from episodes.amounts import share
from episodes.forecasts import Forecast
from episodes.tags import Primary, Tag
from episodes.trajectory import Step

# An agent that calls this share of its steps a guess or a question tells none of them apart.
_IDLE = 0.6
_ENOUGH = 4

BLAMED: frozenset[Primary] = frozenset(
    ("policy_violation", "hallucination", "slip", "undetermined")
)
"""What counts against a step whatever was said of it.

Not what only a forecast can show (`wrong_dynamics`, `wrong_value`): to blame an agent for those
would be to blame it for having said what it expects.
"""


class Marking(NamedTuple):
    """How an agent marked its steps."""

    forecasts: int
    """Steps with a forecast."""
    marked: int
    """Steps that it marked as an exploration, or as resting on a guess."""
    tagged: int = 0
    """Steps that were tagged with the marks and without them."""
    changed: int = 0
    """Of those, the ones whose primary cause the marks change."""

    @property
    def rate(self) -> float:
        """The share of the forecasts that mark, in [0, 1]; 0 where there are none."""
        return self.marked / self.forecasts if self.forecasts else 0.0

    @property
    def disagreement(self) -> float | None:
        """The share of steps whose primary cause the marks change; absent where none was tagged."""
        return self.changed / self.tagged if self.tagged else None

    @property
    def idle(self) -> bool:
        """Whether it marks so much that a mark says nothing."""
        return self.forecasts >= _ENOUGH and self.rate >= _IDLE


def marking(steps: Sequence[Step], tags: Sequence[Tag] = ()) -> Marking:
    """How the agent marked an episode's steps.

    Args:
        steps: The steps.
        tags: Their tags with and without the marks, of one tagger, where they are at hand.
    """
    told = [step.forecast for step in steps if step.forecast is not None]
    marked = sum(map(_marks, told))
    bare = {tag.step: tag.primary for tag in tags if tag.marks == "without"}
    pairs = [
        (tag.primary, bare[tag.step]) for tag in tags if tag.marks == "with" and tag.step in bare
    ]
    return Marking(
        forecasts=len(told),
        marked=marked,
        tagged=len(pairs),
        changed=sum(one != other for one, other in pairs),
    )


def together(some: Iterable[Marking]) -> Marking:
    """The same for several episodes, step by step."""
    counts = [sum(column) for column in zip(*some, strict=True)]
    return Marking(*counts) if counts else Marking(0, 0)


def in_words(agent: str, found: Marking) -> str:
    """What to tell a person of it, in a line."""
    said = share(found.marked, found.forecasts) if found.forecasts else "none, having made none,"
    return (
        f"{agent}: marked {said} of its forecasts as a guess or an exploration; with no forecast "
        f"read, {share(found.changed, found.tagged)} of its steps have another cause"
    )


def blamed(tags: Iterable[Tag], marks: Literal["with", "without"] = "with") -> frozenset[int]:
    """The steps that count against the agent.

    Args:
        tags: An episode's tags.
        marks: In which reading of them: agents that mark differently are set side by side without.
    """
    return frozenset(tag.step for tag in tags if tag.marks == marks and tag.primary in BLAMED)


def _marks(forecast: Forecast) -> bool:
    if forecast.purpose == "explore":
        return True
    sources = [premise.source for premise in forecast.premises]
    return "guessed" in sources
