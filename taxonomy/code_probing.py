"""Whether a program that a tool is given to run asks, rather than takes for granted."""

from __future__ import annotations

import re
from typing import Literal

CodeProbe = Literal["search", "listing", "guarded"]
"""How it asks: for what matches; for what is there; with a way on if it is not."""

# What leaves something behind.
_CHANGES = re.compile(
    r"open\([^)\n]*,\s*(?:mode\s*=\s*)?['\"][^'\"]*[wax+]|\.to_(?:csv|json|excel|parquet|sql|pickle)\("
    r"|\.write(?:_text|_bytes|lines)?\(|\bos\.(?:remove|unlink|rename|replace|makedirs|mkdir|rmdir"
    r"|system|chmod)|\bshutil\.|\.(?:post|put|delete|patch)\(|\bsubprocess\b|\bsavefig\(|\.save\("
    r"|(?<!def )\b\w*(?:download|upload)\w*\(|\.(?:mkdir|unlink|touch|rename)\("
    r"|\.commit\(|\b(?:click|fill|type|goto|press|submit)\("
)
_SEARCHES = re.compile(r"(?<![\w.])(?:\w+\.)?\w*(?:search|lookup)\w*\s*\(", re.IGNORECASE)
# These look in what is at hand.
_WITHIN = re.compile(r"\b(?:re|regex|pattern|\w*_re)\.|\bdef\b|binary_search|bisect", re.IGNORECASE)
_GUARDS = re.compile(
    r"except\s*\(?[^:\n]*\b(?:FileNotFoundError|ModuleNotFoundError|ImportError)\b"
    r"|\bos\.path\.(?:exists|isfile|isdir)\(|\.(?:exists|is_file|is_dir)\(\)|\bfind_spec\("
)
_LISTS = re.compile(
    r"\bos\.(?:listdir|walk|scandir)\(|\bglob\.i?glob\(|\.(?:iterdir|glob|rglob)\("
    r"|(?<![\w.])(?:explore|inspect|describe|preview|list)_\w+\(|(?<![\w.])(?:dir|help)\("
    r"|\.sheet_names\b|sqlite_master"
)
_SHOWS = re.compile(r"\.(?:head|info|describe|sample)\(|\.(?:columns|dtypes)\b")
_WORKS_OUT = re.compile(
    r"\.(?:groupby|sum|mean|median|merge|sort_values|apply|agg|count|max|min|nunique|iterrows)\("
    r"|==|\bdef\b|\.dt\."
)
_MOST = 15


def probe_code(code: str) -> CodeProbe | None:
    """How a program asks; absent where it does not, or where it may do more than that.

    Going by its words: calls that search, that ask whether a thing is there or what there is, and
    a first look at a table's shape with nothing worked out of it.
    """
    if not code or _CHANGES.search(code):
        return None
    for line in code.splitlines():
        if _SEARCHES.search(line) and not _WITHIN.search(line) and "import" not in line:
            return "search"
    if _GUARDS.search(code):
        return "guarded"
    lines = [line for line in code.splitlines() if line.strip() and line.strip()[0] != "#"]
    if len(lines) > _MOST:
        # It goes on to something else.
        return None
    if _LISTS.search(code) or (_SHOWS.search(code) and not _WORKS_OUT.search(code)):
        return "listing"
    return None
