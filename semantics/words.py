"""One word of a command: its text where that is certain, and what is known where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tree_sitter import Node

from semantics.reading import Unclear

PLAIN = re.compile(rb"[A-Za-z0-9_./:=@%+,^-]+\Z")
"""A bare word that is itself to every shell."""

# What is not ASCII is a character like any other to bash; what a parser may take for a blank was
# refused before.
_BARE = re.compile(r"(?!#)(?:[#\w./:=@%+,^!*?\[\]{}~\u00a1-\U0010ffff-]|\\[ -~])+\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"\\.|[*?\[{~]")
_VARIABLE = re.compile(rb"\$(?:[A-Za-z_]\w*|[0-9?$!#])\Z", re.ASCII)
# Defaults, parts and changes of a value, with nothing in them that is expanded or evaluated.
_BRACED = re.compile(
    rb"\$\{#?(?:[A-Za-z_]\w*|\d)(?:\[(?:\d+|[@*])\])?"
    rb"(?:(?:##?|%%?|:?[-+])[\w./*?:@,+=-]*|//?[#%]?[\w.,:@-]+(?:/[\w.,:@-]*)?"
    rb"|:\d+(?::\d+)?|\^\^?|,,?)?\}\Z",
    re.ASCII,
)
_MANY = re.compile(rb"\$@|\$\{\w+\[@")
_COUNT = re.compile(rb"\$[?$!#]\Z")
_NUMBERS = re.compile(rb"\$\(\([0-9 +*/%-]*\)\)\Z")
# A dollar that bash leaves as it is inside double quotes, as at the end of a pattern.
_PLAIN_DOLLAR = re.compile(r"\$(?=\Z|[ \n|)/,.:;\\%+=^\]~])")
_QUOTED_ESCAPE = re.compile(r'\\([$`"\\])')
_ANSI = re.compile(r"(?:[^\\']|\\[nt\\'\"])*\Z", re.DOTALL)
_ANSI_ESCAPE = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


class Word(NamedTuple):
    """What a word becomes when the shell has expanded it."""

    literal: str | None
    """Its text, where that is certain."""
    prefix: str
    """What each word that comes of it starts with; `~` there is a home directory."""
    one: bool = True
    """Whether exactly one word comes of it."""
    split: bool = False
    """Whether a value may be split into words that do not start with `prefix`."""

    @property
    def operand(self) -> bool:
        """Whether nothing that comes of it can be an option."""
        return bool(self.prefix) and self.prefix[0] != "-" and not self.split


def literal(text: str) -> Word:
    """A word that is certain."""
    return Word(text, text)


ANYTHING = Word(None, "", one=False, split=True)
"""Any words at all, or none."""

_ONE = Word(None, "")


def replaced(word: Word, mark: str, stands: str = "") -> Word:
    """The word as it is once `mark` in it stands for something that starts with `stands`."""
    if mark and mark not in word.prefix:
        # In what is not certain the mark may stand too, and is not certain either.
        return word
    before = word.prefix.split(mark)[0] if mark else ""
    return Word(None, before or stands, word.one, word.split)


def word(node: Node, substitute: Callable[[Node], None]) -> Word:
    """Reads a word.

    Args:
        node: A node of tree-sitter-bash that stands where a word may.
        substitute: Reads the commands inside a substitution.

    Raises:
        Unclear: A part of it is not surely read as bash reads it.
    """
    kind = node.type
    if kind in ("word", "number", "variable_name", "test_operator"):
        return _bare(node)
    if kind == "concatenation":
        return _joined(node, substitute)
    if kind == "raw_string":
        return literal(_between(node, "'", "'"))
    if kind == "string":
        return _quoted(node, substitute)
    if kind == "ansi_c_string":
        return _ansi(node)
    return _expanded(node, substitute)


def source(node: Node) -> str:
    """The node's own text."""
    return (node.text or b"").decode()


def _expanded(node: Node, substitute: Callable[[Node], None]) -> Word:
    text = node.text or b""
    kind = node.type
    if kind == "simple_expansion":
        if _COUNT.match(text):
            return _ONE
        if _VARIABLE.match(text) or text in (b"$@", b"$*"):
            return ANYTHING
    elif kind == "expansion" and _BRACED.match(text):
        return ANYTHING
    elif kind == "arithmetic_expansion" and _NUMBERS.match(text):
        # A variable's value would itself be evaluated, and can hold a command: numbers only.
        return _ONE
    elif kind == "command_substitution":
        substitute(node)
        return ANYTHING
    elif kind == "process_substitution":
        substitute(node)
        return Word(None, "/dev/fd/")
    raise Unclear(f"{kind.replace('_', ' ')} is not read", node.start_byte, node.end_byte)


def _bare(node: Node) -> Word:
    raw = node.text or b""
    text = raw.decode()
    if PLAIN.match(raw):
        return Word(text, text)
    # Not ASCII is a letter or digit, or it may be a space to one of the two and not to the other.
    if not _BARE.match(text):
        raise Unclear("unusual characters outside quotes", node.start_byte, node.end_byte)
    for found in _SPECIAL.finditer(text):
        mark, at = found[0], found.start()
        before = text[:at]
        if mark in "*?[":
            return Word(None, _unescaped(before), one=False)
        if mark == "{" and ("," in text[at:] or ".." in text[at:]):
            return Word(None, _unescaped(before), one=False)
        if mark == "~" and (not before or before[-1] in ":="):
            return Word(None, _unescaped(before) or "~")
    return literal(_unescaped(text))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def _joined(node: Node, substitute: Callable[[Node], None]) -> Word:
    text: str | None = ""
    prefix, one, split, braces = "", True, False, ""
    last = node.start_byte
    for child in node.children:
        if child.start_byte != last or child.type == "concatenation":
            raise Unclear("a word with a gap in it", node.start_byte, node.end_byte)
        last = child.end_byte
        if child.type in ("word", "number"):
            # Braces may be closed in a later piece: what stands between them is looked at whole.
            braces += source(child)
        if child.type == "$" and child.end_byte == node.end_byte:
            piece = literal("$")
        else:
            piece = word(child, substitute)
        if text is not None:
            prefix += piece.prefix
        text = None if text is None or piece.literal is None else text + piece.literal
        one = one and piece.one
        split = split or piece.split
    if "{" in braces and ("," in braces or ".." in braces):
        return Word(None, prefix.split("{")[0], one=False, split=split)
    # `x:~` across pieces, and `~$USER`: a tilde is only read in a piece of its own.
    if "~" in braces and text is not None:
        text = None
        prefix = prefix.split("~")[0] or "~"
    return Word(text, prefix, one, split)


def _between(node: Node, left: str, right: str) -> str:
    text = source(node)
    inner = text[len(left) : -len(right)]
    if not (text.startswith(left) and text.endswith(right)) or right in inner:
        raise Unclear("quotes that do not pair", node.start_byte, node.end_byte)
    return inner


def _ansi(node: Node) -> Word:
    text = source(node)
    if not (text.startswith("$'") and text.endswith("'") and _ANSI.match(text[2:-1])):
        raise Unclear("an escape in $'...' that is not read", node.start_byte, node.end_byte)
    inner = _ESCAPE.sub(lambda found: _ANSI_ESCAPE[found[1]], text[2:-1])
    # Another shell than bash keeps the dollar: the text is not certain, only that it is one word.
    return Word(None, inner[:1] if inner[:1] not in ("", "-") else "")


def _quoted(node: Node, substitute: Callable[[Node], None]) -> Word:
    raw = node.text or b""
    if len(raw) < 2 or raw[:1] != b'"' or raw[-1:] != b'"':
        raise Unclear("quotes that do not pair", node.start_byte, node.end_byte)
    if node.child_count <= 3 and b"$" not in raw and b"`" not in raw:
        return literal(_plain(raw[1:-1].decode(), node))
    known: str | None = ""
    prefix, one, start = "", True, node.start_byte
    at = start + 1
    for child in (*node.named_children, None):
        if child is not None and child.type == "string_content":
            continue
        end = node.end_byte - 1 if child is None else child.start_byte
        piece = _plain(raw[at - start : end - start].decode(), node, last=child is None)
        if known is not None:
            prefix += piece
            known += piece
        if child is not None:
            if child.type == "process_substitution" or child.start_byte < at:
                raise Unclear("quotes that do not pair", node.start_byte, node.end_byte)
            _expanded(child, substitute)
            one = one and not _MANY.match(child.text or b"")
            known = None
            at = child.end_byte
    return Word(known, prefix, one, not one)


def _plain(text: str, node: Node, last: bool = True) -> str:
    """The text of a part of a double-quoted string in which nothing is expanded."""
    if "\\" not in text and "$" not in text and "`" not in text and '"' not in text:
        return text
    bare = _QUOTED_ESCAPE.sub("", text)
    # A dollar or a backslash right before an expansion could belong to it.
    joined = not last and text.endswith(("$", "\\"))
    if joined or '"' in bare or "`" in bare or "$" in _PLAIN_DOLLAR.sub("", bare):
        raise Unclear("an expansion that is not read", node.start_byte, node.end_byte)
    if "\\\n" in bare:
        raise Unclear("a line continued by a backslash", node.start_byte, node.end_byte)
    return _QUOTED_ESCAPE.sub(r"\1", text)
