"""Differences in what the kernel, the proxy and the host hold, field by field."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, get_args

from episodes.actions import (
    Action,
    Click,
    Fill,
    Finish,
    Hover,
    Press,
    ReadFile,
    ReadPage,
    RunCommand,
    Scroll,
    StopProcess,
    Target,
    Upload,
)
from episodes.record import Record
from policies.analysis.difference import Difference
from policies.analysis.widths import Width, widths
from policies.analysis.witness import shown
from policies.engine import decide
from policies.keys import Gesture
from policies.policy import Policy
from policies.rules import Tool
from policies.state import State

COMPARED_AS_LANGUAGES = frozenset(
    {
        "shell.rules",
        "files.read",
        "files.write",
        "files.execute",
        "files.deny",
        "web.allowedDomains",
        "web.deniedDomains",
        "web.rules",
    }
)
"""Fields whose entries cover one another, so that what differs is not told by their text."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ANYWHERE = Target(selector="body")
_TOOLS: dict[Tool, Action] = {
    "shell": RunCommand(command=":"),
    "processes": StopProcess(name="x"),
    "files": ReadFile(path=PurePosixPath("/workspace/x")),
    "browser": ReadPage(),
    "finish": Finish(),
}
_GESTURES: dict[Gesture, Action] = {
    "click": Click(target=_ANYWHERE),
    "middle_click": Click(target=_ANYWHERE, button="middle"),
    "right_click": Click(target=_ANYWHERE, button="right"),
    "multi_click": Click(target=_ANYWHERE, count=2),
    "hover": Hover(target=_ANYWHERE),
    "scroll": Scroll(dy=1.0),
}


def field_differences(old: Policy, new: Policy) -> Iterator[Difference]:
    """Finds the fields that allow more or less by the direction that each declares.

    An example goes with those for which one action can show it.
    """
    for width in widths(old, new):
        if width.field in COMPARED_AS_LANGUAGES or _same_addresses(width, old, new):
            continue
        action = _example(width, old, new)
        before, after = _value(width.before), _value(width.after)
        both = " in part, and less in part" if width.wider and width.narrower else ""
        yield Difference(
            change="allowed" if width.wider else "denied",
            widens=width.wider,
            part="reach",
            field=width.field,
            what=f"{width.field} {'allows more' if width.wider else 'allows less'}{both}",
            before=before,
            after=after,
            witness=None if action is None else shown(action),
            action=action,
        )


def _same_addresses(width: Width, old: Policy, new: Policy) -> bool:
    """Whether the entry of `web.private` that came or went is covered by others on both sides."""
    if width.field != "web.private":
        return False
    entry, others = (width.after, old) if width.wider else (width.before, new)
    held = [network for name in others.web.private for network in _networks(name)]
    if entry == "localhost" and entry not in others.web.private:
        return False
    return all(
        any(
            network.subnet_of(other)  # type: ignore[arg-type]
            for other in _joined([one for one in held if one.version == network.version])
        )
        for network in _networks(entry)
    )


def _networks(name: str) -> list[_Network]:
    texts = ("127.0.0.1", "::1") if name == "localhost" else (name,)
    return [ipaddress.ip_network(text) for text in texts]


def _joined(networks: list[_Network]) -> list[_Network]:
    return list(ipaddress.collapse_addresses(networks))  # type: ignore[type-var]


def _example(width: Width, old: Policy, new: Policy) -> Action | None:
    """An action whose verdict changes with the field, if there is one."""
    for action in _examples(width):
        verdicts = [decide(action, State(), policy).verdict for policy in (old, new)]
        if verdicts[0] != verdicts[1]:
            return action
    return None


def _examples(width: Width) -> Iterator[Action]:
    entry = width.before if width.after is None else width.after
    match width.field:
        case "tools" if entry in get_args(Tool):
            yield _TOOLS[entry]
        case "keys.gestures" if entry in get_args(Gesture):
            yield _GESTURES[entry]
        case "keys.allowed":
            yield Press(keys=str(entry))
        case "keys.characters":
            yield Press(keys="a")
        case "web.forms":
            yield Fill(target=_ANYWHERE, text="x")
        case "web.uploads":
            yield Upload(target=_ANYWHERE, path=PurePosixPath("/workspace/x"))
        case "shell.not_understood":
            yield RunCommand(command="eval x")


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Record):
        return value.model_dump_json(exclude_defaults=True)
    return str(value)
