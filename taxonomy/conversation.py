"""Where a conversation of several agents went wrong: what was said, what came of it, who spoke."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from math import exp

from episodes.trajectory import Trajectory
from taxonomy.dossier import Dossier

_MADE_UP = re.compile(
    r"placeholder|simulat|hypothetical|\bmock|\bassum|for example|example (?:data|video|value)"
    r"|your_|dummy|fictional",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?\s*$|please (?:provide|share|let)|could you|can you", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\banswer\b|therefore|\bthus\b|the result is|is:\s|conclude that|findings", re.IGNORECASE
)
_AGREES = re.compile(
    r"\bI (?:also )?(?:agree|confirm|concur)|\bagreed\b|everyone agrees|conclude (?:the|this)"
    r"|finali[sz]e",
    re.IGNORECASE,
)
_FAILED = re.compile(r"Traceback|Error|exit code [1-9]")
_NOTHING = re.compile(
    r"\s*(?:\[\]|\{\}|None|0)?\s*exit code 0\s*$"
    r"|.{0,150}?\b(?:not found|could not|no (?:\w+ ){0,3}(?:found|data|results?|information)\b)",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING_RUN = "There is no code"
_OVER = "TERMINATE"
_FACT = re.compile(r"\d[\d.,:]*\d|\b[A-Z][\w-]{2,}")
_SHORT = 60
_BRIEF = 200
_MANY = 5

SIGNS: dict[str, int] = {
    "failed or showed nothing": 1,
    "was got over": -1,
    "made up": 1,
    "first to answer": 1,
    "says what others go by": 1,
    "was given the task": 1,
    "only states the task": -1,
    "asks": -1,
    "agrees": -1,
    "nothing to run": -1,
    "ends it": -1,
}
"""Whether each speaks for a step's being the mistake, or against it."""

WEIGHT = 1.0
"""What each of them weighs, in nats: all the same. `benchmarks/fit_conversation.py` shows that
weights of their own, fitted on as few logs as there are, are worse on logs that they have not seen.
"""

Signs = tuple[float, ...]
"""How far each of `SIGNS` holds of a step, in [0, 1], in their order."""


def is_conversation(trajectory: Trajectory) -> bool:
    """Whether several agents acted."""
    return len({step.provenance.agent for step in trajectory.steps} - {None}) > 1


def shares(trajectory: Trajectory) -> tuple[float, ...]:
    """For each step, how probable it is that a failed conversation went wrong there first.

    Nothing is looked at but words and what came back: no model of language reads them. The
    probabilities sum to one.
    """
    powers = [exp(WEIGHT * score(some)) for some in signs(trajectory)]
    total = sum(powers)
    return tuple(power / total for power in powers)


def score(some: Signs) -> float:
    """What speaks for a step less what speaks against it."""
    return sum(way * how_far for way, how_far in zip(SIGNS.values(), some, strict=True))


def signs(trajectory: Trajectory) -> Iterator[Signs]:
    """What holds of each step, in order."""
    dossier = Dossier(trajectory)
    steps, seen = dossier.steps, dossier.observation_texts
    texts = [
        f"{step.provenance.said} {did}"
        for step, did in zip(steps, dossier.action_texts, strict=True)
    ]
    says = [step.index > 0 and step.action.kind == "say" for step in steps]
    answers = (at for at, text in enumerate(texts) if says[at] and _ANSWERS.search(text))
    first_answer = next(answers, None)
    failed = [_failed(text) for text in seen]
    names = {step.provenance.agent or "" for step in steps} | {_OVER}
    carried = _carried(names | _facts(trajectory.started.instruction), texts, seen)
    for at, (step, text) in enumerate(zip(steps, texts, strict=True)):
        later = (one for one in failed[at + 1 :] if one is not None)
        yield (
            failed[at] is True,
            failed[at] is True and not next(later, True),
            at > 0 and bool(_MADE_UP.search(text)),
            at == first_answer,
            min(carried[at], _MANY) / _MANY if at else 0.0,
            at > 0 and step.provenance.agent == steps[0].provenance.agent,
            at == 0 and step.action.kind == "say",
            says[at] and bool(_ASKS.search(text[-250:])),
            says[at] and bool(_AGREES.search(text)),
            _NOTHING_RUN in seen[at],
            _OVER in text or len(text) < _SHORT,
        )


def _failed(seen: str) -> bool | None:
    """Whether what was run failed or showed nothing; absent where nothing was run."""
    if not seen or _NOTHING_RUN in seen:
        return None
    return bool(_FAILED.search(seen) or (len(seen) < _BRIEF and _NOTHING.match(seen)))


def _facts(text: str) -> set[str]:
    """Numbers and names."""
    return set(_FACT.findall(text))


def _carried(known: Set[str], texts: Sequence[str], seen: Sequence[str]) -> list[int]:
    """How many facts of each step nobody had said or seen before, and a later step says again."""
    facts = [_facts(text) for text in texts]
    last = {fact: at for at, some in enumerate(facts) for fact in some}
    found, known = [], set(known)
    for at, (some, shown) in enumerate(zip(facts, seen, strict=True)):
        found.append(sum(last[fact] > at for fact in some - known))
        known |= some | _facts(shown)
    return found
