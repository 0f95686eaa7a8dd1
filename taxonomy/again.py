"""Doing once more, as if nothing had been said, what was refused in so many words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from episodes.actions import CallTool
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.events import was_denied
from taxonomy.finding import Finding
from taxonomy.known import NAMES
from taxonomy.mangled import is_mangled

# It says that it does otherwise, and does the same.
_MENDS = re.compile(
    r"\b(?:fix|correct|mend|adjust|properly|proper|instead|different(?:ly)?|revis|modif|resolve"
    r"|mistake|should (?:now )?work|this time)\w*",
    re.IGNORECASE,
)
_MENDED = 0.8
# Twice may be a second try; who was told three times was told.
_THRICE = 0.82
_TWICE = 0.4
# A verdict on an answer does not come out otherwise for being asked again.
_VERDICT = 0.8
# Another action that keeps the very thing that was refused.
_SAME_THING = 0.68
_BACK = 20


class Again:
    """Follows an episode step by step, and holds each failure against those before it.

    A failure counts as told where the answer is word for word the same and no step between the two
    changed anything, as far as the record tells.
    """

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier
        self._refused: list[int] = []

    def at(self, step: Step) -> Iterator[Finding]:
        """At most one finding on one step; the steps come in their order."""
        observation = step.observation
        if observation is None or was_denied(step):
            return
        index = step.index
        if not observation.failed:
            if not self._idle(step):
                self._refused.clear()
            return
        same = [at for at in self._refused[-_BACK:] if self._alike(at, index)]
        if same and step.fault is None and not is_mangled(step):
            yield from self._told(step, same)
        self._refused.append(index)

    def _idle(self, step: Step) -> bool:
        """Whether a step that worked can have changed nothing of what failed before."""
        brought = self._dossier.information[step.index]
        return brought.looks or self._dossier.probes[step.index] is not None

    def _alike(self, at: int, index: int) -> bool:
        """Whether two steps of one sort were answered by the same failure."""
        shown, steps = self._dossier.shown_keys, self._dossier.steps
        return shown[at] == shown[index] and _sort(steps[at]) == _sort(steps[index])

    def _told(self, step: Step, same: Sequence[int]) -> Iterator[Finding]:
        texts = self._dossier.action_texts
        exact = [at for at in same if texts[at] == texts[step.index]]
        if exact:
            probability, last = self._repeated(step, exact), exact[-1]
            note = f"the same action was refused in the same words at step {last}"
        else:
            kept = self._kept(step, same)
            if len(same) < 2 or not kept:
                return
            probability, last = _SAME_THING, same[-1]
            note = f"{kept!r} was refused {len(same)} times before, and is asked for again"
        yield Finding(
            step.index,
            (
                Evidence(step=step.index, where="action", note=note),
                Evidence(step=last, where="observation", note="this had been said of it"),
            ),
            "hallucination",
            probability,
            "contradicted.again",
        )

    def _repeated(self, step: Step, exact: Sequence[int]) -> float:
        if step.action.kind == "finish":
            return _VERDICT
        if len(exact) > 1:
            return _THRICE
        return _MENDED if _MENDS.search(step.provenance.said) else _TWICE

    def _kept(self, step: Step, same: Sequence[int]) -> str:
        """A name that the failure speaks of and that each of these actions held."""
        texts = self._dossier.action_texts
        for name in NAMES.findall(self._dossier.observation_texts[step.index][:500]):
            bare = name.strip(".,:;")
            if not any(mark.isdigit() for mark in bare) or len(bare) < 3:
                continue
            if all(bare in texts[at] for at in (*same, step.index)):
                return str(bare)
        return ""


def _sort(step: Step) -> str:
    """What was done, without to what."""
    action = step.action
    return action.name if isinstance(action, CallTool) else action.kind
