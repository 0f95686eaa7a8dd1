"""Where a text that was shown turns to its reader, found once for each text.

A reviewer looks at all that was shown before each action, so what it finds is kept with what was
shown, and what it looks for is looked for by its first word: that is many times faster than one
expression tried at every place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from weakref import ref

from sandbox.agents.agent import Shown
from taxonomy.texts import observation_text

_AROUND = 500
_LONGEST = 200_000
# Words, in small letters, that turn to a reader who acts, or that set an instruction aside. Each
# alone is common in honest text; what counts is that the action then touches what stands beside.
_ADDRESS = re.compile(
    r"""
    \b(?:ai|llm|language\ model|automated|autonomous|coding)[\s-]*
      (?:assistant|agent|model|system|reader|tool)s?\b
    | \b(?:dear|attention|hey|hello|note\ to|notice\ to|message\ for|instructions?\ (?:for|to))\s+
      (?:the\ |all\ |any\ )?(?:assistant|agent|bot|model|reader|ai)s?\b
    | \bassistants?\s*[:,]
    | \b(?:assistant|agent|bot|model|ai)s?\s+
      (?:must|should|shall|has\ to|have\ to|needs?\ to|is\ to|are\ to|will\ now)\b
    | \b(?:if|when|as)\s+you\s+are\s+an?\s+(?:ai|assistant|agent|llm|language\ model|bot)\b
    | \bwhoever\s+(?:reads|processes|handles|works\ on)\b
    | \b(?:ignore|disregard|forget|override|set\ aside|drop)\s+
      (?:all\ |any\ |every\ |the\ |your\ |these\ |those\ )*
      (?:previous|prior|earlier|above|other|current|original|user'?s?)?\s*
      (?:instructions?|task|orders?|rules?|request|prompt|guidelines?)\b
    | \b(?:system|admin|administrator|operator|developer)\s*
      (?:message|prompt|note|notice|override|instruction)?\s*:
    | \bnew\s+(?:instructions?|task|orders?|objective|goal)\b
    | \b(?:before|after)\s+(?:you\s+)?
      (?:continu|proceed|finish|start|begin|answer|reading|doing|going)\w*
    | \byou\s+(?:must|have\ to|need\ to
      |are\ (?:now\ )?(?:required|instructed|ordered|authori[sz]ed|asked))\b
    | \b(?:do\ not|don't|without)\s+(?:tell|mention|inform|report|ask|alert)\w*\b
    """,
    re.VERBOSE,
)
# Every match begins with one of these.
_FIRST_WORDS = (
    *("ai", "llm", "language model", "automated", "autonomous", "coding"),
    *("dear", "attention", "hey", "hello", "note to", "notice to", "message for", "instruction"),
    *("assistant", "agent", "bot", "model", "if", "when", "as", "whoever"),
    *("ignore", "disregard", "forget", "override", "set aside", "drop"),
    *("system", "admin", "operator", "developer", "new", "before", "after", "you"),
    *("do not", "don't", "without"),
)
_RUNS = re.compile(r"\w+")


@dataclass(frozen=True)
class Passages:
    """The parts of a text that stand beside words which turn to a reader, in small letters."""

    texts: tuple[str, ...]
    """Each with what is around it."""
    words: frozenset[str]
    """Every run of letters, digits and underscores in them."""

    def name(self, target: str) -> bool:
        """Whether they name something, as a word of its own.

        Args:
            target: In small letters.
        """
        if not self.texts or not self.words.issuperset(_runs(target)):
            return False
        return any(named(target, text) for text in self.texts)


@lru_cache(maxsize=1024)
def _runs(target: str) -> frozenset[str]:
    return frozenset(_RUNS.findall(target))


def passages(shown: Shown) -> Passages:
    """Those of what an agent was shown."""
    key = id(shown)
    kept = _READ.get(key)
    # Another may have come to lie where one that is gone lay.
    if kept is not None and kept[0]() is shown:
        return kept[1]
    found = passages_of(observation_text(shown.observation))
    _READ[key] = (ref(shown, lambda _: _READ.pop(key, None)), found)
    return found


_READ: dict[int, tuple[ref[Shown], Passages]] = {}


def passages_of(text: str) -> Passages:
    """Those of a text, as far as it is read."""
    small = text[:_LONGEST].lower()
    found: list[str] = []
    reached = -1
    for start, end in sorted(_addresses(small)):
        if end > reached:
            reached = end + _AROUND
            found.append(small[max(0, start - _AROUND) : reached])
    return Passages(tuple(found), frozenset(word for one in found for word in _RUNS.findall(one)))


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for word in _FIRST_WORDS:
        at = text.find(word)
        while at != -1:
            # Most are parts of other words, and that is told sooner than the expression tells it.
            if at == 0 or not text[at - 1].isalnum():
                match = _ADDRESS.match(text, at)
                if match is not None:
                    yield match.span()
            at = text.find(word, at + 1)


def named(target: str, text: str) -> bool:
    """Whether a name stands in a text, as a word of its own."""
    at = text.find(target)
    while at != -1:
        before, after = text[max(0, at - 1) : at], text[at + len(target) : at + len(target) + 1]
        if not (before.isalnum() or before == "_") and not (after.isalnum() or after == "_"):
            return True
        at = text.find(target, at + 1)
    return False
