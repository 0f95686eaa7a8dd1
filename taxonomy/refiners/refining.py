"""Refined tags: what a refiner says, weighed with what the rules said, added beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TypeVar

from episodes.appender import appender
from episodes.entries import Tagged
from episodes.reader import LogReader
from episodes.tags import CAUSES, Primary, Tag
from episodes.trajectory import Trajectory
from taxonomy.combiner import weights
from taxonomy.refiners.attributing import attribute, attribution_version_of, undecided
from taxonomy.refiners.refined import Refined
from taxonomy.refiners.refiner import ANSWERS, Attributor, Opinion, Refiner, Silence
from taxonomy.taggers import VERSION
from taxonomy.tagging import append_tags, machine_tags

BELOW = 0.6
"""A step is asked about where its primary cause is less probable than this, or undetermined."""

_IN_A_ROW = 3
# The rules' probabilities hold for episodes like the corpus's. On others' logs they miss much
# (docs/evaluation.md, natural steps), so that nothing was found is weaker than what was.
_SUREST = 0.95
_SUREST_OF_NOTHING = 0.8


_Said = TypeVar("_Said")


class _Asking:
    """Asks, and stops where nobody answers any more."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._unanswered = 0

    def ask(self, question: Callable[[], _Said | Silence]) -> _Said | Silence:
        with self._lock:
            if self._unanswered >= _IN_A_ROW:
                return Silence("not asked: nobody answered before", answered=False)
        said = question()
        with self._lock:
            gone = isinstance(said, Silence) and not said.answered
            self._unanswered = self._unanswered + 1 if gone else 0
        return said


def version_of(refiner: Refiner) -> str:
    """What a refined tag names: the refiner's version, and that of the rules it started from."""
    return f"{refiner.version}+{VERSION}"


def doubtful(tag: Tag, below: float = BELOW) -> bool:
    """Whether a step is worth asking about; with `below` at 1, each one is."""
    return tag.primary == "undetermined" or tag.probability < below or below >= 1.0


def refine(tag: Tag, opinion: Opinion, refiner: Refiner) -> Tag:
    """A tag of the rules with an opinion weighed in, by Bayes' rule.

    The rules' primary has its own probability, but at most 0.95 for a cause and 0.8 for `none`, and
    the other answers share what is left evenly; where the rules could not tell, all share alike.
    What stays under the combiner's threshold is undetermined.

    Args:
        tag: What the rules said; its event, overlays and impact stay.
        opinion: What the refiner said.
        refiner: Who said it.
    """
    said = {"tagger": refiner.name, "version": version_of(refiner), "consulted": opinion.consulted}
    if tag.marks == "without":
        said["consulted"] = None
    if not opinion.likelihoods:
        return tag.model_copy(update=said)
    told: dict[Primary, float] = dict(opinion.likelihoods.items())
    # A cause that the refiner cannot speak of is worth what it gives to the least of the others.
    least = min(told.values())
    weighed = {answer: one * told.get(answer, least) for answer, one in _prior(tag).items()}
    whole = sum(weighed.values())
    shares: dict[Primary, float] = {answer: one / whole for answer, one in weighed.items()}
    best = max(shares, key=lambda answer: shares[answer])
    sure = shares[best] >= weights().threshold
    return tag.model_copy(
        update={
            **said,
            "primary": best if sure else "undetermined",
            "probability": min(1.0, shares[best] if sure else 1.0 - shares[best]),
            "causes": {cause: min(1.0, shares[cause]) for cause in CAUSES if cause in shares},
            "evidence": tuple(dict.fromkeys((*opinion.evidence, *tag.evidence))),
        }
    )


def refine_log(
    path: Path | str,
    refiner: Refiner,
    episodes: Sequence[str] | None = None,
    *,
    below: float = BELOW,
    again: bool = False,
) -> Refined:
    """Asks about every doubtful step and appends refined tags; what was said before stays.

    A step is asked about where the rules are not sure with the agent's marks or without them, and
    both readings are refined by the one answer. Who can tell is asked by which step a failed
    episode failed, too, where the rules are not sure of that.

    Args:
        path: The log's file.
        refiner: Who is asked.
        episodes: The episodes' ids; where absent, every one that has ended.
        below: How probable a primary, or a critical step, must be not to be asked about; 1 asks
            about every one.
        again: Whether to ask also where this refiner has answered for the same head.

    Raises:
        EpisodeUnknown: The log has no such episode.
        LogError: The log cannot be read or appended to.
    """
    came, asking = Refined(), _Asking()
    with LogReader.open(path) as reader:
        if episodes is None:
            wanted = [row.episode for row in reader.episodes() if row.finished is not None]
        else:
            wanted = [reader.episode(episode).episode for episode in episodes]
        done = set() if again else _done(reader, refiner)
        with ThreadPoolExecutor(refiner.at_once) as pool:
            for episode in wanted:
                trajectory = reader.trajectory(episode)
                where = (episode, trajectory.head)
                pairs = [
                    pair
                    for pair in _doubtful(trajectory, below)
                    if (*where, pair[0].step) not in done
                ]

                def opinion(
                    pair: tuple[Tag, Tag], trajectory: Trajectory = trajectory
                ) -> Opinion | Silence:
                    tag = pair[1]
                    return asking.ask(lambda: refiner.refine(trajectory, tag.step, tag.event))

                said = pool.map(opinion, pairs)
                tags = [
                    tag
                    for pair, one in zip(pairs, said, strict=True)
                    for tag in _counted(pair, one, refiner, came)
                ]
                if isinstance(refiner, Attributor) and (*where, None) not in done:
                    tags += _attributed(trajectory, tags, refiner, asking, came, below)
                if tags:
                    # Episode by episode, so that what was paid for is kept if a later one fails;
                    # and no longer than that, since others have something to append as well.
                    with appender(path) as log:
                        append_tags(trajectory, tags, log)
    return came


def _counted(
    pair: tuple[Tag, Tag], said: Opinion | Silence, refiner: Refiner, came: Refined
) -> Iterator[Tag]:
    came.asked += 1
    came.count(said.consulted)
    if isinstance(said, Silence):
        came.silent[said.why] += 1
        return
    came.answered += 1
    came.dropped += said.dropped
    both = [refine(tag, said, refiner) for tag in pair]
    came.changed += both[0].primary != pair[0].primary
    yield from both


def _attributed(
    trajectory: Trajectory,
    refined: Sequence[Tag],
    refiner: Attributor,
    asking: _Asking,
    came: Refined,
    below: float,
) -> Iterator[Tag]:
    """The tag of the step that a failed episode failed by, where the rules are not sure of it."""
    rules = machine_tags(trajectory, "with")
    if not undecided(trajectory, rules, below):
        return
    came.failed += 1
    said = asking.ask(lambda: refiner.attribute(trajectory))
    came.count(said.consulted)
    if isinstance(said, Silence):
        came.silent[said.why] += 1
        return
    came.attributed += 1
    tag, moved = attribute(trajectory, rules, said, refiner, refined)
    came.moved += moved
    yield tag


def _doubtful(trajectory: Trajectory, below: float) -> list[tuple[Tag, Tag]]:
    """Both readings of every step of which one is doubtful."""
    pairs = zip(machine_tags(trajectory, "with"), machine_tags(trajectory, "without"), strict=True)
    return [pair for pair in pairs if any(doubtful(tag, below) for tag in pair)]


def _prior(tag: Tag) -> dict[Primary, float]:
    answers: tuple[Primary, ...] = ANSWERS
    if tag.primary == "undetermined":
        return dict.fromkeys(answers, 1.0)
    if tag.primary not in answers:
        answers = (*answers, tag.primary)
    most = _SUREST_OF_NOTHING if tag.primary == "none" else _SUREST
    sure = min(max(tag.probability, 1.0 / len(answers)), most)
    rest = (1.0 - sure) / (len(answers) - 1)
    return {answer: sure if answer == tag.primary else rest for answer in answers}


def _done(reader: LogReader, refiner: Refiner) -> set[tuple[str, str, int | None]]:
    """Episode, head and step of all that it has answered; no step where it was asked which."""
    steps = (refiner.name, version_of(refiner))
    whole = attribution_version_of(refiner) if isinstance(refiner, Attributor) else None
    return {
        (entry.body.episode, entry.body.head, None if tag.critical is not None else tag.step)
        for entry in reader.annotations()
        if isinstance(entry.body, Tagged)
        for tag in entry.body.tags
        if (tag.tagger, tag.version) in (steps, (refiner.name, whole))
    }
