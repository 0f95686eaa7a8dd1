"""Markdown that is safe with anyone's text in it, and the page it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from episodes.terminal import safe_line

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }}
table {{ border-collapse: collapse; margin: 0.5rem 0 1.5rem; display: block; overflow-x: auto; }}
th, td {{ border-bottom: 1px solid #8886; padding: 0.25rem 0.8rem 0.25rem 0; text-align: left;
  vertical-align: top; }}
code {{ font-size: 0.92em; overflow-wrap: anywhere; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def code(text: str, limit: int = 100) -> str:
    """Anyone's text as a code span, in which nothing but the span's end has a meaning.

    Args:
        text: The text; control characters are written out.
        limit: At most so many characters are kept, an ellipsis included.
    """
    line = safe_line(text)
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    if not line.strip():
        return "` `" if line else ""
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[0] in "` " or line[-1] in "` \\" else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table's lines, with an empty one after; our own words and `code` spans as cells."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    # A cell ends at a bar, in a code span too.
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def html_page(markdown: str, title: str) -> str:
    """A whole page that loads nothing from anywhere and runs nothing.

    Args:
        markdown: What `table` and `code` made, and our own words.
        title: Our own words.
    """
    from html import escape

    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Nothing of ours is a link or a picture, so whatever looks like one is somebody's text.
    parser.disable(["link", "image", "autolink", "html_inline", "html_block", "reference"])
    return _PAGE.format(title=escape(title), body=parser.render(markdown))
