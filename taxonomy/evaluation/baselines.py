"""What the taggers must be better than."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from random import Random

from episodes.tags import Event, Primary
from taxonomy.dossier import Dossier
from taxonomy.evaluation.answers import Answers, Said
from taxonomy.evaluation.labelled import Labelled
from taxonomy.events import event

SEED = 20_250_105
"""Of the baseline that draws at random."""

ORACLE = "best fixed position by their own labels"
"""The baseline that names the position at which most of the very same episodes have theirs."""

_NONE = Said("none")

_KEYWORDS: tuple[tuple[Primary, str, str], ...] = (
    ("policy_violation", "observation", r"\bdenied\b|not allowed|forbidden|refused by"),
    (
        "environment_fault",
        "observation",
        r"timed? ?out|connection|unavailable|temporar|killed|503|no space left",
    ),
    (
        "hallucination",
        "observation",
        r"not found|no such|does not exist|unknown|unrecognized|invalid|no module",
    ),
    (
        "exploration",
        "action",
        r"^\s*(?:ls|find|grep|which|test|tree|stat|file|head)\b|--help\b|command -v",
    ),
    ("undetermined", "observation", r"error|fail|traceback|exit code [1-9]"),
)
"""In this order: the primary, where the words are looked for, the words."""


def steps_of(examples: Sequence[Labelled], fitted_on: Sequence[Labelled]) -> list[Answers]:
    """The baselines that say something of each step.

    Args:
        examples: The episodes to speak of.
        fitted_on: Episodes whose labels may be read: how often each primary is true.
    """
    often = Counter(
        truth.primary
        for example in fitted_on
        for truth in example.truths
        if truth.primary is not None
    )
    names: list[Primary] = list(often) or ["none"]
    weights = list(often.values()) or [1]
    chance = Random(SEED)  # noqa: S311
    usual = _usual(fitted_on)
    first = names[weights.index(max(weights))]
    found: dict[str, list[tuple[Said, ...]]] = {
        "random": [
            tuple(Said(one) for one in chance.choices(names, weights, k=length))
            for length in (len(example.trajectory.steps) for example in examples)
        ],
        "majority": [(Said(first),) * len(example.trajectory.steps) for example in examples],
        "majority of the event": [
            tuple(Said(usual.get(one, "undetermined")) for one in _events(example))
            for example in examples
        ],
        "always none": [(_NONE,) * len(example.trajectory.steps) for example in examples],
        "keywords": [_by_keywords(example) for example in examples],
        "repeated action": [_repeats(example) for example in examples],
    }
    return [Answers(name, tuple(steps), None) for name, steps in found.items()]


def critical_of(examples: Sequence[Labelled], fitted_on: Sequence[Labelled] = ()) -> list[Answers]:
    """The baselines that name a critical step, the best fixed position among them.

    A fixed position is chosen twice: by the labels of the very episodes that it is held against,
    which is better than anybody could do, and by those that the taggers' rules may be made with.

    Args:
        examples: The episodes to speak of.
        fitted_on: Episodes whose labels may be read: the fixed position that is best there.
    """
    chance = Random(SEED)  # noqa: S311
    lengths = [max(1, len(example.trajectory.steps)) for example in examples]
    found: dict[str, list[int | None]] = {
        "random": [chance.randrange(length) for length in lengths],
        "first step": [0 for _ in examples],
        "last step": [length - 1 for length in lengths],
        "first failed event": [_first_failed(example) for example in examples],
        "repeated action": [_first_repeat(example) for example in examples],
    }
    for which, some in ((ORACLE, examples), ("fixed position best on the tune half", fitted_on)):
        known = [example.critical_step for example in some if example.critical_step is not None]
        if known:
            place = Counter(known).most_common(1)[0][0]
            found[f"{which} ({place})"] = [min(place, length - 1) for length in lengths]
    return [Answers(name, None, tuple(steps)) for name, steps in found.items()]


def _events(example: Labelled) -> list[Event]:
    return [event(step, example.trajectory) for step in example.trajectory.steps]


def _usual(fitted_on: Sequence[Labelled]) -> dict[Event, Primary]:
    """The primary that is true most often where each event happened."""
    seen: dict[Event, Counter[Primary]] = {}
    for example in fitted_on:
        happened = _events(example)
        for truth in example.truths:
            if truth.primary is not None:
                seen.setdefault(happened[truth.index], Counter())[truth.primary] += 1
    return {one: tally.most_common(1)[0][0] for one, tally in seen.items()}


def _by_keywords(example: Labelled) -> tuple[Said, ...]:
    dossier = Dossier(example.trajectory)
    texts = {"action": dossier.action_texts, "observation": dossier.observation_texts}
    return tuple(
        next(
            (
                Said(primary)
                for primary, where, words in _KEYWORDS
                if re.search(words, texts[where][at], re.IGNORECASE)
            ),
            _NONE,
        )
        for at in range(len(example.trajectory.steps))
    )


def _repeats(example: Labelled) -> tuple[Said, ...]:
    """A repeated action is a loop; one that failed and was repeated is the environment's fault."""
    texts = Dossier(example.trajectory).action_texts
    steps = example.trajectory.steps
    found = []
    for at, text in enumerate(texts):
        failed = steps[at].observation is None or getattr(steps[at].observation, "failed", False)
        again = text in texts[at + 1 :]
        found.append(
            Said(
                "environment_fault" if failed and again else "none",
                overlays=("loop",) if text in texts[:at] else (),
            )
        )
    return tuple(found)


def _first_failed(example: Labelled) -> int | None:
    happened = _events(example)
    return next((at for at, one in enumerate(happened) if one != "none"), None)


def _first_repeat(example: Labelled) -> int | None:
    texts = Dossier(example.trajectory).action_texts
    return next((at for at, text in enumerate(texts) if text in texts[:at]), None)
