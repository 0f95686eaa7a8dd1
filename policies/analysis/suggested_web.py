"""The web and the keys of a suggested policy: sites that were asked, and what they were sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from episodes.actions import (
    Action,
    Click,
    Fill,
    Goto,
    Hover,
    OpenTab,
    Press,
    Scroll,
    Select,
    Upload,
)
from episodes.decisions import Verdict
from episodes.record import Record
from policies.analysis.line import Line, Lines
from policies.analysis.uses import Use
from policies.keys import canonical_keys
from semantics.reading import Invocation
from semantics.urls import Url, canonical_url

_LOOPBACK = re.compile(r"://(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?:[:/]|\Z)")
_UNSEEN = "what a page or a program then asks for is not on record"


class Site(Record):
    """Hosts that were asked in one way."""

    scheme: str
    """The scheme."""
    port: int
    """The port."""
    effect: Verdict
    """`ask` where an approver had to allow each use."""
    methods: tuple[str, ...]
    """The methods."""
    hosts: tuple[Line, ...]
    """The hosts."""


class WebSection(Record):
    """The lines of `web` and `keys`."""

    sites: tuple[Site, ...] = ()
    """The rules on hosts."""
    private: tuple[Line, ...] = ()
    """Private addresses that were asked."""
    switches: tuple[tuple[str, Verdict, Line], ...] = ()
    """Of `forms`, `uploads` and `characters` those that were used, each with its effect."""
    keys: tuple[Line, ...] = ()
    """Keys and combinations."""
    gestures: tuple[Line, ...] = ()
    """Gestures."""


class Web:
    """Gathers what was asked of the web."""

    def __init__(self) -> None:
        self._sites: dict[tuple[str, int], list[tuple[str, Use]]] = {}
        self._private, self._keys, self._gestures = Lines(), Lines(), Lines()
        self._switches: dict[str, list[Use]] = {}

    def note(self, use: Use) -> None:
        """Adds what an action of the browser's did."""
        action, at = use.action, use.reference
        match action:
            case Goto(url=url) | OpenTab(url=str(url)):
                self._asked(url, use)
            case Fill() | Select():
                self._switches.setdefault("forms", []).append(use)
            case Upload():
                self._switches.setdefault("uploads", []).append(use)
            case Press():
                self._pressed(action.keys, use)
            case Click() | Hover() | Scroll():
                for gesture in _gestures(action):
                    self._gestures.note(gesture, at)

    def argument(self, program: Invocation, use: Use) -> None:
        """Adds the addresses among a program's arguments."""
        for argument in program.argv[1:]:
            # The container's own loopback never leaves it, and needs no rule.
            if argument and "://" in argument and not _LOOPBACK.search(argument):
                self._asked(argument, use)

    def section(self) -> WebSection:
        """All of it."""
        methods = ("GET", "HEAD", *(("POST",) if "forms" in self._switches else ()))
        return WebSection(
            sites=tuple(
                Site(
                    scheme=scheme,
                    port=port,
                    effect=_effect(use for _, use in asked),
                    methods=methods,
                    hosts=_hosts(asked),
                )
                for (scheme, port), asked in sorted(self._sites.items())
            ),
            private=tuple(self._private),
            switches=tuple(
                (name, _effect(uses), _line(name, uses))
                for name, uses in sorted(self._switches.items())
            ),
            keys=tuple(self._keys),
            gestures=tuple(self._gestures),
        )

    def _asked(self, text: str, use: Use) -> None:
        try:
            url = canonical_url(text)
        except ValueError:
            # No policy lets it through; it is told among what is not covered.
            return
        if url.port is None or url.scheme not in ("http", "https", "ws", "wss"):
            return
        self._sites.setdefault((url.scheme, url.port), []).append((url.host, use))
        private = _private(url)
        if private is not None:
            opens = f"every service at {private}, which is not on the public internet"
            self._private.note(private, use.reference, opens=opens)

    def _pressed(self, keys: str, use: Use) -> None:
        try:
            straight = canonical_keys(keys)
        except ValueError:
            return
        if len(straight) == 1:
            self._switches.setdefault("characters", []).append(use)
        else:
            self._keys.note(straight, use.reference)


def _hosts(asked: list[tuple[str, Use]]) -> tuple[Line, ...]:
    lines = Lines()
    for host, use in asked:
        opens = f"all of {host} by these methods: {_UNSEEN}"
        lines.note(host, use.reference, opens=opens)
    return tuple(lines)


def _effect(uses: Iterable[Use]) -> Verdict:
    return "ask" if all(use.asked for use in uses) else "allow"


def _line(name: str, uses: list[Use]) -> Line:
    lines = Lines()
    for use in uses:
        lines.note(name, use.reference)
    return next(iter(lines))


def _gestures(action: Action) -> tuple[str, ...]:
    if isinstance(action, Click):
        button = {"left": "click", "middle": "middle_click", "right": "right_click"}
        return (button[action.button], *(("multi_click",) if action.count > 1 else ()))
    return (action.kind,)


def _private(url: Url) -> str | None:
    if url.host == "localhost":
        return url.host
    try:
        address = ipaddress.ip_address(url.host.strip("[]"))
    except ValueError:
        return None
    return None if address.is_global else str(address)
