"""The shell's own opening of files, by `<`, `>` and their like."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from semantics.reading import Mode, Redirect, Unclear
from semantics.words import Word

_MODES: dict[str, Mode] = {
    "<": "read",
    ">": "write",
    ">|": "write",
    "&>": "write",
    ">>": "append",
    "&>>": "append",
}
_DESCRIPTOR = re.compile(r"\d{1,3}-?\Z|-\Z")

# bash itself takes these for descriptors that are open already (bash(1), REDIRECTION).
_OPEN_ALREADY = frozenset(("/dev/stdin", "/dev/stdout", "/dev/stderr"))


def opened(
    node: Node, raw: bytes, read: Callable[[list[Node], Node], list[Word]], cwd: str | None
) -> tuple[Redirect | None, tuple[Word, ...]]:
    """Reads one `file_redirect`.

    Args:
        node: The node.
        raw: The whole text.
        read: Reads words behind an operator.
        cwd: Where the shell is then, as `Redirect.cwd`.

    Returns:
        The file, None where it is a descriptor that is open already; and the words behind it,
        which the parser takes for more files and bash for arguments.

    Raises:
        Unclear: A redirect that is not read.
    """
    children = node.children
    if len(children) > 1 and children[0].type == "file_descriptor":
        before = raw[max(node.start_byte - 1, 0) : node.start_byte]
        digits = children[0].text or b""
        # Joined to a word in front, the digits would be that word's.
        adjacent = children[0].end_byte == children[1].start_byte
        if before not in (b"", *_BEFORE) or not digits.isdigit() or not adjacent:
            raise Unclear("a redirect that is not read", node.start_byte, node.end_byte)
        children = children[1:]
    operator = children[0]
    kind = operator.type
    if kind in (">&-", "<&-") and len(children) == 1:
        return None, ()
    if len(children) < 2 or kind not in (*_MODES, ">&", "<&"):
        raise Unclear("a redirect that is not read", node.start_byte, node.end_byte)
    first, *extra = children[1:]
    target = read([first], operator)[0]
    behind = tuple(read(extra, first))
    if kind in (">&", "<&"):
        return _duplicated(node, kind, target, cwd), behind
    if not target.one:
        # More than one word is an error to bash, but which it is shows only as it runs.
        return Redirect(None, _MODES[kind], cwd), behind
    if target.literal in _OPEN_ALREADY:
        return None, behind
    return Redirect(target.literal, _MODES[kind], cwd), behind


_BEFORE = (b" ", b"\t", b"\n", b";", b"&", b"|", b"(", b")")


def _duplicated(node: Node, kind: str, target: Word, cwd: str | None) -> Redirect | None:
    if target.literal is not None and _DESCRIPTOR.match(target.literal):
        return None
    if target.prefix[:1] in ("", "-") and target.literal is not None:
        # bash takes the dash alone, which closes, and what is behind it for a word of its own.
        raise Unclear("a redirect that is not read", node.start_byte, node.end_byte)
    if kind == "<&" and target.literal is not None:
        raise Unclear("a redirect that is not read", node.start_byte, node.end_byte)
    return None if kind == "<&" else Redirect(target.literal, "write", cwd)
