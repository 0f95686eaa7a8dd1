"""Whether some patterns cover others, for all texts: by search, with the shortest exception."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Literal

from policies.automaton import Automaton
from policies.patterns import END, UNKNOWN, Characters

BUDGET = 200_000
"""How many pairs of states a search looks at before it gives up; a large set counts for several."""

_LARGE = 64

# A witness is read by people: plain letters stand for whatever a wildcard takes.
_PREFERRED = "xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
_ORDER = {letter: at for at, letter in enumerate(_PREFERRED)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found."""

    outcome: Literal["covered", "witness", "unknown"]
    """`unknown` where the budget ran out first."""
    witness: str = ""
    """A shortest text that is not covered, as `encoded` writes it."""
    looked_at: int = 0
    """How many pairs of states it took."""


@dataclass(frozen=True, slots=True)
class _Node:
    inside: tuple[int, ...]
    outside: frozenset[int]
    before: _Node | None
    character: str

    def text(self) -> str:
        parts: list[str] = []
        node: _Node | None = self
        while node is not None:
            parts.append(node.character)
            node = node.before
        return "".join(reversed(parts))


def exception(
    inside: Sequence[Automaton], outside: Automaton | None = None, budget: int = BUDGET
) -> Answer:
    """Looks for a shortest text that all of `inside` match and `outside` does not.

    A breadth-first search over the states of `inside` and, determinised as it goes, the sets of
    states of `outside` (an antichain of them: De Wulf et al., CAV 2006, section 3). A pair whose
    set holds all of an earlier one's can show nothing new, and is left out; what is left is
    looked at in the order of length, so the first text found is a shortest one.

    Args:
        inside: At least one; a text has to match some row of each.
        outside: A text may match no row of it; nothing is left out where absent.
        budget: How many pairs to look at.
    """
    reference = outside or Automaton(())
    letters = _letters([*inside, reference])
    seen: dict[tuple[int, ...], list[frozenset[int]]] = {}
    waiting: deque[_Node] = deque()

    def offer(
        states: tuple[int, ...], without: frozenset[int], before: _Node | None, by: str
    ) -> None:
        known = seen.setdefault(states, [])
        if any(earlier <= without for earlier in known):
            return
        known.append(without)
        waiting.append(_Node(states, without, before, by))

    for states in product(*(automaton.start for automaton in inside)):
        offer(states, reference.start, None, "")
    steps = [_Steps(automaton, letters) for automaton in inside]
    looked_at = 0
    while waiting:
        node = waiting.popleft()
        looked_at += 1 + len(node.outside) // _LARGE
        if looked_at > budget:
            return Answer("unknown", looked_at=looked_at)
        if not reference.rows(node.outside) and all(
            automaton.rows((state,)) for automaton, state in zip(inside, node.inside, strict=True)
        ):
            return Answer("witness", node.text(), looked_at)
        for letter in steps[0].leaving(node.inside[0]):
            after = [step.after(at, letter) for step, at in zip(steps, node.inside, strict=True)]
            if all(after):
                without = reference.after(node.outside, letter)
                for states in product(*after):
                    offer(states, without, node, letter)
    return Answer("covered", looked_at=looked_at)


class _Steps:
    """One automaton's steps from single states, each looked up once a search."""

    def __init__(self, automaton: Automaton, letters: dict[Characters, tuple[str, ...]]) -> None:
        self._automaton = automaton
        self._letters = letters
        self._leaving: dict[int, tuple[str, ...]] = {}
        self._after: dict[tuple[int, str], tuple[int, ...]] = {}

    def leaving(self, state: int) -> tuple[str, ...]:
        """The letters by which a state can be left."""
        known = self._leaving.get(state)
        if known is None:
            found = set(self._automaton.plain[state])
            for label, _ in self._automaton.wide[state]:
                found.update(self._letters[label])
            known = self._leaving[state] = tuple(
                sorted(found, key=lambda letter: (_ORDER.get(letter, len(_ORDER)), letter))
            )
        return known

    def after(self, state: int, letter: str) -> tuple[int, ...]:
        """The states after a letter."""
        known = self._after.get((state, letter))
        if known is None:
            reached = self._automaton.after(frozenset((state,)), letter)
            known = self._after[state, letter] = tuple(sorted(reached))
        return known


def _letters(automata: Sequence[Automaton]) -> dict[Characters, tuple[str, ...]]:
    """For each set of characters, one of each kind that no automaton here tells apart."""
    labels = {label for automaton in automata for label in automaton.labels}
    singles = {
        letter
        for automaton in automata
        for steps in automaton.plain
        for letter in steps
        if letter not in (END, UNKNOWN)
    }
    cuts = {ord(single) + more for single in singles for more in (0, 1)}
    for label in labels:
        for first, last in label.ranges:
            cuts |= {first, last + 1}
    edges = sorted(cuts)
    chosen = [(low, _readable(low, high - 1)) for low, high in pairwise(edges)]
    # Between two cuts all characters are alike, so that the first one speaks for them.
    return {
        label: tuple(
            letter
            for low, letter in chosen
            if any(first <= low <= last for first, last in label.ranges)
        )
        for label in labels
    }


def _readable(low: int, high: int) -> str:
    return next((letter for letter in _PREFERRED if low <= ord(letter) <= high), chr(low))
