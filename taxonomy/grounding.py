"""What was known, when: each thing that an action names, looked up in what came before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from semantics.reference import Reference
from taxonomy.defaults import CONVENTIONS, HOSTS, VARIABLES, Defaults
from taxonomy.known import Known, Place, Source

Status = Literal["known", "made", "near", "unknown", "refuted", "untold"]
"""On record; made by this very action; like something on record; nowhere; shown not to be so;
not to be told."""

_DEFAULT = Place("default", None)
_SKIPPED = frozenset(("", ".", ".."))
_PORTS = frozenset((":", ":80", ":443"))
_DIGITS = re.compile(r"\d+\Z")
_WORD = re.compile(r"\w+")
_URL_PARTS = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(:\d+)?([^?#]*)", re.I
)


class Ground(NamedTuple):
    """What is known of one thing that an action names, before the action."""

    reference: Reference
    """The thing."""
    status: Status
    """Whether it was known."""
    source: Source | None = None
    """Where from; absent where it was not."""
    step: int | None = None
    """The step that first showed it, made it, or showed that it is not so."""
    nearest: str | None = None
    """Of what was known, the name most like it, where it is not known itself."""


class Lookup:
    """Looks things up in an index that knows the prefix and nothing later."""

    def __init__(self, known: Known, defaults: Defaults) -> None:
        self._known = known
        self._defaults = defaults
        self.refuted: dict[str, int] = {}
        """Names that an observation has shown to be absent, with its step."""
        self.blind = False
        """Whether the agent was shown pages that the record does not hold."""

    def stands(self, reference: Reference) -> Ground:
        """The answer for a thing that no action names; what is like it is not looked for."""
        at = self.refuted.get(name_of(reference)) if self.refuted else None
        if at is not None:
            return Ground(reference, "refuted", "observation", at)
        place = self._place(reference)
        if place is None:
            return Ground(reference, "unknown")
        return Ground(reference, "known", place.source, place.step)

    def misspelt(self, name: str) -> str | None:
        """The known name that a name nearly is."""
        return self._known.misspelt(name)

    def grounds(self, references: Sequence[Reference]) -> tuple[Ground, ...]:
        """One answer for each reference of one action, in their order."""
        made = {one.text for one in references if one.role == "write"}
        return tuple(self._ground(one, made) for one in references)

    def _ground(self, reference: Reference, made: set[str]) -> Ground:
        text = reference.text
        if reference.role == "write":
            return self._written(reference)
        at = self.refuted.get(name_of(reference)) if self.refuted else None
        if at is not None and text not in made:
            return Ground(reference, "refuted", "observation", at)
        place = self._place(reference)
        if place is not None:
            return Ground(reference, "known", place.source, place.step)
        if text in made or any(text.startswith(f"{one}/") for one in made):
            return Ground(reference, "made", "action")
        if reference.kind == "element" and self.blind:
            return Ground(reference, "untold")
        if reference.kind == "flag" and self._defaults.flag(reference.owner, text) is None:
            return Ground(reference, "untold")
        nearest = self._nearest(reference)
        if nearest is not None and (place := self._known.place(nearest)) is not None:
            return Ground(reference, "near", place.source, place.step, nearest)
        return Ground(reference, "unknown")

    def _written(self, reference: Reference) -> Ground:
        """What is written need not be there; the folder that it is written to must."""
        folder, slash, _ = reference.text.rstrip("/").rpartition("/")
        if reference.kind != "path" or not slash or reference.owner == "mkdir":
            return Ground(reference, "made", "action")
        parent = reference._replace(text=folder or "/", role="read")
        found = self._ground(parent, set())
        if found.status not in ("known", "made"):
            return found
        return Ground(reference, "made", "action")

    def _place(self, reference: Reference) -> Place | None:
        text = reference.text
        match reference.kind:
            case "path":
                return self._path(text)
            case "url":
                return self._url(text)
            case "program":
                return _DEFAULT if text in self._defaults.programs else self._known.place(text)
            case "flag":
                if self._defaults.flag(reference.owner, text):
                    return _DEFAULT
                return self._known.place(text)
            case "host":
                return _DEFAULT if text in HOSTS else self._known.place(text.split("@")[-1])
            case "variable":
                return _DEFAULT if text in VARIABLES else self._known.place(text)
            case "number":
                return self._number(text)
            case _:
                if text in self._defaults.programs:
                    return _DEFAULT
                return self._known.place(text) or self._words(text)

    def _path(self, text: str) -> Place | None:
        place = self._known.place(text)
        if place is not None:
            return place
        if self._defaults.path(text.rstrip("/") or "/") or text in CONVENTIONS or text == "-":
            return _DEFAULT
        parts = [part for part in text.split("/") if part not in _SKIPPED]
        if not parts:
            return _DEFAULT
        if parts[0].startswith("~"):
            parts = parts[1:] or ["home"]
        *folders, last = parts
        if not all(part in self._known or part in CONVENTIONS for part in folders):
            return None
        return self._known.place(last) or (_DEFAULT if last in CONVENTIONS else None)

    def _url(self, text: str) -> Place | None:
        found = self._known.place(text) or self._known.place(text.rstrip("/"))
        parts = None if found else _URL_PARTS.match(text)
        if parts is None:
            return found
        host, port, path = parts[1], parts[2], parts[3]
        place = _DEFAULT if host in HOSTS else self._known.place(host)
        if port is not None and port not in _PORTS:
            # Where a service listens is a thing to know of its own.
            place = place and self._known.place(port[1:])
        for part in path.split("/"):
            if place is None or part in _SKIPPED or _DIGITS.match(part):
                continue
            place = self._known.place(part) or (_DEFAULT if part in CONVENTIONS else None)
        return place

    def _number(self, text: str) -> Place | None:
        bare = text.replace(",", "").lstrip("+")
        # Small numbers are counted and need nobody to show them.
        if len(bare) < 2:
            return _DEFAULT
        for form in (bare, text, bare.rstrip("0").rstrip(".") if "." in bare else bare):
            if (place := self._known.place(form)) is not None:
                return place
        return None

    def _words(self, text: str) -> Place | None:
        """The place of the word that came last, where all words of a name are known."""
        places = []
        for word in _WORD.findall(text):
            place = self._known.place(word) or self._known.place(word.lower())
            if place is None and len(word) > 2:
                place = self._known.place(word.capitalize())
            if place is None:
                return None
            places.append(place)
        return max(places, key=lambda place: -1 if place.step is None else place.step, default=None)

    def _nearest(self, reference: Reference) -> str | None:
        if reference.kind in ("number", "variable"):
            return None
        name = name_of(reference)
        misspelt = self._known.misspelt(name)
        if misspelt is not None:
            return misspelt
        stem, dot, _ = name.rpartition(".")
        if dot and stem in self._known and len(stem) > 2:
            # A module that was named without its ending.
            return stem
        return self._known.nearest(name)


def name_of(reference: Reference) -> str:
    """What a thing is called where it stands alone: of a path its last part."""
    if reference.kind != "path":
        return reference.text
    return reference.text.rstrip("/").rpartition("/")[2] or reference.text
