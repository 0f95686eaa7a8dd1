"""What an answer or a message claims, against what was observed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.actions import Finish, Say
from episodes.observations import CommandResult
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.texts import span_of

_SUCCESS = re.compile(
    r"\b(?:(?:all|the|every)\s+(?:\w+\s+)?tests?\s+(?:now\s+)?(?:pass|passed|passing|succeed)"
    r"|tests?\s+pass(?:es|ed|ing)?|pass(?:es|ed)\b|build\s+(?:succeed|succeeds|succeeded|works)"
    r"|success(?:ful|fully)?|works?\b(?:\s+now)?|fixed|mended|done|completed?|verified|resolved"
    r"|as\s+(?:asked|instructed|required)|in\s+place)\b",
    re.IGNORECASE,
)
_ADMITS = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|could\s+not|couldn't|cannot|can't|unable|gave\s+up|not\s+(?:able|"
    r"sure|pass|work)\w*|still|partial|unverified|error|did\s+not|didn't|denied|missing)\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")
_LEANS_ON = re.compile(
    r"(?<![\w/:.-])(?:\w*[A-Za-z]{3}[\w.-]*(?:/[\w.-]*[A-Za-z]{2}\w*)+|v\d+(?:\.\d+)+)\b"
)
_EITHER = frozenset(
    ("and/or", "yes/no", "true/false", "either/or", "pass/fail", "read/write", "input/output")
)
_LONGEST = 2_000
_TESTED = 0.9
_CLAIMED = 0.75
_UNCHECKED = 0.45
_NUMBER = 0.62
# In a talk numbers are reckoned from many more than the last observations.
_RECKONED = 0.4
_MOST = 40
_NOWHERE = ("unknown", "refuted", "near")
_SOURCE = 0.8
# What is said to somebody may come from what only that somebody knows.
_SAID = 0.5


class Claims:
    """Follows an episode step by step, and holds each claim against what came before it."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier
        self._failed: int | None = None
        self._changed = False
        self._last: list[int] = []
        self._agents = {step.provenance.agent for step in dossier.steps}

    def at(self, step: Step) -> Iterator[Finding]:
        """Findings on one step; the steps come in their order."""
        text = _claimed(step)
        if text:
            yield from self._success(step, text)
            yield from self._numbers(step)
            yield from self._sources(step)
        else:
            self._follow(step)

    def _follow(self, step: Step) -> None:
        observation = step.observation
        if observation is None or observation.kind == "denied":
            return
        index = step.index
        looks = self._dossier.information[index].looks
        if observation.failed:
            # That a look finds nothing is no failure that a claim could contradict.
            if not looks and self._dossier.probes[index] is None:
                self._failed, self._changed = index, False
        elif not looks:
            if self._failed is not None and self._same(index, self._failed):
                self._failed = None
            self._changed = True
        self._last = [*self._last[-2:], index]

    def _same(self, one: int, other: int) -> bool:
        texts = self._dossier.action_texts
        return texts[one] == texts[other] or texts[other] in texts[one]

    def _success(self, step: Step, text: str) -> Iterator[Finding]:
        said = _SUCCESS.search(text)
        if said is None or self._failed is None or _ADMITS.search(text):
            return
        tested = "test" in said.group().lower() or "pass" in said.group().lower()
        strength = _UNCHECKED if self._changed else _TESTED if tested else _CLAIMED
        if isinstance(step.action, Say):
            # In a talk the word of success may be about anything.
            strength = min(strength, _UNCHECKED)
        kind = "contradicted.unchecked" if self._changed else "contradicted.success"
        whole = self._dossier.action_texts[step.index]
        shown = self._dossier.steps[self._failed].observation
        code = shown.exit_code if isinstance(shown, CommandResult) else None
        how = "reported a failure" if code is None else f"ended with exit code {code}"
        since = "; what was changed since was not tried" if self._changed else ""
        yield Finding(
            step.index,
            (
                Evidence(
                    step=step.index,
                    where="action",
                    span=span_of(said.group(), whole),
                    note="success is claimed",
                ),
                Evidence(step=self._failed, where="observation", note=f"the last try {how}{since}"),
            ),
            "hallucination",
            strength,
            kind,
        )

    def _sources(self, step: Step) -> Iterator[Finding]:
        """A file, address or name that a claim rests on and that nobody has seen."""
        for ground in self._dossier.grounds[step.index]:
            kind = ground.reference.kind
            if kind not in ("path", "url", "identifier") or ground.status not in _NOWHERE:
                continue
            whole = self._dossier.action_texts[step.index]
            text = ground.reference.text
            if text in self._agents:
                # Who is spoken to is there.
                continue
            evidence = Evidence(
                step=step.index,
                where="action",
                span=span_of(text, whole),
                note=f"{text!r} is named in a claim and was seen nowhere before",
            )
            strength = _SOURCE if isinstance(step.action, Finish) else _SAID
            yield Finding(step.index, (evidence,), "hallucination", strength, "invented.claim")
            return
        if isinstance(step.action, Finish):
            yield from self._vouched(step, step.action.answer or "")

    def _vouched(self, step: Step, answer: str) -> Iterator[Finding]:
        """A folder or a version that an answer leans on, and that stands nowhere before it."""
        for found in _LEANS_ON.finditer(answer[:_LONGEST]):
            text = found.group()
            if text.lower() in _EITHER or self._stands(text, step.index):
                continue
            evidence = Evidence(
                step=step.index,
                where="action",
                span=span_of(text, self._dossier.action_texts[step.index]),
                note=f"{text!r} is named in the answer and was seen nowhere before",
            )
            yield Finding(step.index, (evidence,), "hallucination", _SOURCE, "invented.claim")
            return

    def _stands(self, text: str, before: int) -> bool:
        dossier = self._dossier
        return text in dossier.trajectory.started.instruction or any(
            text in dossier.observation_texts[at] or text in dossier.action_texts[at]
            for at in range(before)
        )

    def _numbers(self, step: Step) -> Iterator[Finding]:
        """A number in a claim that was not observed and does not come of what was."""
        if not self._last:
            return
        for ground in self._dossier.grounds[step.index]:
            if ground.reference.kind != "number" or ground.status == "known":
                continue
            value = _value(ground.reference.text)
            if value is None or self._derived(value):
                continue
            whole = self._dossier.action_texts[step.index]
            text = ground.reference.text
            last = self._last[-1]
            yield Finding(
                step.index,
                (
                    Evidence(
                        step=step.index,
                        where="action",
                        span=span_of(text, whole),
                        note=f"{text} was observed nowhere, and is no sum or count of what was",
                    ),
                    Evidence(step=last, where="observation", note="the last values observed"),
                ),
                "hallucination",
                _NUMBER if isinstance(step.action, Finish) else _RECKONED,
                "contradicted.value",
            )
            return

    def _derived(self, value: float) -> bool:
        """Whether it is a count, a sum, a difference, a ratio or a share of what was last seen."""
        for at in self._last:
            text = self._dossier.observation_texts[at]
            seen = [found for found in map(_value, _NUMBERS.findall(text)[:_MOST]) if found]
            if value in (len(text.splitlines()), len(seen)) or _close(value, sum(seen)):
                return True
            for one in seen:
                for other in seen:
                    if _close(value, one + other, one - other, one * other, one / other):
                        return True
                    if _close(value, 100 * one / other):
                        return True
        return False


def _claimed(step: Step) -> str:
    if isinstance(step.action, Finish):
        return step.action.answer or ""
    return step.action.text if isinstance(step.action, Say) else ""


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _close(value: float, *others: float) -> bool:
    return any(abs(value - other) <= 0.005 * max(abs(other), 1e-9) for other in others)
