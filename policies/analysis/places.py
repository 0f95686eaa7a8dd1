"""Where in its file a rule or field of a policy stands."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

from episodes import source
from episodes.document import read_document
from episodes.errors import PolicyInvalid
from episodes.source import Place
from policies.policy import Policy

_INDEX = re.compile(r"\[(\d+)\]")


class Places:
    """The lines of a policy's own file; what comes from a file that it extends has none."""

    def __init__(self, name_or_path: str, policy: Policy) -> None:
        preset = "/" not in name_or_path and not name_or_path.endswith((".yaml", ".yml"))
        self.file = f"{name_or_path}.yaml" if preset else name_or_path
        """What the file is called in messages."""
        if preset:
            content = (resources.files("policies.presets") / self.file).read_bytes()
        else:
            content = read_document(Path(name_or_path), PolicyInvalid)
        data, self._lines = source.parse(content, self.file, PolicyInvalid)
        self._ids: dict[str, Place] = {}
        for section in (("shell", "rules"), ("web", "rules"), ("rates",), ("lag",)):
            found: Any = data
            for part in section:
                found = found.get(part, {}) if isinstance(found, dict) else {}
            entries: list[Any] = found if isinstance(found, list) else []
            for at, entry in enumerate(entries):
                if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                    self._ids[entry["id"]] = (*section, at)
        self._extends = policy.extends is not None

    def line(self, where: str) -> int | None:
        """The line of a rule, by its id, or of a field, as `files.read[2]`; else of what holds it.

        Where the policy extends another one, its lists hold entries of both: only a rule's own id
        and a field tell the line then.
        """
        place = self._ids.get(where)
        if place is None:
            if self._extends and _INDEX.search(where):
                where = _INDEX.sub("", where)
            place = tuple(
                int(part) if part.isdigit() else part
                for part in _INDEX.sub(r".\1", where).split(".")
            )
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place) if place else None
