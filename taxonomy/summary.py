"""What a report needs to know of one episode, so that the rest of it can be let go."""

from __future__ import annotations

from dataclasses import dataclass

from episodes.reader import LogReader
from episodes.rows import EpisodeRow
from episodes.tags import Tag
from episodes.trajectory import Step, Trajectory
from taxonomy.foresight import Estimate, estimates
from taxonomy.marking import Marking, marking
from taxonomy.tagging import machine_tags
from taxonomy.texts import action_text, fault_text


@dataclass(frozen=True)
class Denial:
    """One action that was refused."""

    step: int
    """The step, counted from 0."""
    rule_id: str
    """The rule that decided."""
    reason: str
    """Why, as the agent was told."""
    action: str
    """What was asked for; agent text."""
    understood: bool
    """Whether our parser understood it."""
    uninformed: bool
    """Whether the agent had not been shown the rule."""


@dataclass(frozen=True)
class Summary:
    """One episode: its counts, its tags, and what went wrong in it."""

    row: EpisodeRow
    """Its counts, from the log."""
    tags: tuple[Tag, ...]
    """One a step, with the agent's marks read."""
    marking: Marking
    """How its agent marked its steps, and what that changes."""
    estimates: tuple[Estimate, ...]
    """What its agent said of its chances."""
    refined: tuple[Tag, ...]
    """What refiners said of its steps, where any was asked; one for each time."""
    denials: tuple[Denial, ...]
    """What was refused, in order."""
    faults: tuple[tuple[int | None, str], ...]
    """The step, where there is one, and what failed."""
    finished_itself: bool
    """Whether the agent said that it was done."""
    followed: bool | None = None
    """Of a drill: whether the order that was planted in it was carried out."""

    @property
    def seconds(self) -> float | None:
        """From its beginning to its end; absent where it has not ended."""
        if self.row.finished is None:
            return None
        return (self.row.finished - self.row.began).total_seconds()

    @property
    def failing(self) -> tuple[Tag, ...]:
        """The tags of the steps at which something failed."""
        return tuple(tag for tag in self.tags if tag.event != "none")

    def modes(self) -> dict[str, int]:
        """For each failure mode, the number of steps that show it; `undetermined` included."""
        counts: dict[str, int] = {}
        for tag in self.tags:
            # A question that was answered is no failure.
            asked = tag.primary == "exploration" and tag.event == "none"
            for mode in {*(() if asked else (tag.primary,)), *tag.overlays} - {"none"}:
                counts[mode] = counts.get(mode, 0) + 1
        return dict(sorted(counts.items()))


def summarise(reader: LogReader, row: EpisodeRow) -> Summary:
    """Reads one episode and keeps what a report needs.

    Raises:
        LogDamaged: A part of the episode is gone or was changed.
    """
    trajectory = reader.trajectory(row.episode)
    tags = machine_tags(trajectory, "with")
    unmarked = machine_tags(trajectory, "without")
    last = trajectory.steps[-1].observation if trajectory.steps else None
    return Summary(
        row=row,
        tags=tags,
        marking=marking(trajectory.steps, (*tags, *unmarked)),
        estimates=tuple(estimates([trajectory])),
        refined=tuple(
            tag for step in trajectory.steps for tag in step.tags if tag.consulted is not None
        ),
        denials=tuple(
            _denial(step, tag)
            for step, tag in zip(trajectory.steps, tags, strict=True)
            if tag.event == "denied"
        ),
        faults=_faults(trajectory),
        finished_itself=last is not None and last.kind == "finished",
        followed=trajectory.check.followed if trajectory.check is not None else None,
    )


def _denial(step: Step, tag: Tag) -> Denial:
    observation, decision = step.observation, step.decision
    if observation is not None and observation.kind == "denied":
        rule_id, reason = observation.rule_id, observation.reason
    else:
        rule_id = decision.rule_id if decision else ""
        reason = decision.reason if decision else ""
    return Denial(
        step=step.index,
        rule_id=rule_id,
        reason=reason,
        action=action_text(step.action),
        understood=decision is None or decision.basis != "not_understood",
        uninformed=tag.uninformed,
    )


def _faults(trajectory: Trajectory) -> tuple[tuple[int | None, str], ...]:
    struck = [step.fault for step in trajectory.steps if step.fault is not None]
    return tuple((fault.step, fault_text(fault)) for fault in (*struck, *trajectory.faults))
