"""JSON through the C parts that json.py is made of: what is around them costs 5 ms a start."""

from __future__ import annotations

import _json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Plain:
    """What the scanner asks of a decoder, all of it as json.py has it by default."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = None


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no JSON")


_scan = _json.make_scanner(_Plain())  # type: ignore[arg-type]  # It reads attributes only.
_encode = _json.make_encoder(
    {}, _refuse, _json.encode_basestring_ascii, None, ":", ",", False, False, False
)


def loads(text: str) -> Any:
    """The value of one JSON text that has no space around it.

    Raises:
        ValueError: It is none.
    """
    try:
        value, end = _scan(text, 0)
    except StopIteration as error:
        raise ValueError(f"no JSON at character {error.value}") from None
    if end != len(text):
        raise ValueError(f"more than one value: the first ends at character {end}")
    return value


def dumps(value: object) -> bytes:
    """A value as one line of JSON, in ASCII."""
    return "".join(_encode(value, 0)).encode("ascii")
