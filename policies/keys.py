"""The keys and gestures of a policy: what a browser's page may be sent."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from episodes.record import Record
from policies.direction import LARGER, LATER, MORE

Gesture = Literal["click", "multi_click", "middle_click", "right_click", "hover", "scroll"]
"""What a pointer does; `multi_click` is two or three in a row, with whichever button."""

_MODIFIERS = ("Control", "Alt", "Shift", "Meta")
_KEY = re.compile(r"[A-Z][A-Za-z0-9]{1,31}|[\x21-\x7e]")


def canonical_keys(keys: str) -> str:
    """One spelling for a key or a combination of keys.

    Args:
        keys: As Playwright names them, such as `Shift+Control+a`.

    Returns:
        The modifiers in one order, then the key, as a capital letter where a modifier is held:
        `Control+Shift+A`.

    Raises:
        ValueError: It is none.
    """
    # The plus may be the key itself: `+`, `Control++`.
    head, plus, last = keys.rpartition("+") if keys[-1:] != "+" else (keys[:-2], keys[-2:-1], "+")
    held = head.split("+") if plus or head else []
    held = ["Control" if name == "ControlOrMeta" else name for name in held]
    if (plus not in ("", "+")) or not _KEY.fullmatch(last) or last in _MODIFIERS:
        raise ValueError(f"{keys!r} is no key; write e.g. 'Enter', 'a' or 'Control+A'")
    if len(set(held)) != len(held) or not set(held) <= set(_MODIFIERS):
        raise ValueError(
            f"{keys!r}: a combination is of {', '.join(_MODIFIERS)}, each once, and one key"
        )
    if held and len(last) == 1:
        last = last.upper()
    return "+".join([*(name for name in _MODIFIERS if name in held), last])


def _key(keys: str) -> str:
    straight = canonical_keys(keys)
    if straight != keys:
        raise ValueError(f"{keys!r} is not in canonical form; write {straight!r}")
    return keys


Key = Annotated[str, AfterValidator(_key)]
"""A key or a combination, as `Enter` or `Control+Shift+A`."""


class Keys(Record):
    """What a page may be sent by keyboard and pointer."""

    allowed: Annotated[
        tuple[Key, ...],
        Field(max_length=256, json_schema_extra=MORE, examples=[["Enter", "Tab", "Control+A"]]),
    ] = ()
    """Keys and combinations that may be pressed; no other may."""
    characters: Annotated[
        Literal["deny", "ask", "allow"], Field(json_schema_extra=LATER, examples=["allow"])
    ] = "deny"
    """What becomes of single printable characters, pressed one at a time without a modifier."""
    gestures: Annotated[
        tuple[Gesture, ...], Field(json_schema_extra=MORE, examples=[["click", "scroll"]])
    ] = ("click", "hover", "scroll")
    """What the pointer may do."""
    per_second: Annotated[
        float | None, Field(gt=0, le=1000, json_schema_extra=LARGER, examples=[5.0])
    ] = None
    """Keys and gestures a second; as many as there are where absent."""
