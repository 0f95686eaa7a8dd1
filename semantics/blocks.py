"""Statements in sequence, and the compounds that hold them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tree_sitter import Node

from semantics.reading import Unclear
from semantics.variables import harmless
from semantics.words import Word, source

DEEPEST = 12
"""How deep commands may lie in one another."""

_SPACE = b" \t\n"


class Blocks(ABC):
    """Reads blocks of statements; what one statement is, a subclass knows."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.cwd: str | None = ""
        """Where the next statement starts, if all before it went well: as `Invocation.cwd`."""
        self.depth = 0
        # A second round of a loop starts where the first one left off.
        self.moves = b"cd" in raw or b"pushd" in raw or b"popd" in raw

    @abstractmethod
    def statement(self, node: Node, extra: tuple[Word, ...] = ()) -> None:
        """Reads one statement; `extra` are words behind its redirects, arguments all the same."""

    @abstractmethod
    def words(self, nodes: list[Node], after: Node) -> list[Word]:
        """Reads words, with blanks between them and before them."""

    @abstractmethod
    def clear_of_heredocs(self, node: Node) -> None:
        """Refuses a node that lies across what was cut out of the text."""

    def unclear(self, why: str, node: Node) -> Unclear:
        """What to raise where `node` is not understood."""
        return Unclear(why, node.start_byte, node.end_byte)

    def gap(self, start: int, end: int, allowed: bytes = _SPACE) -> bytes:
        """Gives what lies between two nodes, which must be blank."""
        between = self.raw[start:end]
        if b"\\\n" in between and between[:1] in (b" ", b"\t"):
            # A line continued behind a blank; behind a word, the next line would go on with it.
            between = between.replace(b"\\\n", b"")
        if between not in (b"", b" ") and between.strip(allowed):
            raise Unclear("characters between words", start, end)
        return between

    def block(self, children: list[Node]) -> None:
        """Statements with `;`, `&` or a new line between them."""
        separated, last = True, -1
        before = self.cwd
        for child in children:
            kind = child.type
            between = self.gap(last, child.start_byte) if last >= 0 else b""
            last = child.end_byte
            if kind in (";", "&", "\n"):
                # In the background a change of directory stays there; else it may have failed.
                if self.cwd != before:
                    self.cwd = before if kind == "&" else None
                separated = True
            elif kind == "comment":
                self.comment(child)
            else:
                if not separated and b"\n" not in between:
                    raise self.unclear("statements that are not separated", child)
                separated = False
                before = self.cwd = None if self.cwd != before else before
                self.statement(child)

    def comment(self, node: Node) -> None:
        """Refuses a comment that bash might take for a part of a word."""
        before = self.raw[max(node.start_byte - 1, 0) : node.start_byte]
        if before not in (b"", b" ", b"\t", b"\n") or b"\n" in (node.text or b""):
            raise self.unclear("a comment that is not read", node)
        self.clear_of_heredocs(node)

    def compound(self, node: Node) -> None:
        """A subshell, a group, a condition or a loop."""
        kind, children = node.type, node.children
        before = self.cwd
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.unclear("deeper than is read", node)
        if kind == "subshell" and children[0].type == "(":
            self.between(children[0], children[1:-1], children[-1])
            self.cwd = before
        elif kind == "compound_statement" and children[0].type == "{":
            self.between(children[0], children[1:-1], children[-1])
        elif kind == "if_statement" and children[0].type == "if":
            self._condition(children)
        elif kind == "while_statement" and children[0].type in ("while", "until"):
            self.cwd = None if self.moves else before
            self.between(children[0], children[1:-1], children[-1])
            self._body(children[-1])
        elif kind == "for_statement" and children[0].type == "for":
            self.cwd = None if self.moves else before
            self._each(children)
        else:
            raise self.unclear(f"{kind.replace('_', ' ')} is not read", node)
        if kind not in ("subshell", "compound_statement") and self.cwd != before:
            self.cwd = None
        self.depth -= 1

    def between(self, left: Node, body: list[Node], right: Node) -> None:
        """A block between two words or parentheses of the shell's own."""
        if not body:
            raise self.unclear("an empty block", left)
        self._after(left, body[0])
        self._ended(body[-1], right)
        self.block(body)

    def _after(self, word: Node, first: Node) -> None:
        gap = self.gap(word.end_byte, first.start_byte)
        # Without a blank, `if[` and `{ls` are words of their own to bash.
        if not gap and word.type != "(":
            raise self.unclear("a word of the shell's with no blank behind it", word)

    def _ended(self, last: Node, right: Node) -> None:
        gap = self.gap(last.end_byte, right.start_byte)
        closed = last.children[-1] if last.type.endswith("_clause") else last
        # Without a separator, `done` and `}` are one more argument to bash.
        if right.type != ")" and closed.type not in (";", "&") and b"\n" not in gap:
            raise self.unclear("a block that is not ended", right)

    def _condition(self, children: list[Node]) -> None:
        word, body = children[0], list[Node]()
        for child in children[1:]:
            if child.type not in ("then", "elif_clause", "else_clause", "fi"):
                body.append(child)
                continue
            if body:
                self.between(word, body, child)
            elif not word.type.endswith("_clause"):
                raise self.unclear("an empty block", word)
            else:
                self._ended(word, child)
            if child.type.endswith("_clause"):
                self._clause(child.children)
            word, body = child, []
        if word.type != "fi" or body:
            raise self.unclear("a condition that is not read", word)

    def _clause(self, children: list[Node]) -> None:
        if children[0].type == "elif":
            at = next((i for i, child in enumerate(children) if child.type == "then"), 0)
            if at == 0:
                raise self.unclear("a condition that is not read", children[0])
            self.between(children[0], children[1:at], children[at])
            children = children[at:]
        if len(children) < 2:
            raise self.unclear("an empty block", children[0])
        self._after(children[0], children[1])
        self.block(children[1:])

    def _each(self, children: list[Node]) -> None:
        if len(children) < 4 or children[2].type != "in" or not harmless(source(children[1])):
            raise self.unclear("a loop that is not read", children[0])
        body = children[-1]
        values = [child for child in children[3:-1] if child.type not in (";", "\n")]
        self._after(children[0], children[1])
        self._after(children[1], children[2])
        self.words(values, children[2])
        last = values[-1] if values else children[2]
        separator = self.gap(last.end_byte, body.start_byte, _SPACE + b";")
        if not separator.strip(b" \t") or separator.count(b";") > 1:
            raise self.unclear("a loop that is not read", children[0])
        self._body(body)

    def _body(self, node: Node) -> None:
        children = node.children
        if node.type != "do_group" or len(children) < 3 or children[-1].type != "done":
            raise self.unclear("a loop that is not read", node)
        self.between(children[0], children[1:-1], children[-1])
