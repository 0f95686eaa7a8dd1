"""Text of others on its way to a terminal: what could move the cursor or the eye is written out."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Line ends are kept: they do no more than begin a line, and what is shown has lines.
_KEPT = "\n"
# Cc: C0 and C1, escape sequences among them. Cf: bidi marks, joiners, tags; they show nothing and
# reorder or hide what is there. Cs: halves of a pair, which no terminal can take. Zl, Zp: line ends
# that only some programs honour.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


_PIPE_WIDTH = 160


def console() -> Console:
    """Where commands print tables: as wide as the terminal, or wide where there is none."""
    # Not at the top: who only needs `safe` should not wait for it.
    from rich.console import Console

    found = Console()
    # A pipe has no width: a table in a file should not be folded as if it had eighty columns.
    return found if found.is_terminal else Console(width=_PIPE_WIDTH)


def safe(text: str) -> str:
    r"""The text with every character that is not plainly visible written as an escape.

    Args:
        text: Anything, an agent's output included.

    Returns:
        The same, with `\x1b`, `\u202e` and the like in place of what they name. A tab becomes
        four spaces; a line feed stays.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def safe_line(text: str) -> str:
    r"""As `safe`, on one line: a line feed is written as `\n`."""
    return safe(text).replace("\n", "\\n")


def _shown(character: str) -> str:
    if character in _KEPT:
        return character
    if character == "\t":
        return "    "
    if unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
