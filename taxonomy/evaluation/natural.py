"""Natural steps: drawn from others' logs, labelled twice, found again in the logs themselves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict

from episodes.errors import UsageError
from episodes.record import Count, Record
from episodes.tags import Overlay, Primary
from episodes.trajectory import Trajectory
from taxonomy.evaluation.corpus import Half
from taxonomy.evaluation.foreign import trajectories
from taxonomy.evaluation.labelled import Labelled, StepTruth
from taxonomy.evaluation.rows import read_rows

NATURAL = Path(__file__).resolve().parents[2] / "benchmarks" / "natural"
"""Where a checkout of this project keeps the sheet and its labels."""

FORMATS = {
    "codetracer_kimi_terminalbench": "atif",
    "swe_agent_demonstrations": "swe-agent",
    "tau_gpt4o_airline": "tau",
    "who_when": "who-when",
    "mirage_bench": "browsergym-prompt",
}
"""By a data set's folder, the format that its files are in."""


class _Drawn(Record):
    model_config = ConfigDict(extra="ignore")

    id: str
    file: str
    record: Count | None
    message: Count
    sha256: str


class _Label(Record):
    model_config = ConfigDict(extra="ignore")

    id: str
    primary: Primary
    overlays: tuple[Overlay, ...] = ()


def read_labels(path: Path) -> dict[str, StepTruth]:
    """One annotator's labels, by the step's id.

    Raises:
        UsageError: They cannot be read, or a step is labelled twice.
    """
    found: dict[str, StepTruth] = {}
    for label in read_rows(path, _Label):
        if label.id in found:
            raise UsageError(f"{path}: {label.id} is labelled twice")
        found[label.id] = StepTruth(index=0, primary=label.primary, overlays=label.overlays)
    return found


def half_of(name: str) -> Half:
    """The half that a drawn step is in: rules and weights may be made with `tune` alone.

    All steps of one episode are in the same half. It is the last bit of the first byte of the
    SHA-256 of the episode's source: the file, as its data set calls it, and the record.

    Args:
        name: The step's id: the data set, the source, `@` and the message.
    """
    source = name.rpartition("@")[0].partition("/")[2]
    return "test" if hashlib.sha256(source.encode()).digest()[0] % 2 else "tune"


def of_half(truths: Mapping[str, StepTruth], half: Half) -> dict[str, StepTruth]:
    """The labels of one half."""
    return {name: truth for name, truth in truths.items() if half_of(name) == half}


def agreed(first: Mapping[str, StepTruth], second: Mapping[str, StepTruth]) -> dict[str, StepTruth]:
    """What both said. Where they differ in the primary, nothing is known of the step."""
    found = {}
    for name in sorted(first.keys() & second.keys()):
        a, b = first[name], second[name]
        both = set(a.overlays or ()) & set(b.overlays or ())
        same = set(a.overlays or ()) == set(b.overlays or ())
        found[name] = StepTruth(
            index=0,
            primary=a.primary if a.primary == b.primary else None,
            overlays=tuple(sorted(both)) if same else None,
        )
    return found


def read_natural(
    data: Path, truths: Mapping[str, StepTruth], folder: Path = NATURAL
) -> tuple[Labelled, ...]:
    """The episodes of the drawn steps, with the labels of those steps.

    Args:
        data: The folder of others' data sets.
        truths: Labels by the step's id.
        folder: Where `drawn.jsonl` lies.

    Returns:
        One item an episode. Steps that no importer makes a step of are left out.

    Raises:
        UsageError: A file is gone or is not the one that the step was drawn from.
        ImportInvalid: A file cannot be read.
    """
    wanted: dict[str, list[_Drawn]] = defaultdict(list)
    for drawn in read_rows(folder / "drawn.jsonl", _Drawn):
        if drawn.id in truths:
            wanted[drawn.file].append(drawn)
    found = []
    for file in sorted(wanted):
        path = data / file
        _check(path, wanted[file][0].sha256)
        for sourced, trajectory in trajectories(FORMATS[Path(file).parts[0]], [path]):
            some = [one for one in wanted[file] if one.record == sourced.episode.record]
            labelled = _labelled(some, trajectory, truths)
            if labelled:
                found.append(
                    Labelled(
                        id=sourced.origin,
                        group=Path(file).parts[0],
                        trajectory=trajectory,
                        truths=labelled,
                    )
                )
    return tuple(found)


def _labelled(
    drawn: list[_Drawn], trajectory: Trajectory, truths: Mapping[str, StepTruth]
) -> tuple[StepTruth, ...]:
    at: dict[int | None, int] = {}
    for step in trajectory.steps:
        at.setdefault(step.provenance.message_index, step.index)
    return tuple(
        truths[one.id].model_copy(update={"index": at[one.message]})
        for one in sorted(drawn, key=lambda one: one.message)
        if one.message in at
    )


def _check(path: Path, expected: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read: {problem.strerror}") from problem
    if found != expected:
        raise UsageError(f"{path}: not the file that the steps were drawn from; draw them again")
