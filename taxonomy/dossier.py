"""One episode as the taggers read it: every text, reading and look-up made once and shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from episodes.actions import Action
from episodes.trajectory import Step, Trajectory
from semantics.reading import Reading
from semantics.reference import Reference
from semantics.references import references
from taxonomy.continuations import Continuations
from taxonomy.grounding import Ground
from taxonomy.hearing import heard
from taxonomy.information import Information, information
from taxonomy.items import Item, judged_items
from taxonomy.marking import Marking, marking
from taxonomy.probing import Probe, open_question, probe
from taxonomy.readings import reading_of
from taxonomy.sameness import near_key, shown_key
from taxonomy.texts import action_text, observation_text
from taxonomy.walk import Passed, walk

if TYPE_CHECKING:
    from taxonomy.finding import Finding


class Dossier:
    """An episode and what is read out of it; each part is made when first asked for.

    Every sequence has one item a step, in the order of the steps. Nothing in it depends on the
    agent's forecasts, except `trajectory` itself, `marking` and `items`.

    Args:
        trajectory: The episode; tags that it has already are not read.
        draws: By a step's index, further actions drawn from the agent in the state before it; those
            that the steps keep where absent.
        continuations: By a step's index, how it went on from there when played several times.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        draws: Mapping[int, tuple[Action, ...]] | None = None,
        continuations: Mapping[int, Continuations] | None = None,
    ) -> None:
        self.trajectory = heard(trajectory)
        self.heard = frozenset(
            new.index
            for new, old in zip(self.trajectory.steps, trajectory.steps, strict=True)
            if new is not old
        )
        """The steps whose failure is told in words alone."""
        self.draws: Mapping[int, tuple[Action, ...]] = draws or _kept_draws(trajectory)
        self.continuations: Mapping[int, Continuations] = continuations or MappingProxyType({})
        self.plain: dict[str, Sequence[Sequence[Finding]]] = {}
        """By tagger, what it finds at each step where no mark is read; shared with `unmarked`."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The episode's steps."""
        return self.trajectory.steps

    @property
    def marked(self) -> bool:
        """Whether the agent said anything before any of its actions."""
        return any(step.forecast is not None for step in self.steps)

    @property
    def foreign(self) -> bool:
        """Whether it is of somebody else's agent and tools, and no forecast says what was meant."""
        return self.trajectory.started.provenance.source == "imported" and not self.marked

    def unmarked(self) -> Dossier:
        """The same episode as if its agent had never been asked for a forecast.

        What was made of this one so far is shared, since none of it depends on forecasts.
        """
        if not self.marked:
            return self
        twin = copy(self)
        twin.trajectory = without_marks(self.trajectory)
        for name in ("marking", "items"):
            twin.__dict__.pop(name, None)
        return twin

    @cached_property
    def marking(self) -> Marking:
        """How the agent marked its steps."""
        return marking(self.steps)

    @cached_property
    def items(self) -> tuple[tuple[Item, ...], ...]:
        """What the agent said would be observed, as far as the record can tell whether it was."""
        return tuple(
            () if step.forecast is None else judged_items(step, self.trajectory)
            for step in self.steps
        )

    def asks_openly(self, step: Step) -> bool:
        """Whether the agent stated an open question that this act can answer.

        Not where it says as much of most of its steps: then its saying so tells nothing.
        """
        if step.forecast is None or step.forecast.question is None or self.marking.idle:
            return False
        return open_question(step.forecast, self.action_texts[step.index])

    @cached_property
    def action_texts(self) -> tuple[str, ...]:
        """What was asked for, as `texts.action_text` has it."""
        return tuple(action_text(step.action) for step in self.steps)

    @cached_property
    def observation_texts(self) -> tuple[str, ...]:
        """What was observed, as `texts.observation_text` has it; empty where nothing was."""
        return tuple(
            "" if step.observation is None else observation_text(step.observation)
            for step in self.steps
        )

    @cached_property
    def readings(self) -> tuple[Reading | None, ...]:
        """What each command would do; absent where the action holds none."""
        return tuple(reading_of(step.action) for step in self.steps)

    @cached_property
    def probes(self) -> tuple[Probe | None, ...]:
        """How each action asks; absent where it takes what it names for granted."""
        return tuple(
            probe(step.action, reading)
            for step, reading in zip(self.steps, self.readings, strict=True)
        )

    @cached_property
    def references(self) -> tuple[tuple[Reference, ...], ...]:
        """What each action names."""
        return tuple(
            references(step.action, reading)
            for step, reading in zip(self.steps, self.readings, strict=True)
        )

    @cached_property
    def passed(self) -> tuple[Passed, ...]:
        """What one pass over the episode finds of each step, in the light of those before it."""
        return tuple(walk(self.trajectory, self.references, self.readings, self.observation_texts))

    @cached_property
    def grounds(self) -> tuple[tuple[Ground, ...], ...]:
        """What was known, before each step, of each thing that it names."""
        return tuple(found.grounds for found in self.passed)

    @cached_property
    def information(self) -> tuple[Information, ...]:
        """What each step brought."""
        return tuple(
            information(
                self.trajectory,
                self.readings,
                self.passed,
                self.near_keys,
                self.shown_keys,
                self.probes,
            )
        )

    @cached_property
    def near_keys(self) -> tuple[str, ...]:
        """What nearly the same actions have in common, as `sameness.near_key` has it."""
        return tuple(
            near_key(step.action, text)
            for step, text in zip(self.steps, self.action_texts, strict=True)
        )

    @cached_property
    def shown_keys(self) -> tuple[str | None, ...]:
        """What the same observations have in common; absent where nothing was observed."""
        return tuple(
            None if step.observation is None else shown_key(step.observation, text)
            for step, text in zip(self.steps, self.observation_texts, strict=True)
        )


def without_marks(trajectory: Trajectory) -> Trajectory:
    """The same episode as if its agent had never been asked for a forecast."""
    steps = tuple(
        step if step.forecast is None else step.model_copy(update={"forecast": None})
        for step in trajectory.steps
    )
    return trajectory.model_copy(update={"steps": steps})


def _kept_draws(trajectory: Trajectory) -> Mapping[int, tuple[Action, ...]]:
    kept = {step.index: step.provenance.draws for step in trajectory.steps if step.provenance.draws}
    return MappingProxyType(kept)
