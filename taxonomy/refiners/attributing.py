"""The step that an episode failed by: what a refiner says, weighed with what the rules said."""

from __future__ import annotations

from collections.abc import Sequence

from episodes.tags import Tag
from episodes.trajectory import Trajectory
from taxonomy.critical import VERSION as CRITICAL_VERSION
from taxonomy.critical import critical_shares, critical_step, has_failed, likeliest
from taxonomy.refiners.refiner import Attributor, Suspicion
from taxonomy.taggers import VERSION


def attribution_version_of(refiner: Attributor) -> str:
    """What such a tag names: the refiner's version, and those of the rules it started from."""
    return f"{refiner.attribution_version}+{VERSION}.{CRITICAL_VERSION}"


def undecided(trajectory: Trajectory, tags: Sequence[Tag], below: float) -> bool:
    """Whether it is worth asking by which step an episode failed.

    Args:
        trajectory: The episode.
        tags: One tag a step, by the rules.
        below: How probable a critical step must be not to be asked about; 1 asks always.
    """
    if not has_failed(trajectory) or not trajectory.steps:
        return False
    named = critical_step(trajectory, tags)
    return named is None or named.probability < below or below >= 1.0


def weighed(trajectory: Trajectory, tags: Sequence[Tag], suspicion: Suspicion) -> tuple[float, ...]:
    """For each step how probable it is that the episode failed by it, by Bayes' rule; sums to one.

    Args:
        trajectory: An episode that failed.
        tags: One tag a step, by the rules.
        suspicion: What the refiner said.
    """
    both = [
        share * likelihood
        for share, likelihood in zip(
            critical_shares(trajectory, tags), suspicion.likelihoods, strict=True
        )
    ]
    whole = sum(both)
    return tuple(one / whole for one in both)


def attribute(
    trajectory: Trajectory,
    tags: Sequence[Tag],
    suspicion: Suspicion,
    refiner: Attributor,
    refined: Sequence[Tag] = (),
) -> tuple[Tag, bool]:
    """The tag that says which step an episode failed by.

    Its cause is what this refiner last said of that step, or what the rules said.

    Args:
        trajectory: An episode that failed.
        tags: One tag a step, by the rules.
        suspicion: What the refiner said.
        refiner: Who said it.
        refined: What it said of steps just now.

    Returns:
        The tag, and whether the rules name another step, or none.
    """
    each = weighed(trajectory, tags, suspicion)
    at = likeliest(each)
    own = [
        tag
        for tag in (*trajectory.steps[at].tags, *refined)
        if (tag.step, tag.marks, tag.tagger) == (at, "with", refiner.name)
    ]
    rules = tags[at]
    said = {
        "tagger": refiner.name,
        "version": attribution_version_of(refiner),
        "consulted": suspicion.consulted,
        "critical": min(1.0, each[at]),
        "evidence": tuple(dict.fromkeys((*suspicion.evidence, *rules.evidence))),
    }
    named = critical_step(trajectory, tags)
    return (own[-1] if own else rules).model_copy(update=said), named is None or named.step != at
