"""Whether a name still stands for the same model, and whether failures moved where it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from episodes.entries import Probed
from episodes.errors import UsageError
from episodes.provenance import Model
from episodes.reader import LogReader
from taxonomy.compare import Arm, Comparison, compared
from taxonomy.sameness_of_models import Answers, same
from taxonomy.summary import Summary, summarise

ALARM_AT = 0.001
"""A p no greater than this is taken for another model: one false alarm in a thousand probings."""

_DECLARED = ("revision", "fingerprint", "weights", "tokenizer", "template", "sampling")
_MODEL: TypeAdapter[Model] = TypeAdapter(Model)
# What an episode's start says of its model, and each step at which that changed.
_TOLD = """
SELECT e.at AS at, json_extract(e.body, '$.agent') AS agent,
       json_extract(e.body, '$.provenance.model') AS model
  FROM entries e WHERE e.kind = 'episode_started'
   AND json_extract(e.body, '$.provenance.model') IS NOT NULL
UNION ALL
-- What is said with the first step holds of the whole episode.
SELECT iif(e.step = 0, s.began, e.at), s.agent, json_extract(e.body, '$.provenance.model')
  FROM entries e JOIN episodes s ON e.chain = 'episode:' || s.episode
 WHERE e.kind = 'proposed' AND json_extract(e.body, '$.provenance.model') IS NOT NULL
 ORDER BY 1
"""


@dataclass(frozen=True)
class Change:
    """A moment from which on a name stood for another model, or may have."""

    at: datetime
    """When it was first seen."""
    how: Literal["declared", "behaved"]
    """Whether the server said so, or the answers to probes did."""
    what: str
    """What changed, in words."""
    p: float | None = None
    """Of the permutation test, where answers to probes say so."""


@dataclass(frozen=True)
class Probing:
    """One time that a model was probed, beside the times before since the last change."""

    at: datetime
    """When."""
    answers: int
    """How many it gave in all."""
    before: int
    """How many it is compared with; 0 for the first."""
    p: float | None
    """Of answers that differ so much, if it is still the same; absent for the first."""
    alarm: bool
    """Whether that is taken for another model."""


@dataclass(frozen=True)
class Moved:
    """What became of an agent's episodes where its model changed."""

    change: Change
    """The change."""
    comparison: Comparison | None
    """The episodes since the change before, beside those until the next; absent without either."""


@dataclass(frozen=True)
class Drift:
    """One agent's name, through time."""

    agent: str
    """As it was named."""
    models: tuple[Model, ...]
    """Each model that it said it was, in the order in which they were first seen."""
    probings: tuple[Probing, ...]
    """Each time it was probed."""
    moved: tuple[Moved, ...]
    """Each change, with what became of the episodes."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "agent": self.agent,
            "models": [model.model_dump(mode="json") for model in self.models],
            "probings": [asdict(one) | {"at": one.at.isoformat()} for one in self.probings],
            "alarm_at": ALARM_AT,
            "changes": [
                asdict(one.change)
                | {"at": one.change.at.isoformat()}
                | {"comparison": one.comparison and one.comparison.to_json()}
                for one in self.moved
            ],
        }


@dataclass
class _Seen:
    """What logs hold of one name."""

    told: list[tuple[datetime, Model]]
    probed: list[tuple[datetime, Probed]]
    summaries: list[Summary]


def drift(logs: Sequence[Path]) -> tuple[Drift, ...]:
    """Follows every name behind which there is a language model.

    Args:
        logs: Logs of one time or of several; all that they hold is put in the order of time.

    Raises:
        UsageError: No episode and no probing in them names a model.
        LogError: A log cannot be read.
    """
    names: dict[str, _Seen] = defaultdict(lambda: _Seen([], [], []))
    for log in logs:
        with LogReader.open(log, placeholders=True) as reader:
            _read(reader, names)
    if not names:
        raise UsageError(
            f"{', '.join(map(str, logs))}: no episode and no probing names a language model; "
            "`longleash probe AGENT --log LOG` asks one the questions that tell it apart"
        )
    return tuple(_followed(agent, names[agent]) for agent in sorted(names))


def _read(reader: LogReader, names: dict[str, _Seen]) -> None:
    for told in reader.select(_TOLD):
        model = _MODEL.validate_json(told["model"])
        names[told["agent"]].told.append((datetime.fromisoformat(told["at"]), model))
    for entry in reader.annotations():
        if isinstance(entry.body, Probed):
            seen = names[entry.body.agent]
            seen.told.append((entry.at, entry.body.model))
            seen.probed.append((entry.at, entry.body))
    slots = {
        (row.run, row.slot): row
        for row in reader.episodes()
        if row.agent in names and row.status in ("terminated", "truncated")
    }
    for row in slots.values():
        names[row.agent].summaries.append(summarise(reader, row))


def _followed(agent: str, seen: _Seen) -> Drift:
    told = sorted(seen.told, key=lambda one: one[0])
    models, changes = _declared(told)
    probings, found = _behaved(sorted(seen.probed, key=lambda one: one[0]), changes)
    changes = sorted([*changes, *found], key=lambda one: one.at)
    return Drift(agent, models, probings, tuple(_moved(changes, seen.summaries)))


def _declared(told: Iterable[tuple[datetime, Model]]) -> tuple[tuple[Model, ...], list[Change]]:
    """What servers said that they are; what one does not say again has not changed."""
    known: dict[str, Any] = {}
    models: list[Model] = []
    changes: list[Change] = []
    for at, model in told:
        said = {name: value for name in _DECLARED if (value := getattr(model, name))}
        new = [name for name, value in said.items() if name in known and known[name] != value]
        if new:
            words = (f"{name}: {_short(known[name])} -> {_short(said[name])}" for name in new)
            changes.append(Change(at, "declared", ", ".join(words)))
        known |= said
        whole = model.model_copy(update=known)
        if whole not in models:
            models = [one for one in models if not _less(one, whole)]
            models.append(whole)
    return tuple(models), changes


def _less(one: Model, other: Model) -> bool:
    """Whether a record says nothing that the other does not say as well."""
    return all(getattr(one, name) in (None, {}, getattr(other, name)) for name in _DECLARED)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:36]}..."


def _behaved(
    probed: Sequence[tuple[datetime, Probed]], declared: Sequence[Change]
) -> tuple[tuple[Probing, ...], list[Change]]:
    """Each probing against all before it since the last change."""
    probings: list[Probing] = []
    changes: list[Change] = []
    held: list[list[str]] = []
    version, since = "", None
    for at, one in probed:
        answers = [list(given) for given in one.answers]
        changed = since is not None and any(since < change.at <= at for change in declared)
        if one.probes != version:
            held = []
        count, before = _size(answers), _size(held)
        p = same(held, answers) if held else None
        alarm = p is not None and p <= ALARM_AT
        probings.append(Probing(at, count, before, p, alarm))
        if alarm and not changed:
            changes.append(Change(at, "behaved", "it answers the probes otherwise", p))
        version, since = one.probes, at
        fresh = alarm or changed or not held
        held = answers if fresh else [[*old, *new] for old, new in zip(held, answers, strict=True)]
    return tuple(probings), changes


def _size(answers: Answers) -> int:
    return sum(map(len, answers))


def _moved(changes: Sequence[Change], summaries: Sequence[Summary]) -> Iterable[Moved]:
    for at, change in enumerate(changes):
        since = changes[at - 1].at if at else None
        until = changes[at + 1].at if at + 1 < len(changes) else None
        before = [one for one in summaries if (since is None or one.row.began >= since)]
        before = [one for one in before if one.row.began < change.at]
        after = [one for one in summaries if one.row.began >= change.at]
        after = [one for one in after if until is None or one.row.began < until]
        arms = (Arm("before", tuple(before), 0), Arm("after", tuple(after), 0))
        yield Moved(change, compared(*arms) if before and after else None)
