"""What a command says to its readers and not to the shell."""

from __future__ import annotations

import tree_sitter_bash
from tree_sitter import Language, Parser

from semantics.shell import read_command

_LANGUAGE = Language(tree_sitter_bash.language())


def without_comments(text: str) -> str:
    """A command without its comments, where it is understood; else as it stands.

    One with a here-document stays as it stands, too: what looks like a comment there is data.

    Args:
        text: What would follow `bash -c --`.
    """
    if "#" not in text or "<<" in text or not read_command(text).understood:
        return text
    raw = text.encode()
    found: list[tuple[int, int]] = []
    waiting = [Parser(_LANGUAGE).parse(raw).root_node]
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            found.append((node.start_byte, node.end_byte))
        waiting += node.children
    kept, at = b"", 0
    for start, end in sorted(found):
        kept += raw[at:start]
        at = end
    return (kept + raw[at:]).decode().strip()
