"""MIRAGE: histories cut at a decision point, of which some were chosen because they repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from episodes.trajectory import Trajectory
from taxonomy.evaluation.foreign import trajectories
from taxonomy.evaluation.rows import read_rows
from taxonomy.evaluation.scores import Share
from taxonomy.taggers import NAME, VERSION
from taxonomy.tagging import tag_trajectory


@dataclass(frozen=True)
class Context:
    """One history."""

    id: str
    """The file's name, `#` and the record."""
    folder: str
    """What is special about it, and in which environment: `repetitive_4__webarena`."""
    trajectory: Trajectory
    """Its steps; many know of no observation."""
    loops: tuple[int, ...]
    """The steps that the taggers call a loop."""

    @property
    def repetitive(self) -> bool:
        """Whether it was chosen because it repeats."""
        return self.folder.startswith("repetitive")


@dataclass(frozen=True)
class Folder:
    """All histories of one kind."""

    name: str
    """The kind and the environment."""
    contexts: int
    """How many hold a step."""
    found: int
    """In how many a step is called a loop."""
    at_the_end: int
    """In how many the last step is."""
    steps: int
    """All steps."""
    loops: int
    """Those that are called a loop."""


@dataclass(frozen=True)
class Mirage:
    """Loops over all folders."""

    tagger: str
    """Name and version."""
    recall: Share
    """Of the contexts that were chosen because they repeat, those with a loop."""
    at_the_end: Share
    """Of the same, those whose last step is one."""
    precision: Share
    """Of the checked steps of other folders that are called a loop, those that are one."""
    dropped: int
    """Checked steps that are called a loop no longer, since the taggers changed."""
    dropped_wrongly: int
    """Of these, the ones that are loops."""
    folders: tuple[Folder, ...]
    """Each folder."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def read_mirage(folder: Path) -> Iterator[Context]:
    """Every history that holds a step, tagged.

    Raises:
        UsageError: There are none.
        ImportInvalid: A file is no such history.
    """
    for path in sorted(folder.glob("*.jsonl.gz")):
        for sourced, trajectory in trajectories("browsergym-prompt", [path]):
            tags = tag_trajectory(trajectory)
            yield Context(
                id=f"{path.name.removesuffix('.jsonl.gz')}#{sourced.episode.record}",
                folder=path.name.removesuffix(".jsonl.gz"),
                trajectory=trajectory,
                loops=tuple(
                    tag.step for tag in tags if tag.marks == "with" and "loop" in tag.overlays
                ),
            )


@dataclass(frozen=True)
class Checked:
    """What somebody who looked at a context of another folder said."""

    id: str
    """The context."""
    step: int
    """A step of it that was called a loop."""
    loop: bool
    """Whether it is one."""


def read_checked(path: Path) -> tuple[Checked, ...]:
    """Verdicts, one JSON object a line.

    Raises:
        UsageError: It cannot be read.
    """
    return read_rows(path, Checked)


def score_mirage(contexts: Sequence[Context], checked: Sequence[Checked]) -> Mirage:
    """Recall where it is known that something repeats, precision where somebody looked."""
    chosen = [one for one in contexts if one.repetitive]
    said = {one.id: one for one in contexts}
    still = [one for one in checked if one.id in said and one.step in said[one.id].loops]
    return Mirage(
        tagger=f"{NAME} {VERSION}",
        recall=Share(sum(bool(one.loops) for one in chosen), len(chosen)),
        at_the_end=Share(sum(_ends(one) for one in chosen), len(chosen)),
        precision=Share(sum(one.loop for one in still), len(still)),
        dropped=len(checked) - len(still),
        dropped_wrongly=sum(one.loop for one in checked if one not in still),
        folders=tuple(
            _folder(name, [one for one in contexts if one.folder == name])
            for name in sorted({one.folder for one in contexts})
        ),
    )


def _ends(context: Context) -> bool:
    return bool(context.loops) and context.loops[-1] == len(context.trajectory.steps) - 1


def _folder(name: str, contexts: Sequence[Context]) -> Folder:
    return Folder(
        name=name,
        contexts=len(contexts),
        found=sum(bool(one.loops) for one in contexts),
        at_the_end=sum(_ends(one) for one in contexts),
        steps=sum(len(one.trajectory.steps) for one in contexts),
        loops=sum(len(one.loops) for one in contexts),
    )
