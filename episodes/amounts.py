"""Numbers as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """A length of time, in the two largest units that matter."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def money(dollars: float) -> str:
    """An amount in US dollars; small ones to the hundredth of a cent."""
    return f"${dollars:,.2f}" if dollars == 0 or dollars >= 1 else f"${dollars:.4f}"


def number(count: int, noun: str) -> str:
    """A count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def share(part: int, whole: int) -> str:
    """A part of a whole, in per cent, with both counts."""
    return f"{part / whole:.0%} ({part} of {whole})" if whole else "none"
