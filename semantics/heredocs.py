"""Here-documents, taken out of a command before it is parsed, since parsers disagree on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semantics.reading import Unclear

_OPERATOR = re.compile(
    r"<<(?P<tabs>-?)[ \t]*(?:'(?P<raw>\w+)'|\"(?P<quoted>\w+)\"|(?P<bare>\w+))(?=[\s;|&)<>]|\Z)",
    re.ASCII,
)
_EXPANDED = re.compile(r"[$`\\]")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """One of them, in bytes of the text's UTF-8."""

    start: int
    """Where its operator starts."""
    end: int
    """One past its last byte, the line that ends it included."""


def cut(text: str) -> tuple[str, tuple[Heredoc, ...]]:
    """Puts a redirect of the same length for each operator, and blank lines for each body.

    Args:
        text: A command.

    Returns:
        A text of as many bytes, in which `<h` stands for each here-document; and where they were.
        Whether each operator was one, and not part of a quoted word, shows when that is parsed.

    Raises:
        Unclear: One whose end, or whose content, is not certain.
    """
    if "<<" not in text:
        return text, ()
    found: list[Heredoc] = []
    pieces: list[str] = []
    at = 0
    while (start := text.find("<<", at)) >= 0:
        if text.startswith("<<<", start):
            pieces.append(text[at : start + 3])
            at = start + 3
            continue
        operator = _OPERATOR.match(text, start)
        newline = text.find("\n", start)
        if operator is None or newline < 0:
            raise _unclear(text, "a here-document that is not read", start, len(text))
        if "<<" in text[operator.end() : newline]:
            raise _unclear(text, "two here-documents in one line", start, newline)
        end = _end(text, newline + 1, operator)
        pieces += (text[at:start], "<h".ljust(len(operator[0])), text[operator.end() : newline])
        pieces.append("\n" * len(text[newline:end].encode()))
        found.append(Heredoc(len(text[:start].encode()), len(text[:end].encode())))
        at = end
    pieces.append(text[at:])
    return "".join(pieces), tuple(found)


def _end(text: str, body: int, operator: re.Match[str]) -> int:
    word = operator["raw"] or operator["quoted"] or operator["bare"]
    at = body
    while at < len(text):
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline
        line = text[at:end]
        if (line.lstrip("\t") if operator["tabs"] else line) == word:
            if operator["bare"] and _EXPANDED.search(text[body:at]):
                raise _unclear(
                    text, "a here-document that is expanded; quote its word", operator.start(), end
                )
            return end
        at = end + 1
    raise _unclear(text, "a here-document without its end", operator.start(), len(text))


def _unclear(text: str, why: str, start: int, end: int) -> Unclear:
    return Unclear(why, len(text[:start].encode()), len(text[:end].encode()))
