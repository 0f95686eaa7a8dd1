"""A command's output as an agent is shown it: text, with what was left out said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Output:
    """One stream's text."""

    text: str
    """Head and tail, with a line between that says what was left out."""
    size: int
    """The full size in bytes."""
    escaped: bool
    """Whether bytes that are not UTF-8 were written as `\\xNN`."""


def shown(head: bytes, tail: bytes, size: int) -> Output:
    """What to show of a stream of `size` bytes of which `head` and `tail` were kept."""
    omitted = size - len(head) - len(tail)
    if omitted <= 0:
        text, escaped = _decode(head + tail)
        return Output(text, size, escaped)
    # A character that the cut went through is left out whole.
    head, tail = _whole_end(head), _whole_start(tail)
    omitted = size - len(head) - len(tail)
    first, first_escaped = _decode(head)
    last, last_escaped = _decode(tail)
    gap = f"\n[... {omitted:,} bytes left out ...]\n"
    return Output(first + gap + last, size, first_escaped or last_escaped)


def _decode(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode(), False
    except UnicodeDecodeError:
        return data.decode(errors="backslashreplace"), True


def _whole_end(data: bytes) -> bytes:
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if length > back else data
    return data


def _whole_start(data: bytes) -> bytes:
    start = 0
    while start < min(3, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:]
