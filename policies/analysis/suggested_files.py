"""The files of a suggested policy: what was named, and what is kept since nobody recorded it."""

from __future__ import annotations

from pathlib import PurePosixPath

from policies.analysis.line import Lines
from policies.analysis.references import Reference
from policies.index import Access
from policies.policy import Policy
from policies.state import WORKSPACE
from semantics.paths import canonical, within

_MANY = 3
_NULL = PurePosixPath("/dev/null")
# What a dynamically linked program needs before it has done anything.
_TO_START = ("/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache")
_UNSEEN = "what programs open by themselves is not on record"
_HELD = "what lies there can be replaced by whatever an agent writes there"


class Files:
    """Gathers the paths that actions named.

    Args:
        base: The policy that the episodes ran under; None where it is not known.
    """

    def __init__(self, base: Policy | None) -> None:
        self._base = base
        self._named: dict[Access, dict[PurePosixPath, list[Reference]]] = {
            "read": {},
            "write": {},
            "execute": {},
        }

    def note(self, path: PurePosixPath, access: Access, at: Reference) -> None:
        """Adds a canonical path that an action opened."""
        place = WORKSPACE if within(path, WORKSPACE) and access != "execute" else path
        self._named[access].setdefault(place, []).append(at)

    def argument(self, path: str, cwd: PurePosixPath, writes: bool, at: Reference) -> None:
        """Adds an argument that looks like a path beyond the workspace."""
        try:
            place = canonical(path, cwd)
        except ValueError:
            return
        if within(place, WORKSPACE) or place == PurePosixPath("/"):
            return
        base = self._base
        if base is not None:
            writes = base.index.covering(place, "write") is not None
            if not writes and base.index.covering(place, "read") is None:
                # It was refused, or was no path.
                return
        self.note(place, "write" if writes else "read", at)

    def lines(self, interprets: tuple[str, ...], writers: bool) -> dict[Access, Lines]:
        """The lines of `files.read`, `write` and `execute`.

        Args:
            interprets: Programs that start others by themselves.
            writers: Whether a program ran that may write files of its own.
        """
        found: dict[Access, Lines] = {"read": Lines(), "write": Lines(), "execute": Lines()}
        self._kept(found, interprets, writers)
        found["write"].note(str(_NULL), purpose="where output goes that nobody wants")
        for access in ("execute", "write", "read"):
            self._add(found, access)
        return found

    def _kept(self, found: dict[Access, Lines], interprets: tuple[str, ...], writers: bool) -> None:
        base = self._base
        if base is None:
            for path in _TO_START:
                found["read"].note(path, purpose="programs cannot start without it")
            return
        why = f"kept from {base.name}: {_UNSEEN}"
        for root in base.files.read:
            if not within(root, WORKSPACE):
                found["read"].note(str(root), purpose=why)
        if writers:
            for root in base.files.write:
                if not within(root, WORKSPACE):
                    found["write"].note(str(root), purpose=why)
        if interprets:
            who = ", ".join(interprets)
            for root in base.files.execute:
                opens = _HELD if base.index.covering(root, "write") is not None else ""
                what = f"kept from {base.name}: what {who} may start is not on record"
                found["execute"].note(str(root), purpose=what, opens=opens)

    def _add(self, found: dict[Access, Lines], access: Access) -> None:
        covering = {
            "read": ("read", "write", "execute"),
            "write": ("write",),
            "execute": ("execute",),
        }[access]
        open_already = [PurePosixPath(line.value) for one in covering for line in found[one]]  # type: ignore[index]
        wanted = Lines()
        for path, references in self._named[access].items():
            if any(within(path, root) for root in open_already):
                continue
            for at in references:
                wanted.note(str(path), at, purpose=_purpose(path), opens=_opened(path, access))
        _join_neighbours(wanted)
        for line in wanted:
            wanted.move(line.value, found[access])


def _purpose(path: PurePosixPath) -> str:
    return "where episodes start and programs find their files" if path == WORKSPACE else ""


def _opened(path: PurePosixPath, access: Access) -> str:
    return _HELD if access == "execute" and within(path, WORKSPACE) else ""


def _join_neighbours(lines: Lines) -> None:
    """Puts a directory in the place of many of its files."""
    beside: dict[PurePosixPath, list[str]] = {}
    for line in lines:
        beside.setdefault(PurePosixPath(line.value).parent, []).append(line.value)
    for parent, values in beside.items():
        # A whole top-level directory is more than a few files in it can ask for.
        if len(values) > _MANY and len(parent.parts) > 2:
            opens = f"all else beneath {parent}; {len(values)} files of it were used"
            lines.join(values, str(parent), opens=opens)
