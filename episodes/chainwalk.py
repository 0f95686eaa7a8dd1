"""Walks every entry of a log in order, and names each that is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from episodes.blobs import Blobs
from episodes.chain import NOTHING, entry_hash, link
from episodes.entries import Body, Completed, EpisodeEnded, Prepared
from episodes.errors import LogDamaged
from episodes.observations import Page
from episodes.packing import unpack
from episodes.rollups import Rollups
from episodes.verification import Problem, Wrong

_TYPES: tuple[type | tuple[type, ...], ...] = (
    int,
    str,
    int,
    str,
    str,
    (int, type(None)),
    str,
    str,
    str,
    str,
)
_ENTRIES = (
    "SELECT id, chain, sequence, at, kind, step, body, previous, hash, link "
    "FROM log.entries ORDER BY id"
)
# Flushed now and then, so that memory does not grow with the log.
_FLUSH_EVERY = 2000


@dataclass(slots=True)
class Walked:
    """How far a chain was walked."""

    length: int = 0
    hash: str = NOTHING
    closed: bool = False


@dataclass(slots=True, frozen=True)
class _Row:
    number: int
    chain: str
    sequence: int
    at: str
    kind: str
    step: int | None
    body: str
    previous: str
    hash: str
    link: str


class ChainWalk:
    """One walk over the entries.

    Args:
        db: Has the log attached as `log`, and empty tables of its own for what follows from it.
        blobs: The log's store.
        wanted: Chains and lengths at which the hash is to be remembered.
    """

    def __init__(self, db: Database, blobs: Blobs, wanted: set[tuple[str, int]]) -> None:
        self.problems: list[Problem] = []
        """What was found, in order."""
        self.heads: dict[str, Walked] = {}
        """Each chain as far as it goes."""
        self.hashes: dict[tuple[str, int], str] = {}
        """The hash of each chain at each wanted length."""
        self.count = 0
        """Entries that were read."""
        self._db = db
        self._blobs = blobs
        self._wanted = wanted
        self._rollups = Rollups(db)
        self._link = NOTHING
        self._gap = False
        self._named: set[str] = set()
        self._lost: list[tuple[Wrong, str]] = []

    def walk(self) -> None:
        """Reads every entry.

        Raises:
            sqlite3.DatabaseError: The file cannot be read on.
        """
        expected = 1
        for values in self._db.conn.execute(_ENTRIES):
            row = _Row(*values)
            gap = row.number != expected
            if gap:
                self._missing_numbers(expected, row.number)
            self.count += 1
            if all(isinstance(value, kind) for value, kind in zip(values, _TYPES, strict=True)):
                self._entry(row, after_gap=gap)
            else:
                self._found("edited", row, "a value is not of the type that a log stores")
            expected = row.number + 1
            if self.count % _FLUSH_EVERY == 0:
                self._rollups.flush()
        self._rollups.flush()

    def other_blobs(self) -> list[Problem]:
        """Reads the blobs that no entry named, which a crash or an unfinished append may leave."""
        problems = []
        for name in self._blobs.names():
            if name not in self._named:
                try:
                    self._blobs.get(name)
                except LogDamaged as problem:
                    problems.append(
                        Problem(what="edited", where=f"blob {name}", detail=str(problem))
                    )
        return problems

    def _entry(self, row: _Row, *, after_gap: bool) -> None:
        head = self.heads.setdefault(row.chain, Walked())
        body: Body | None = None
        if self._fits(row, head, after_gap=after_gap):
            body = self._body(row)
        if body is not None:
            self._rollups.add(row.number, row.chain, row.at, body)
        # From here on by what the entry says of itself, so that one wrong entry is named once.
        head.length = max(row.sequence, 0) + 1
        head.hash = row.hash
        head.closed = isinstance(body, EpisodeEnded)
        self._link = row.link
        if (row.chain, head.length) in self._wanted:
            self.hashes[row.chain, head.length] = row.hash

    def _fits(self, row: _Row, head: Walked, *, after_gap: bool) -> bool:
        try:
            hashed = entry_hash(row.chain, row.sequence, row.at, row.previous, row.body)
            linked = link(self._link, row.hash)
        except UnicodeEncodeError:
            hashed = linked = "a text that is not UTF-8"
        if hashed != row.hash:
            self._found("edited", row, "its hash is not that of what it holds")
        elif row.sequence > head.length:
            what: Wrong = "missing" if self._gap else "moved"
            detail = f"entry {row.sequence} stands where it should be"
            self._found(what, row, detail, sequence=head.length)
        elif row.sequence < head.length:
            self._found("moved", row, f"it stands after entry {head.length - 1} of its chain")
        elif row.previous != head.hash:
            self._found("moved", row, "it names another entry as the one before it")
        elif head.closed:
            self._found("extra", row, "its episode had ended")
        elif linked != row.link and not after_gap:
            self._found("moved", row, "in the log, another entry stood before it")
        else:
            return True
        return False

    def _body(self, row: _Row) -> Body | None:
        self._lost.clear()
        try:
            body = unpack(row.body, self._blob)
        except LogDamaged as problem:
            self._found("edited", row, str(problem))
            return None
        if isinstance(body, Completed) and isinstance(body.observation, Page):
            page = body.observation
            for name in (page.screenshot_before, page.screenshot_after, page.dom):
                if name is not None:
                    self._blob(name)
        files = body.files if isinstance(body, Completed | Prepared) else None
        for name in dict.fromkeys(change.blob for change in files.changes) if files else ():
            if name is not None:
                self._blob(name)
        for what, detail in self._lost:
            self._found(what, row, detail, of="a blob of ")
        if (row.kind, row.step) != (body.kind, getattr(body, "step", None)):
            self._found("edited", row, "its columns 'kind' and 'step' are not those of its body")
        return body

    def _blob(self, name: str) -> bytes:
        self._named.add(name)
        try:
            return self._blobs.get(name)
        except LogDamaged as problem:
            self._lost.append(("edited" if self._blobs.has(name) else "missing", str(problem)))
            return b""

    def _missing_numbers(self, first: int, found: int) -> None:
        self._gap = True
        last = found - 1
        self.problems.append(
            Problem(
                what="missing",
                where=f"entry {first} of the log" if first == last else f"entry {first} to {last}",
                detail=f"entry {found} follows entry {first - 1}",
                number=first,
            )
        )

    def _found(
        self, what: Wrong, row: _Row, detail: str, *, of: str = "", sequence: int | None = None
    ) -> None:
        place = row.sequence if sequence is None else sequence
        self.problems.append(
            Problem(
                what=what,
                where=f"{of}{row.chain} entry {place}",
                detail=detail,
                chain=row.chain if isinstance(row.chain, str) else None,
                sequence=place if isinstance(place, int) and place >= 0 else None,
                number=row.number if sequence is None and row.number > 0 else None,
            )
        )
