"""Takes secrets out of observations, by their shape, before anything is stored or shown.

What is cut in two, encoded or spelt out is not known by its shape and stays: this keeps secrets
out of logs by accident, and holds nobody back who means to pass one on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import BaseModel

from policies.duties import Secret

R = TypeVar("R", bound=BaseModel)

_WORD = r"(?<![A-Za-z0-9_-])"

# Each begins where no run of its own characters went before and is bounded or possessive, so that
# no text makes it look twice at the same place more than a bounded number of times.
_SHAPES: dict[Secret, str] = {
    "private_key": (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
    ),
    "aws_key": (
        _WORD + r"(?:(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
        r"|(?i:aws_secret_access_key)[ \t]{0,8}[=:][ \t]{0,8}[\"']?[A-Za-z0-9/+=]{40})"
    ),
    "github_token": (
        _WORD + r"(?:gh[pousr]_[A-Za-z0-9]{36,255}+|github_pat_[A-Za-z0-9_]{22,255}+)"
    ),
    "slack_token": _WORD + r"xox[abeoprs]-[A-Za-z0-9-]{10,255}+",
    "google_key": _WORD + r"AIza[0-9A-Za-z_-]{35}",
    "api_key": _WORD + r"(?:sk|pk|rk)[-_][A-Za-z0-9_-]{20,255}+",
    "jwt": _WORD + r"eyJ[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{0,4096}+",
    "bearer": r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]{8,8192}+",
    "url_password": r"(?<=://)[^\s/:@]{0,256}:[^\s/@]{1,256}(?=@)",
    "card_number": r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])",
    "email": (
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}+@[A-Za-z0-9-]{1,63}+"
        r"(?:\.[A-Za-z0-9-]{1,63}+){1,8}"
    ),
}
_COMPILED = {str(kind): re.compile(shape) for kind, shape in _SHAPES.items()}
_TOKEN = re.compile(r"\S+")


def redacted(record: R, details: Iterable[str]) -> R:
    """The record with what is secret in its texts and bytes named in its place.

    Args:
        record: An observation.
        details: Kinds of secret, and patterns in which `*` is any run of visible characters.
    """
    hides = [_hider(detail) for detail in details]
    return _record(record, hides) if hides else record


Hide = Callable[[str], str]


def _hider(detail: str) -> Hide:
    shape = _COMPILED.get(detail)
    if shape is None:
        return lambda text: _TOKEN.sub(lambda token: _without(token[0], detail), text)
    return lambda text: shape.sub(
        lambda found: _named(detail) if _is_one(detail, found[0]) else found[0], text
    )


def _named(detail: str) -> str:
    return f"[redacted: {detail}]"


def _is_one(kind: str, text: str) -> bool:
    if kind != "card_number":
        return True
    # The last digit of a card's number checks the others (ISO/IEC 7812-1, annex B).
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _without(token: str, pattern: str) -> str:
    """A run of visible characters with each match of a pattern taken out, from the left."""
    parts = pattern.split("*")
    kept: list[str] = []
    at = 0
    while found := _found(token, at, parts):
        kept += (token[at : found[0]], _named("pattern"))
        at = found[1]
    return "".join((*kept, token[at:]))


def _found(token: str, begin: int, parts: list[str]) -> tuple[int, int] | None:
    """Where a pattern's parts come one after the other; outer stars reach as far as they can."""
    start, end = -1, begin
    for part in parts:
        if not part:
            continue
        at = token.find(part, end)
        if at == -1:
            return None
        start, end = at if start == -1 else start, at + len(part)
    return begin if not parts[0] else start, len(token) if not parts[-1] else end


def _record(record: R, hides: list[Hide]) -> R:
    changed = {
        name: new
        for name in type(record).model_fields
        if name != "kind" and (new := _value(old := getattr(record, name), hides)) is not old
    }
    return record.model_copy(update=changed) if changed else record


def _value(value: object, hides: list[Hide]) -> object:
    if isinstance(value, str):
        return _text(value, hides)
    if isinstance(value, bytes):
        # One character a byte: what is no text stays as it is.
        before = value.decode("latin-1")
        after = _text(before, hides)
        return value if after is before else after.encode("latin-1")
    if isinstance(value, BaseModel):
        return _record(value, hides)
    if isinstance(value, tuple):
        made = tuple(_value(one, hides) for one in value)
        return made if any(new is not old for new, old in zip(made, value, strict=True)) else value
    if isinstance(value, dict):
        return {_value(name, hides): _value(one, hides) for name, one in value.items()}
    return value


def _text(text: str, hides: list[Hide]) -> str:
    before = text
    for hide in hides:
        text = hide(text)
    return before if text == before else text
