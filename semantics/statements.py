"""Simple commands, lists and pipelines: the part of a command's tree that starts programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from tree_sitter import Node

from semantics.blocks import Blocks
from semantics.heredocs import Heredoc
from semantics.names import names
from semantics.programs import Programs
from semantics.reading import Reading, Redirect
from semantics.redirects import opened
from semantics.variables import harmless
from semantics.words import Word, literal, source, word

_BLANK = b" \t"
_WORDS = names(
    "word number raw_string string ansi_c_string concatenation simple_expansion expansion "
    "command_substitution process_substitution arithmetic_expansion test_operator variable_name"
)
_QUOTED = frozenset(("raw_string", "string", "ansi_c_string", "concatenation"))
_TEST_TOKENS = frozenset(("=", "==", "!=", "!"))
_TEST_GROUPS = frozenset(("unary_expression", "binary_expression", "negated_command"))


class Statements(Blocks):
    """One pass over one command's tree."""

    def __init__(
        self, raw: bytes, heredocs: tuple[Heredoc, ...], read: Callable[[str], Reading]
    ) -> None:
        super().__init__(raw)
        self.heredocs = {heredoc.start: heredoc for heredoc in heredocs}
        self.unmet = set(self.heredocs)
        self.last: str | None = ""
        self.redirects: list[Redirect] = []
        self.programs = Programs(read)

    def statement(self, node: Node, extra: tuple[Word, ...] = ()) -> None:
        """As `Blocks` has it."""
        kind = node.type
        if kind == "command":
            self._command(node, extra)
        elif kind == "redirected_statement":
            self._redirected(node, extra)
        elif kind == "list":
            self._list(node, extra)
        elif kind == "negated_command":
            self._negated(node, extra)
        elif extra:
            raise self.unclear("words behind a redirect", node)
        elif kind == "pipeline":
            self._pipeline(node)
        elif kind == "test_command":
            self._test(node)
        elif kind == "variable_assignment":
            self._assignment(node)
        elif kind == "variable_assignments":
            self._spaced(node.children)
            for child in node.children:
                self._assignment(child)
        elif kind in ("declaration_command", "unset_command"):
            self._declaration(node)
        else:
            self.compound(node)

    def words(self, nodes: list[Node], after: Node) -> list[Word]:
        """As `Blocks` has it."""
        read: list[Word] = []
        end, start = after.end_byte, True
        for node in nodes:
            if node.type not in _WORDS:
                raise self.unclear(f"{node.type.replace('_', ' ')} is not read", node)
            gap = self.gap(end, node.start_byte, _BLANK)
            # Two words with no blank between them would be one to bash; an operator needs none.
            if not gap and not (start and not after.is_named):
                raise self.unclear("words that are not apart", node)
            end, start = node.end_byte, False
            read.append(self._word(node))
        return read

    def clear_of_heredocs(self, node: Node) -> None:
        """As `Blocks` has it."""
        for heredoc in self.heredocs.values():
            if node.start_byte < heredoc.end and heredoc.start < node.end_byte:
                raise self.unclear("a here-document that is not read", node)

    def _word(self, node: Node) -> Word:
        if self.heredocs and node.type in _QUOTED:
            self.clear_of_heredocs(node)
        return word(node, self._substituted)

    def _substituted(self, node: Node) -> None:
        """The commands of a substitution, which cannot move the shell that holds it."""
        before = self.cwd
        self.clear_of_heredocs(node)
        left, right = node.children[0], node.children[-1]
        inner = self.raw[left.end_byte : right.start_byte]
        # Between backquotes, quotes and backslashes are read twice.
        if left.type == "`" and (b"\\" in inner or b'"' in inner or b"`" in inner):
            raise self.unclear("backquotes with quotes inside", node)
        if left.type not in ("$(", "`", "<(", ">(") or len(node.children) < 3:
            raise self.unclear("a substitution that is not read", node)
        self.depth += 1
        if self.depth > 12 or inner[:1] == b"(":
            raise self.unclear("a substitution that is not read", node)
        self.gap(left.end_byte, node.children[1].start_byte)
        self.gap(node.children[-2].end_byte, right.start_byte)
        self.block(node.children[1:-1])
        self.depth -= 1
        self.cwd = before

    def _tokens(self, node: Node, allowed: tuple[str, ...]) -> None:
        """Checks the operators between statements, and that only blanks are around them."""
        end = node.start_byte
        for child in node.children:
            if not child.is_named and child.type not in allowed:
                raise self.unclear("an operator that is not read", child)
            self.gap(end, child.start_byte)
            end = child.end_byte

    def _spaced(self, nodes: list[Node]) -> None:
        for left, right in pairwise(nodes):
            if not self.gap(left.end_byte, right.start_byte, _BLANK):
                raise self.unclear("words that are not apart", right)

    def _list(self, node: Node, extra: tuple[Word, ...]) -> None:
        self._tokens(node, ("&&", "||"))
        if len(node.children) != 3:
            raise self.unclear("a list that is not read", node)
        left, operator, right = node.children
        before = self.cwd
        self.statement(left)
        done = self.cwd
        if operator.type == "||" and done != before:
            # The right side runs where the left one failed, at whatever point.
            self.cwd = None
        self.statement(right, extra)
        if operator.type == "||" and self.cwd != done:
            self.cwd = None

    def _pipeline(self, node: Node) -> None:
        self._tokens(node, ("|", "|&"))
        before = self.cwd
        for child in node.named_children:
            self.statement(child)
            # Each part of a pipeline is a shell of its own.
            self.cwd = before

    def _negated(self, node: Node, extra: tuple[Word, ...]) -> None:
        self._tokens(node, ("!",))
        mark, inner = node.children[0], node.children[-1]
        if len(node.children) != 2 or mark.end_byte == inner.start_byte:
            raise self.unclear("a `!` that is not read", node)
        before = self.cwd
        self.statement(inner, extra)
        if self.cwd != before:
            self.cwd = None

    def _command(self, node: Node, extra: tuple[Word, ...]) -> None:
        words: list[Word] = []
        behind: tuple[Word, ...] = ()
        separators: Node | None = None
        end, apart = node.start_byte, True
        for child in node.children:
            kind = child.type
            gap = self.gap(end, child.start_byte, _BLANK)
            end = child.end_byte
            redirect = kind in ("file_redirect", "herestring_redirect")
            # Two words with no blank between them would be one to bash.
            if not (gap or apart or redirect):
                raise self.unclear("words that are not apart", child)
            apart = redirect
            if kind == "file_redirect":
                behind += self._open(child, self.cwd)
            elif kind == "herestring_redirect":
                self.words(child.children[1:], child.children[0])
            elif behind:
                raise self.unclear("words behind a redirect", child)
            elif kind == "command_name" and len(child.children) == 1:
                words.append(self._plain(child.children[0]))
            elif words:
                words.append(self._plain(child))
            elif kind == "variable_assignment":
                separators = child if self._assignment(child, ("IFS",)) == "IFS" else separators
            else:
                raise self.unclear(f"{kind.replace('_', ' ')} is not read", child)
        if not words or behind:
            raise self.unclear("a command without a name", node)
        if separators is not None and words[0].literal != "read":
            # Before `read` they are for that one line; else they change how words are split.
            raise self.unclear("a variable that changes what commands mean", separators)
        words += extra
        self.last = self.cwd
        self._started(words, node)

    def _started(self, words: list[Word], node: Node) -> None:
        self.cwd = self.programs.started(words, self.cwd, (node.start_byte, node.end_byte))

    def _redirected(self, node: Node, extra: tuple[Word, ...]) -> None:
        body, *redirects = node.children
        before = self.cwd
        end = body.end_byte
        behind: tuple[Word, ...] = ()
        for redirect in redirects:
            self.gap(end, redirect.start_byte, _BLANK)
            end = redirect.end_byte
            if redirect.type == "herestring_redirect":
                self.words(redirect.children[1:], redirect.children[0])
        at = len(self.redirects)
        for redirect in redirects:
            if redirect.type == "file_redirect":
                behind += self._open(redirect, before)
            elif redirect.type != "herestring_redirect":
                raise self.unclear("a redirect that is not read", redirect)
        opened_here = slice(at, len(self.redirects))
        self.statement(body, behind + extra)
        # The parser puts the redirects of a list's last command around the whole list.
        last = body.children[-1] if body.type in ("list", "negated_command") else body
        if last is not body:
            where = self.last if last.type == "command" else None
            self.redirects[opened_here] = [
                replace(redirect, cwd=where) for redirect in self.redirects[opened_here]
            ]

    def _open(self, node: Node, cwd: str | None) -> tuple[Word, ...]:
        redirect, behind = opened(node, self.raw, self.words, cwd)
        operator = node.children[0].type
        at = node.children[1 if operator == "file_descriptor" else 0].start_byte
        if at in self.heredocs:
            self.unmet.discard(at)
        elif redirect is not None:
            self.redirects.append(redirect)
        return behind

    def _assignment(self, node: Node, besides: tuple[str, ...] = ()) -> str:
        """Reads an assignment to a harmless variable, or to one of those `besides`."""
        name, *rest = node.children
        if (
            node.type != "variable_assignment"
            or name.type != "variable_name"
            or not rest
            or rest[0].type not in ("=", "+=")
            or name.end_byte != rest[0].start_byte
            or len(rest) > 2
        ):
            raise self.unclear("an assignment that is not read", node)
        variable = source(name)
        if variable not in besides and not harmless(variable):
            raise self.unclear("a variable that changes what commands mean", node)
        if len(rest) == 2:
            if rest[1].type not in _WORDS or rest[1].start_byte != rest[0].end_byte:
                raise self.unclear("an assignment that is not read", node)
            self._word(rest[1])
        return variable

    def _declaration(self, node: Node) -> None:
        first, *rest = node.children
        if first.type not in ("export", "unset"):
            raise self.unclear(f"the shell's own {first.type}", node)
        self._spaced(node.children)
        words = [literal(first.type)]
        for child in rest:
            if child.type == "variable_assignment" and first.type == "export":
                self._assignment(child)
            else:
                words.append(self._plain(child))
        self._started(words, node)

    def _plain(self, node: Node) -> Word:
        if node.type not in _WORDS:
            raise self.unclear("a word that is not read", node)
        return self._word(node)

    def _test(self, node: Node) -> None:
        children = node.children
        if children[0].type != "[" or children[-1].type != "]":
            raise self.unclear("[[ is not read", node)
        flat: list[Node] = []
        for child in children[1:-1]:
            self._flatten(child, flat)
        self._spaced([children[0], *flat, children[-1]])
        words = [
            literal(child.type) if child.type in _TEST_TOKENS else self._plain(child)
            for child in flat
        ]
        self._started([literal("["), *words, literal("]")], node)

    def _flatten(self, node: Node, into: list[Node]) -> None:
        if node.type in _TEST_GROUPS:
            for child in node.children:
                self._flatten(child, into)
        else:
            into.append(node)
