"""Words in a row, and the commands inside them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from itertools import pairwise

from tree_sitter import Node

from semantics import words
from semantics.blocks import DEEPEST, Blocks
from semantics.heredocs import Heredoc
from semantics.names import names
from semantics.words import Word

_BLANK = b" \t"
_BACKQUOTED = re.compile(r"(?:[^\\`]|\\.)*\Z", re.DOTALL)
_ESCAPED = re.compile(r"\\([$`\\])")
WORDS = names(
    "word number raw_string string ansi_c_string concatenation simple_expansion expansion "
    "command_substitution process_substitution arithmetic_expansion test_operator variable_name"
)
"""The kinds of node that are words."""

# What lets a dollar before it be no more than a dollar.
_AFTER_DOLLAR = (b"", b" ", b"\t", b"\n", b";", b"|", b"&", b")")
_QUOTED = frozenset(("raw_string", "string", "ansi_c_string", "concatenation"))


class Phrases(Blocks, ABC):
    """Reads words as a subclass's statements need them."""

    def __init__(self, raw: bytes, heredocs: tuple[Heredoc, ...]) -> None:
        super().__init__(raw)
        self.heredocs = {heredoc.start: heredoc for heredoc in heredocs}

    @abstractmethod
    def nested(self, text: str, node: Node) -> None:
        """Reads a text of its own that a part of this one stands for."""

    def words(self, nodes: list[Node], after: Node) -> list[Word]:
        """As `Blocks` has it."""
        read: list[Word] = []
        end, start = after.end_byte, True
        for node in nodes:
            if node.type not in WORDS:
                raise self.unclear(f"{node.type.replace('_', ' ')} is not read", node)
            gap = self.gap(end, node.start_byte, _BLANK)
            # Two words with no blank between them would be one to bash; an operator needs none.
            if not gap and not (start and not after.is_named):
                raise self.unclear("words that are not apart", node)
            end, start = node.end_byte, False
            read.append(self.word(node))
        return read

    def clear_of_heredocs(self, node: Node) -> None:
        """As `Blocks` has it."""
        for heredoc in self.heredocs.values():
            if node.start_byte < heredoc.end and heredoc.start < node.end_byte:
                raise self.unclear("a here-document that is not read", node)

    def word(self, node: Node) -> Word:
        """Reads a node that is a word, with the commands inside it."""
        if self.heredocs and node.type in _QUOTED:
            self.clear_of_heredocs(node)
        end = node.end_byte
        if node.type == "concatenation" and self.raw[end - 1 : end] == b"$":
            twice = self.raw[end - 2 : end - 1] == b"$"
            if twice or self.raw[end : end + 1] not in _AFTER_DOLLAR:
                raise self.unclear("a dollar that is not read", node)
        return words.word(node, self._substituted)

    def _substituted(self, node: Node) -> None:
        """The commands of a substitution, which cannot move the shell that holds it."""
        before = self.cwd
        self.clear_of_heredocs(node)
        left, right = node.children[0], node.children[-1]
        inner = self.raw[left.end_byte : right.start_byte]
        if left.type == "`" and (b"\\" in inner or b'"' in inner or b"`" in inner):
            self._backquoted(inner.decode(), node)
            return
        if left.type not in ("$(", "`", "<(", ">(") or len(node.children) < 3:
            raise self.unclear("a substitution that is not read", node)
        self.depth += 1
        if self.depth > DEEPEST or inner[:1] == b"(":
            raise self.unclear("a substitution that is not read", node)
        self.gap(left.end_byte, node.children[1].start_byte)
        self.gap(node.children[-2].end_byte, right.start_byte)
        self.block(node.children[1:-1])
        self.depth -= 1
        self.cwd = before

    def _backquoted(self, inner: str, node: Node) -> None:
        """Backquotes with quotes or backslashes inside, which are read twice."""
        holder = node.parent
        while holder is not None and not holder.type.endswith("_substitution"):
            if holder.type == "string":
                # There they are read in yet another way.
                raise self.unclear("backquotes with quotes inside", node)
            holder = holder.parent
        if not _BACKQUOTED.match(inner):
            raise self.unclear("backquotes with quotes inside", node)
        self.nested(_ESCAPED.sub(r"\1", inner), node)

    def tokens(self, node: Node, allowed: tuple[str, ...]) -> None:
        """Checks the operators between statements, and that only blanks are around them."""
        end = node.start_byte
        for child in node.children:
            if not child.is_named and child.type not in allowed:
                raise self.unclear("an operator that is not read", child)
            self.gap(end, child.start_byte)
            end = child.end_byte

    def spaced(self, nodes: list[Node]) -> None:
        """Checks that there are blanks between nodes that bash would join without."""
        for left, right in pairwise(nodes):
            if not self.gap(left.end_byte, right.start_byte, _BLANK):
                raise self.unclear("words that are not apart", right)

    def plain(self, node: Node) -> Word:
        """Reads a node that has to be a word."""
        if node.type not in WORDS:
            raise self.unclear("a word that is not read", node)
        return self.word(node)
