"""A body as it is stored: JSON, with long texts moved out to the blobs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from episodes.blobs import Blobs
from episodes.entries import BODY, Body
from episodes.errors import LogDamaged

LONG = 8192
"""A text of more bytes than this is moved out."""

_REFERENCE = "$blob"
# An agent's own dict may hold our key: each such key gets one more dollar, and loses it again.
_OURS = re.compile(r"\$+blob\Z")


def pack(body: Body, blobs: Blobs) -> str:
    """The JSON of a body, its long texts kept as blobs.

    The same body always gives the same text.

    Raises:
        PydanticSerializationError: A text has a lone surrogate; see `spelt_out`.
        OSError: A blob could not be written.
    """
    text = BODY.dump_json(body)
    if len(text) > LONG or b"$blob" in text:
        text = to_json(_out(from_json(text), blobs))
    return text.decode()


def spelt_out(body: Body) -> Body:
    """A body of which every text has a UTF-8: of half a character its number is written."""
    return BODY.validate_json(to_json(_spelt(BODY.dump_python(body, mode="json"))))


def unpack(text: str, blob: Callable[[str], bytes]) -> Body:
    """The body that `pack` was given.

    Args:
        text: The JSON as stored.
        blob: Gives the bytes behind a digest.

    Raises:
        LogDamaged: The text is no body, or a blob is gone.
    """
    try:
        if "$blob" in text:
            return BODY.validate_json(to_json(_back(from_json(text), blob)))
        return BODY.validate_json(text)
    except (ValidationError, TypeError, ValueError) as problem:
        raise LogDamaged(f"an entry's body does not validate: {problem}") from problem


def references(text: str) -> tuple[str, ...]:
    """The digests of the blobs that a stored body points at."""
    found: list[str] = []

    def note(name: str) -> bytes:
        found.append(name)
        return b""

    if "$blob" in text:
        _back(from_json(text), note)
    return tuple(found)


def _out(value: Any, blobs: Blobs) -> Any:
    if isinstance(value, str):
        # A character takes four bytes at most, so most texts need no encoding to be judged.
        if len(value) * 4 <= LONG or len(data := value.encode()) <= LONG:
            return value
        return {_REFERENCE: blobs.put(data), "size": len(data)}
    if isinstance(value, dict):
        return {
            ("$" + key if _OURS.match(key) else key): _out(item, blobs)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_out(item, blobs) for item in value]
    return value


def _spelt(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_spelt(key): _spelt(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelt(item) for item in value]
    return value


def _back(value: Any, blob: Callable[[str], bytes]) -> Any:
    if isinstance(value, dict):
        if _REFERENCE in value:
            return blob(str(value[_REFERENCE])).decode()
        return {
            (key[1:] if _OURS.match(key) else key): _back(item, blob) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_back(item, blob) for item in value]
    return value
