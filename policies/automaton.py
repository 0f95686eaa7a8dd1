"""Sets of patterns as one automaton: which of thousands match a text, in one pass over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from policies.patterns import END, UNKNOWN, Characters, Choice, Item, Kind, Pattern, Repeat, checked

Field = Sequence[Pattern] | Literal["unknown"]
"""Patterns, one of which has to match a field of the text; or a word that is not known."""

_REMEMBERED = 500_000
_MOST_WORK = 1_000_000
_EMPTY: frozenset[int] = frozenset()


class Row(NamedTuple):
    """One rule's patterns: for each field of a text, in order."""

    fields: tuple[Field, ...]
    """What each field has to match."""
    rest: Kind | None = None
    """What further fields may follow, any number of them; none where absent."""


class Automaton:
    """Rows of patterns, compiled together; a text matches any number of them.

    Beginnings that rows share are states that they share, so ten thousand hosts cost as much to
    look up as one.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.plain: list[dict[str, int]] = [{}]
        """For each state, where one character leads."""
        self.wide: list[list[tuple[Characters, int]]] = [[]]
        """For each state, where sets of characters lead."""
        self._free: list[list[int]] = [[]]
        self._rows: list[list[int]] = [[]]
        self._made: dict[tuple[int, Characters, bool], int] = {}
        self.count = 0
        """How many rows there are."""
        self.labels: set[Characters] = set()
        """Every set of characters on the way."""
        for row in rows:
            self._row(row)
        self.start = self.closed([0])
        """The states before anything was read."""
        self._known: dict[frozenset[int], dict[str, frozenset[int]]] = {}
        self._remembered = 0

    def closed(self, states: Iterable[int]) -> frozenset[int]:
        """These states, and those that are reached from them without reading."""
        found = set(states)
        waiting = list(found)
        while waiting:
            for target in self._free[waiting.pop()]:
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return frozenset(found)

    def after(self, states: frozenset[int], character: str) -> frozenset[int]:
        """The states after one more character."""
        steps = self._known.get(states)
        if steps is None:
            # Bounded: texts come from those who are judged, and sets can be large.
            self._remembered += 1 + len(states)
            if self._remembered > _REMEMBERED:
                self._known.clear()
                self._remembered = 1 + len(states)
            steps = self._known[states] = {}
        following = steps.get(character)
        if following is None:
            reached: set[int] = set()
            for state in states:
                plain = self.plain[state].get(character)
                if plain is not None:
                    reached.add(plain)
                for label, target in self.wide[state]:
                    if label.has(character):
                        reached.add(target)
            following = steps[character] = self.closed(reached) if reached else _EMPTY
        return following

    def rows(self, states: Iterable[int]) -> tuple[int, ...]:
        """The rows that match if the text ends here, by their number."""
        found = {row for state in states for row in self._rows[state]}
        return tuple(sorted(found))

    def match(self, text: str) -> tuple[int, ...]:
        """The rows that match a text, as `encoded` writes it.

        Raises:
            ValueError: It takes more steps than any honest patterns need; a hostile file can have
                as many states at a time as it has characters.
        """
        states, work = self.start, 0
        for character in text:
            states = self.after(states, character)
            if not states:
                return ()
            work += len(states)
            if work > _MOST_WORK:
                raise ValueError("the patterns take too long to match this text; write fewer")
        return self.rows(states)

    def _state(self) -> int:
        self.plain.append({})
        self.wide.append([])
        self._free.append([])
        self._rows.append([])
        return len(self.plain) - 1

    def _row(self, row: Row) -> None:
        states = [0]
        for field in row.fields:
            ends: list[int] = []
            for state in states:
                if field == "unknown":
                    ends.append(self._one(state, UNKNOWN))
                else:
                    for pattern in field:
                        assert isinstance(pattern, Pattern)
                        ends.append(self._sequence(state, pattern.items))
            states = [self._joined([self._one(end, END) for end in dict.fromkeys(ends)])]
        if row.rest is not None:
            states = [self._further(state, row.rest) for state in states]
        for state in states:
            self._rows[state].append(self.count)
        self.count += 1

    def _joined(self, states: Sequence[int]) -> int:
        return states[0] if len(states) == 1 else self._joint(states)

    def _joint(self, states: Sequence[int]) -> int:
        joint = self._state()
        for state in states:
            self._free[state].append(joint)
        return joint

    def _sequence(self, state: int, items: tuple[Item, ...]) -> int:
        for item in items:
            if isinstance(item, str):
                state = self._one(state, item)
            elif isinstance(item, Repeat):
                state = self._repeat(state, item.characters)
            elif isinstance(item, Choice):
                state = self._joined([self._sequence(state, part) for part in item.of])
            else:
                state = self._single(state, item)
        return state

    def _one(self, state: int, character: str) -> int:
        # Shared, as in the next two: whoever comes here has read the same items from the start.
        target = self.plain[state].get(character)
        if target is None:
            target = self.plain[state][character] = self._state()
        return target

    def _repeat(self, state: int, characters: Characters) -> int:
        loop = self._made.get((state, characters, True))
        if loop is None:
            loop = self._made[state, characters, True] = self._joint([state])
            self._step(loop, characters, loop)
        return loop

    def _single(self, state: int, characters: Characters) -> int:
        target = self._made.get((state, characters, False))
        if target is None:
            target = self._made[state, characters, False] = self._state()
            self._step(state, characters, target)
        return target

    def _further(self, state: int, kind: Kind) -> int:
        """Any number of whole fields, those that are not known among them."""
        whole, within = self._joint([state]), self._state()
        self._step(whole, kind.alphabet, within)
        self._step(within, kind.alphabet, within)
        self.plain[whole][END] = self.plain[within][END] = whole
        self.plain[self._one(whole, UNKNOWN)][END] = whole
        return whole

    def _step(self, state: int, characters: Characters, target: int) -> None:
        self.labels.add(characters)
        self.wide[state].append((characters, target))


def encoded(fields: Iterable[tuple[str | None, Kind]]) -> str:
    """Writes fields as the one text that an automaton reads; None is a word that is not known.

    Raises:
        ValueError: A field holds a character that has no business there.
    """
    parts: list[str] = []
    for text, kind in fields:
        if text is None:
            parts.append(UNKNOWN)
        else:
            parts.append(checked(text, kind)[::-1] if kind.backwards else checked(text, kind))
        parts.append(END)
    return "".join(parts)


def decoded(text: str, kinds: Sequence[Kind]) -> tuple[str | None, ...]:
    """The fields of an encoded text; those past the last kind are of the last one."""
    fields: list[str | None] = []
    for at, part in enumerate(text.split(END)[:-1]):
        kind = kinds[min(at, len(kinds) - 1)]
        fields.append(None if part == UNKNOWN else part[::-1] if kind.backwards else part)
    return tuple(fields)
