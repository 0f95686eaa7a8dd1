"""What a tool that is not ours does, going by its name: nobody documents it in a log."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

from episodes.actions import CallTool
from semantics.names import names

Manner = Literal["search", "listing", "read"]
"""It looks for what matches; asks what there is; shows one thing that it is given."""

_SEARCHES = names("search find query lookup discover grep glob locate browse websearch")
_LISTS = names("list ls dir tree directory enumerate filemap explore")
_READS = names(
    "get read view open show fetch describe inspect check cat head tail retrieve look goto scroll "
    "decompile disassemble download_page webfetch peek display webread"
)
# A name with one of these in it does more than look.
_ACTS = names(
    "create make write edit update modify set add insert append delete remove cancel book buy pay "
    "send submit post put patch save move rename copy replace exchange return transfer run exec "
    "execute start stop kill install upload download apply commit push call reply close str"
)
# These only think.
_MUSES = names("think calculate compute reflect plan todo")
# Where one tool does several things, an argument says which.
_WAYS = names("command action operation mode method")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def manner(action: CallTool) -> Manner | None:
    """How a call looks; absent where it may do more, or where its name does not tell."""
    found = manner_of(action.name)
    if found is not None:
        return found
    for way in _WAYS:
        chosen = action.arguments.get(way)
        if isinstance(chosen, str) and 0 < len(chosen) < 20:
            return manner_of(chosen)
    return None


@lru_cache(maxsize=1024)
def manner_of(name: str) -> Manner | None:
    """How a tool of this name looks; what its name says first counts."""
    pieces = [piece.lower() for piece in _PIECES.findall(name.rpartition(".")[2])]
    for piece in pieces:
        if piece in _ACTS:
            return None
        if piece in _SEARCHES:
            return "search"
        if piece in _LISTS:
            return "listing"
        if piece in _READS:
            # `list_all`, but `get_user_list` too, asks what there is.
            return "listing" if not _LISTS.isdisjoint(pieces) else "read"
    return None


@lru_cache(maxsize=1024)
def muses(name: str) -> bool:
    """Whether a tool of this name only thinks or reckons, and shows nothing of the world."""
    return not _MUSES.isdisjoint(piece.lower() for piece in _PIECES.findall(name))


def code_of(action: CallTool) -> str:
    """The program that a call has run; empty where its arguments hold none."""
    return "\n".join(_codes(action.arguments))


def _codes(value: JsonValue) -> list[str]:
    if isinstance(value, list):
        return [code for one in value for code in _codes(one)]
    if not isinstance(value, dict):
        return []
    found = [held for key, held in value.items() if key == "code" and isinstance(held, str)]
    for held in value.values():
        if isinstance(held, list):
            found += _codes(held)
    return found
