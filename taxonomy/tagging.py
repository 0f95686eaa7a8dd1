"""Putting findings together into tags, and writing them beside the steps they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from episodes.actions import Action
from episodes.appender import Appender, appender
from episodes.chain import ANNOTATIONS
from episodes.entries import Tagged
from episodes.reader import LogReader
from episodes.tags import Evidence, Overlay, Tag
from episodes.trajectory import Step, Trajectory
from episodes.writer import LogWriter
from taxonomy.consequences import Consequence
from taxonomy.continuations import Continuations
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.taggers import NAME, VERSION
from taxonomy.weighing import Findings, Verdicts, findings, verdicts

# An entry goes through the live writer's socket as one message, and those are bounded.
_TAGS_AN_ENTRY = 500


def tag_trajectory(
    trajectory: Trajectory,
    draws: Mapping[int, tuple[Action, ...]] | None = None,
    continuations: Mapping[int, Continuations] | None = None,
) -> tuple[Tag, ...]:
    """Every step's tags: first with the agent's marks read, then as if it had made none.

    Args:
        trajectory: The episode; tags that it already has are not read.
        draws: By a step's index, further actions drawn from the agent in the state before it.
        continuations: By a step's index, how it went on from there when played several times.

    Returns:
        Two tags a step, in the order of the steps.
    """
    marked, bare = findings(Dossier(trajectory, draws, continuations))
    said = verdicts(marked)
    read = _tags(marked, said, "with")
    if bare is marked:
        unread = [tag.model_copy(update={"marks": "without"}) for tag in read]
    else:
        unread = _tags(bare, verdicts(bare, like=(marked, said)), "without")
    return tuple(tag for pair in zip(read, unread, strict=True) for tag in pair)


def machine_tag(step: Step, marks: Literal["with", "without"] = "with") -> Tag | None:
    """The step's tag by the taggers of this release; the last where it was tagged again."""
    mine = [
        tag for tag in step.tags if (tag.tagger, tag.version, tag.marks) == (NAME, VERSION, marks)
    ]
    return mine[-1] if mine else None


def machine_tags(
    trajectory: Trajectory, marks: Literal["with", "without"] = "with"
) -> tuple[Tag, ...]:
    """One tag a step by the taggers of this release: those on record, or made now.

    Nothing is written.
    """
    kept = [machine_tag(step, marks) for step in trajectory.steps]
    found = tuple(tag for tag in kept if tag is not None)
    if len(found) == len(kept):
        return found
    return tuple(tag for tag in tag_trajectory(trajectory) if tag.marks == marks)


def tag_log(
    path: Path | str, episodes: Sequence[str] | None = None, *, again: bool = False
) -> tuple[str, ...]:
    """Tags episodes of a log and appends the tags; what was said before stays.

    Args:
        path: The log's file.
        episodes: The episodes' ids; where absent, every one that has ended.
        again: Whether to tag also those that this version has tagged at the same head.

    Returns:
        The ids of the episodes that were tagged now, in the order they began.

    Raises:
        EpisodeUnknown: The log has no such episode.
        LogError: The log cannot be read or appended to.
    """
    with LogReader.open(path) as reader:
        if episodes is None:
            wanted = [row.episode for row in reader.episodes() if row.finished is not None]
        else:
            wanted = [reader.episode(episode).episode for episode in episodes]
        done = set() if again else _tagged_steps(reader)
        tagged: list[str] = []
        with appender(path) as log:
            for episode in wanted:
                trajectory = reader.trajectory(episode)
                keys = [(episode, trajectory.head, step.index) for step in trajectory.steps]
                if all(key in done for key in keys):
                    continue
                record_tags(trajectory, log)
                tagged.append(episode)
    return tuple(tagged)


def record_tags(trajectory: Trajectory, log: LogWriter | Appender) -> None:
    """Tags an episode and appends the tags, naming the head that they speak of.

    Raises:
        LogError: The log cannot be appended to.
    """
    append_tags(trajectory, tag_trajectory(trajectory), log)


def append_tags(trajectory: Trajectory, tags: Sequence[Tag], log: LogWriter | Appender) -> None:
    """Appends an episode's tags, naming the head that they speak of.

    Raises:
        LogError: The log cannot be appended to.
    """
    for start in range(0, len(tags), _TAGS_AN_ENTRY):
        some = tuple(tags[start : start + _TAGS_AN_ENTRY])
        log.append(ANNOTATIONS, Tagged(episode=trajectory.episode, head=trajectory.head, tags=some))


def _tagged_steps(reader: LogReader) -> set[tuple[str, str, int]]:
    """Episode, head and step of everything that this version has tagged."""
    return {
        (entry.body.episode, entry.body.head, tag.step)
        for entry in reader.annotations()
        if isinstance(entry.body, Tagged)
        for tag in entry.body.tags
        if (tag.tagger, tag.version) == (NAME, VERSION)
    }


def _tags(found: Findings, said: Verdicts, marks: Literal["with", "without"]) -> list[Tag]:
    return [_tag(step, found, said, marks) for step in found.dossier.steps]


def _tag(step: Step, found: Findings, said: Verdicts, marks: Literal["with", "without"]) -> Tag:
    at = step.index
    listed, after = found.listed[at], said.came[at]
    judged, brought = said.judged[at], found.dossier.information[at]
    overlays: set[Overlay] = {one.overlay for one in listed if one.overlay is not None}
    return Tag(
        step=at,
        tagger=NAME,
        version=VERSION,
        event=found.events[at],
        primary=judged.primary,
        probability=judged.probability,
        causes=judged.causes,
        overlays=tuple(sorted(overlays.union(after.overlays))),
        impact=after.impact,
        gained=brought.gained,
        novelty=None if brought.gained is None else brought.novelty,
        uninformed=any(one.uninformed for one in listed),
        marks=marks,
        evidence=_evidence(listed, after, found.honest[at]),
    )


def _evidence(
    listed: Sequence[Finding], after: Consequence, honest: Evidence | None
) -> tuple[Evidence, ...]:
    """Every piece that speaks for something, once, in the order of the taggers."""
    pieces = [
        piece
        for finding in listed
        if finding.cause is None or finding.probability >= 0.5 or not finding.kind
        for piece in finding.evidence
    ]
    if honest is not None:
        pieces.append(honest)
    return tuple(dict.fromkeys((*pieces, *after.evidence)))
