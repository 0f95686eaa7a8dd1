"""What commands have exported, against what every first command gets."""

from __future__ import annotations

from collections.abc import Mapping

from episodes.files import Exported

_ALWAYS = "PATH"
"""Every command gets the same one, whatever was exported."""


class Variables:
    """Tells changes of the environment that the next command gets.

    Args:
        first: What the first command gets.
    """

    def __init__(self, first: Mapping[str, str]) -> None:
        self._first = {name: value for name, value in first.items() if name != _ALWAYS}
        self._told = Exported()
        self._last: Mapping[str, str] | None = None

    def exported(self, now: Mapping[str, str]) -> Exported | None:
        """What the next command gets, where that is not what was told before.

        Args:
            now: What the last command left; empty where none has run.
        """
        if not now or now == self._last:
            return None
        self._last = now
        found = self._against(now)
        if found == self._told:
            return None
        self._told = found
        return found

    def again(self, exported: Exported) -> dict[str, str]:
        """The environment that a record speaks of."""
        kept = {name: value for name, value in self._first.items() if name not in exported.gone}
        return kept | exported.values

    def _against(self, now: Mapping[str, str]) -> Exported:
        new = {
            name: value
            for name, value in now.items()
            if name != _ALWAYS and self._first.get(name) != value
        }
        # Half a character stands for a byte that no record of text can hold.
        held = [name for name, value in new.items() if not _is_text(value)]
        return Exported(
            values={name: value for name, value in new.items() if name not in held},
            gone=tuple(sorted(self._first.keys() - now.keys())),
            withheld=tuple(held),
        )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
