"""What a change of rules does to verdicts: every way in which one can shift, with an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from episodes.decisions import Verdict
from policies.analysis.inclusion import BUDGET, exception
from policies.automaton import Automaton, Field, Row, decoded
from policies.patterns import Kind, parse_pattern, quoted

SHIFTS: tuple[tuple[Verdict, Verdict], ...] = (
    ("deny", "allow"),
    ("ask", "allow"),
    ("deny", "ask"),
    ("allow", "ask"),
    ("allow", "deny"),
    ("ask", "deny"),
)
"""From what to what a verdict can change, the widest first."""

_TRIES = 12

Fields = tuple[str | None, ...]
"""A text's fields; None is a word that is not known."""


class Rules(NamedTuple):
    """Rows of patterns by their effect; deny over ask over allow, and deny where none matches."""

    allow: tuple[Row, ...] = ()
    ask: tuple[Row, ...] = ()
    deny: tuple[Row, ...] = ()


class Shift(NamedTuple):
    """One way in which a verdict changes."""

    before: Verdict
    after: Verdict
    fields: Fields | None
    """A shortest text for which it does; None where the search gave up or found none that the
    engine agrees on."""


Confirm = Callable[[Fields, Verdict, Verdict], bool]
"""Whether the engine gives these two verdicts for a text, before and after."""


class _Region(NamedTuple):
    """The texts that some rows match, all of `inside` and none of `outside`."""

    inside: tuple[tuple[Row, ...], ...]
    outside: tuple[Row, ...]


def shifts(
    old: Rules,
    new: Rules,
    kinds: Sequence[Kind],
    confirm: Confirm,
    valid: Sequence[Row] = (),
    budget: int = BUDGET,
) -> Iterator[Shift]:
    """Finds every way in which verdicts change, over all texts.

    Args:
        old: The rules before.
        new: The rules after.
        kinds: What the fields of a text are; any further ones are as the last.
        confirm: Asks the engine about a text that was found.
        valid: Rows of which a text matches one, or it is no action at all.
        budget: As `exception`.

    Yields:
        For each row that lets a verdict change a shift: with a shortest text, on which the engine
        agrees, or without one where that is not known. Nothing if no verdict can change.
    """
    if tuple(map(set, old)) == tuple(map(set, new)):
        return
    for before, after in SHIFTS:
        for one in _regions(old, before):
            for other in _regions(new, after):
                widened = after == "allow" or before == "deny"
                first, second = (other, one) if widened else (one, other)
                inside = (*first.inside, *second.inside)
                outside = (*first.outside, *second.outside)
                for fields in _texts(inside, outside, kinds, valid, budget, before, after, confirm):
                    yield Shift(before, after, fields)


def _regions(rules: Rules, verdict: Verdict) -> tuple[_Region, ...]:
    if verdict == "allow":
        return (_Region((rules.allow,), (*rules.ask, *rules.deny)),)
    if verdict == "ask":
        return (_Region((rules.ask,), rules.deny),)
    return (_Region((), (*rules.allow, *rules.ask)), _Region((rules.deny,), ()))


def _texts(
    inside: tuple[tuple[Row, ...], ...],
    outside: tuple[Row, ...],
    kinds: Sequence[Kind],
    valid: Sequence[Row],
    budget: int,
    before: Verdict,
    after: Verdict,
    confirm: Confirm,
) -> Iterator[Fields | None]:
    covered = set(outside)
    if any(covered.issuperset(rows) for rows in inside):
        return
    without = Automaton(outside)
    others = [Automaton(rows) for rows in inside[1:]]
    if valid:
        others.append(Automaton(valid))
    for row in dict.fromkeys(inside[0]):
        if row in covered:
            continue
        excluded: list[Row] = []
        for _ in range(_TRIES):
            except_for = Automaton([*outside, *excluded]) if excluded else without
            answer = exception([Automaton([row]), *others], except_for, budget)
            if answer.outcome == "covered" and not excluded:
                break
            if answer.outcome != "witness":
                yield None
                break
            fields = decoded(answer.witness, kinds)
            if confirm(fields, before, after):
                yield fields
                break
            # The engine sees more than rows: what a program runs, or that a text is no URL.
            excluded.append(_only(fields, kinds))
        else:
            yield None


def _only(fields: Fields, kinds: Sequence[Kind]) -> Row:
    made: tuple[Field, ...] = tuple(
        "unknown" if text is None else (parse_pattern(quoted(text), _kind(kinds, at)),)
        for at, text in enumerate(fields)
    )
    return Row(made)


def _kind(kinds: Sequence[Kind], at: int) -> Kind:
    return kinds[min(at, len(kinds) - 1)]
