"""Field by field, which of two policies allows more, as the fields' declared directions tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from episodes.record import Record
from policies.direction import Direction, direction


class Width(NamedTuple):
    """One field, or one entry of a list, in which two policies differ."""

    field: str
    """The field's place, as `files.write`."""
    before: Any
    """What was there; None where nothing was."""
    after: Any
    """What is there; None where nothing is."""
    wider: bool
    """Whether the later one allows more by it."""
    narrower: bool
    """Whether it allows less by it; both where its parts pull apart."""


def widths(old: Record, new: Record, place: str = "") -> Iterator[Width]:
    """Finds the fields in which two parts of a policy differ.

    Args:
        old: The part as it was.
        new: The part as it is, of the same model.
        place: What its fields are called by.

    Yields:
        A width for each number or choice that changed, and for each entry that a list lost or
        gained. Fields with the direction `rule` are left to the engine, and `neutral` ones out.
    """
    model = type(old)
    for name, field in model.model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        said = direction(model, name)
        if before == after or said in ("neutral", "rule"):
            continue
        where = f"{place}.{name}" if place else name
        if said == "parts":
            yield from widths(before, after, where)
        elif said in ("more", "fewer") and isinstance(before, tuple) and isinstance(after, tuple):
            yield from _entries(before, after, where, said)
        else:
            wider = _wider(before, after, said, field.annotation)
            yield Width(where, before, after, wider, not wider)


def compared(old: Record, new: Record) -> tuple[bool, bool]:
    """Whether `new` allows more than `old` by some field, and less by some."""
    wider = narrower = False
    for name, field in type(old).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        said = direction(type(old), name)
        if before == after or said == "neutral":
            continue
        if said == "rule":
            # Which of the two is wider takes the engine to tell; it may be either.
            return True, True
        if said == "parts":
            one, other = compared(before, after)
            wider, narrower = wider or one, narrower or other
        elif isinstance(before, tuple) and isinstance(after, tuple):
            lost, gained = set(before) - set(after), set(after) - set(before)
            wider = wider or bool(gained if said == "more" else lost)
            narrower = narrower or bool(lost if said == "more" else gained)
        elif _wider(before, after, said, field.annotation):
            wider = True
        else:
            narrower = True
    return wider, narrower


def _entries(
    before: tuple[Any, ...], after: tuple[Any, ...], where: str, said: Direction
) -> Iterator[Width]:
    """What a list lost and gained; a part that some other holds as tightly is not missed."""
    more = said == "more"
    for entry in dict.fromkeys(before):
        held = entry in after or (not more and any(_as_tight(other, entry) for other in after))
        if not held:
            nearest = _nearest(entry, after)
            yield Width(where, entry, nearest, wider=not more, narrower=more)
    for entry in dict.fromkeys(after):
        held = entry in before or (not more and any(_as_tight(other, entry) for other in before))
        if not held:
            nearest = _nearest(entry, before)
            yield Width(where, nearest, entry, wider=more, narrower=not more)


def _as_tight(one: Any, other: Any) -> bool:
    return isinstance(one, Record) and isinstance(other, Record) and not compared(other, one)[0]


def _nearest(entry: Any, others: tuple[Any, ...]) -> Any:
    """The part of the same id in the other list, which a reader will want to see beside it."""
    name = getattr(entry, "id", None)
    return next((other for other in others if name and getattr(other, "id", None) == name), None)


def _wider(before: Any, after: Any, said: Direction, annotation: Any) -> bool:
    if before is None or after is None:
        # An absent bound bounds nothing.
        return after is None
    if said == "larger":
        return bool(after > before)
    if said == "smaller":
        return bool(after < before)
    if said == "later":
        choices = get_args(_bare(annotation))
        return choices.index(after) > choices.index(before)
    # What is left is `denials` of a rate: a rate that is for something holds something back.
    return not after


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
