"""What the pages ask of a log: paged by key, counted up to a cap, from the facts kept beside it.

Pure reads, for one thread and one log; nothing here knows of Streamlit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal, Protocol

from episodes.facts import MODES, Facts
from episodes.reader import LogReader
from taxonomy.curve import Bin
from viewer.filter import COLUMNS, EVENTS, By, Filter
from viewer.found import Group, Listed, Listing, Point, StepMark

COUNT_CAP = 10_000
"""More than this is told as "more than": nobody pages to the end of it."""

_Order = Literal["ASC", "DESC"]
_PLACE = re.compile(r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\|([^|]*)\|(.*)", re.ASCII)
_COLUMNS = ", ".join(
    (*(f"e.{each.name}" for each in fields(Listed) if each.name != "modes"), *MODES)
)


class Queries:
    """Asks one log.

    Args:
        facts: The log's episodes.
        search: Finds the episodes whose text holds some words; absent where there is no index.
    """

    def __init__(self, facts: Facts, search: Searching | None = None) -> None:
        self.reader: LogReader = facts.reader
        """The log."""
        self._facts, self._search = facts, search
        self._moment = _Moment(str(facts.reader.path), facts.state, facts)
        self._found: dict[str, str] = {}

    def is_empty(self) -> bool:
        """Whether no episode is there yet."""
        return not self._facts.select("SELECT 1 FROM facts LIMIT 1")

    def choices(self, name: Literal["run", "agent", "task", "policy"]) -> list[str]:
        """What episodes have in a column, the most frequent first; a thousand at most."""
        rows = self._once(
            f"SELECT {name} AS name, count(*) AS n FROM facts GROUP BY 1 "  # noqa: S608 - ours
            "ORDER BY n DESC, 1 LIMIT 1000"
        )
        return [str(row["name"]) for row in rows]

    def modes(self) -> list[str]:
        """Every failure mode that some episode shows."""
        shown = ", ".join(f"max({mode}) AS {mode}" for mode in MODES)
        [row] = self._once(f"SELECT {shown} FROM facts")  # noqa: S608 - ours
        return sorted(mode for mode in MODES if row[mode])

    def count(self, wanted: Filter) -> int:
        """How many episodes match, up to one more than `COUNT_CAP`."""
        where, values = self._where(wanted)
        sql = f"SELECT count(*) AS n FROM (SELECT 1 FROM facts e WHERE {where} LIMIT :cap)"  # noqa: S608 - ours
        return int(self._once(sql, {**values, "cap": COUNT_CAP + 1})[0]["n"])

    def page(self, wanted: Filter, start: str | None = None, size: int = 50) -> Listing:
        """A page of episodes, the last begun first.

        Args:
            wanted: Which ones.
            start: From an earlier page's `next`; the first page where absent.
            size: How many.
        """
        where, values = self._where(wanted)
        key = wanted.key()
        if start and (place := _PLACE.fullmatch(start)):  # Else it was typed: the first page.
            most, began, episode = place.groups()
            where += f" AND ({key}, e.began, e.episode) <= (:key_most, :key_began, :key_episode)"
            values |= {"key_most": float(most), "key_began": began, "key_episode": episode}
        sql = (
            f"SELECT {_COLUMNS}, {key} AS sorted_by FROM facts e WHERE {where} "  # noqa: S608 - ours
            f"ORDER BY {_by(key, 'DESC')} LIMIT :size"
        )
        found = self._facts.select(sql, {**values, "size": size + 1})
        keys = [row.pop("sorted_by") for row in found]
        rows = tuple(_listed(row) for row in found)
        if len(rows) <= size:
            return Listing(rows, None)
        return Listing(rows[:size], f"{keys[size]}|{rows[size].began}|{rows[size].episode}")

    def beside(self, episode: str, wanted: Filter) -> tuple[str | None, str | None]:
        """The episodes before and after one in a filtered list, in its order turned round."""
        where, values = self._where(wanted)
        key = wanted.key()
        found: list[str | None] = []
        ways: tuple[tuple[str, _Order], ...] = (("<", "DESC"), (">", "ASC"))
        for than, order in ways:
            rows = self._facts.select(
                f"SELECT e.episode FROM facts e WHERE {where} "  # noqa: S608 - ours
                f"AND ({key}, e.began, e.episode) {than} "
                f"(SELECT {key}, e.began, e.episode FROM facts e WHERE e.episode = :this) "
                f"ORDER BY {_by(key, order)} LIMIT 1",
                {**values, "this": episode},
            )
            found.append(str(rows[0]["episode"]) if rows else None)
        return found[0], found[1]

    def listed(self, episode: str) -> Listed | None:
        """One episode as a list has it."""
        rows = self._facts.select(
            f"SELECT {_COLUMNS} FROM facts e WHERE e.episode = :episode",  # noqa: S608 - ours
            {"episode": episode},
        )
        return _listed(rows[0]) if rows else None

    def matrix(self, by: By, wanted: Filter) -> list[Group]:
        """Episodes by one thing, with how many show each event and failure mode; 200 rows at most.

        Args:
            by: What the rows are.
            wanted: Which episodes.
        """
        where, values = self._where(wanted)
        name = COLUMNS[by]
        counted = ", ".join(f"sum(e.{shown} > 0) AS {shown}" for shown in (*EVENTS, *MODES))
        rows = self._once(
            f"SELECT {name} AS name, count(*) AS episodes, "  # noqa: S608 - ours
            "sum(e.status IN ('terminated', 'truncated')) AS ended, "
            "sum(coalesce(e.success, 0)) AS solved, sum(e.steps) AS steps, sum(e.cost) AS cost, "
            f"{counted} FROM facts e WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200",
            values,
        )
        return [
            Group(
                name=str(row["name"]),
                episodes=row["episodes"],
                ended=row["ended"] or 0,
                solved=row["solved"] or 0,
                steps=row["steps"] or 0,
                cost=row["cost"] or 0.0,
                counts={event: row[event] or 0 for event in EVENTS}
                | {mode: row[mode] for mode in MODES if row[mode]},
            )
            for row in rows
        ]

    def trend(self, by: By, wanted: Filter, buckets: int = 60) -> list[Point]:
        """Episodes and successes over time, by the shortest of month, day and so on that fits."""
        where, values = self._where(wanted)
        ends = self._once(
            f"SELECT min(e.began) AS first, max(e.began) AS last FROM facts e WHERE {where}",  # noqa: S608 - ours
            values,
        )[0]
        if ends["first"] is None:
            return []
        # The longest prefix of an ISO time that gives no more buckets than are asked for.
        for length in (19, 16, 13, 10, 7):
            n = self._once(
                f"SELECT count(DISTINCT substr(e.began, 1, {length})) AS n "  # noqa: S608 - ours
                f"FROM facts e WHERE {where}",
                values,
            )[0]["n"]
            if n <= buckets:
                break
        rows = self._once(
            f"SELECT substr(e.began, 1, {length}) AS at, {COLUMNS[by]} AS name, "  # noqa: S608 - ours
            "count(*) AS episodes, sum(coalesce(e.success, 0)) AS solved "
            f"FROM facts e WHERE {where} AND e.status != 'faulted' GROUP BY 1, 2 ORDER BY 1, 2",
            values,
        )
        return [Point(**row) for row in rows]

    def timeline(self, episode: str) -> list[StepMark]:
        """An episode's steps, each with what the last tagger that could tell said of it."""
        rows = self.reader.select(
            "SELECT step, kind, verdict, event, state, at, seconds FROM steps "
            "WHERE episode = :episode ORDER BY step",
            {"episode": episode},
        )
        said = self.reader.select(
            "SELECT step, primary_cause, probability, overlays, tagger FROM tags "
            "WHERE episode = :episode AND marks = 'with' ORDER BY entry, place",
            {"episode": episode},
        )
        last: dict[int, dict[str, dict[str, Any]]] = {}
        for row in said:
            last.setdefault(row["step"], {})[row["tagger"]] = row
        return [StepMark(**row, **_said(last.get(row["step"], {}))) for row in rows]

    def calibration(self, wanted: Filter) -> dict[str, list[Bin]]:
        """What agents said at first of their chances beside what came, by agent and by tenth.

        Args:
            wanted: Which episodes; those whose end tells nothing are left out.
        """
        where, values = self._where(wanted)
        rows = self._once(
            "SELECT e.agent, count(*) AS estimates, "  # noqa: S608 - ours
            "count(*) AS episodes, avg(e.said) AS stated, sum(e.success) AS solved, "
            "sum((e.said - e.success) * (e.said - e.success)) AS squares "
            f"FROM facts e WHERE {where} AND e.success IS NOT NULL AND e.said IS NOT NULL "
            # One that a limit cut short is censored, whatever its check made of what was there.
            "AND e.status = 'terminated' "
            "GROUP BY e.agent, min(CAST(e.said * 10 AS INTEGER), 9) ORDER BY e.agent, stated",
            values,
        )
        found: dict[str, list[Bin]] = {}
        for row in rows:
            one = Bin(**{name: row[name] for name in Bin._fields})
            found.setdefault(row["agent"], []).append(one)
        return found

    def censored(self, wanted: Filter) -> dict[str, int]:
        """By agent, the episodes that said what their chances were and were cut short."""
        where, values = self._where(wanted)
        rows = self._once(
            "SELECT e.agent, count(*) AS n "  # noqa: S608 - ours
            f"FROM facts e WHERE {where} AND e.status = 'truncated' AND e.said IS NOT NULL "
            "GROUP BY e.agent",
            values,
        )
        return {row["agent"]: row["n"] for row in rows}

    def policies(self) -> list[dict[str, Any]]:
        """Each policy by name and digest: episodes, steps, denials, the last time."""
        return self._facts.select(
            "SELECT policy, policy_digest AS digest, count(*) AS episodes, sum(steps) AS steps, "
            "sum(denials) AS denials, max(began) AS last FROM facts "
            "GROUP BY 1, 2 ORDER BY 6 DESC LIMIT 200"
        )

    def verdicts(self, policy: str, digest: str | None, most: int = 500) -> list[dict[str, Any]]:
        """What a policy decided in its last episodes: rule, verdict, how often, one place to see.

        Args:
            policy: Its name.
            digest: Its digest.
            most: How many episodes are looked at, the last begun.
        """
        last = self._facts.select(
            "SELECT episode FROM facts WHERE policy = :policy AND policy_digest IS :digest "
            "ORDER BY began DESC LIMIT :most",
            {"policy": policy, "digest": digest, "most": most},
        )
        return self.reader.select(
            "SELECT rule_id, verdict, count(*) AS n, min(episode) AS episode, min(step) AS step "
            "FROM steps WHERE episode IN (SELECT value FROM json_each(?)) "
            "AND verdict IS NOT NULL GROUP BY 1, 2 ORDER BY verdict DESC, n DESC",
            [json.dumps([row["episode"] for row in last])],
        )

    def _once(self, sql: str, values: dict[str, Any] | None = None) -> Sequence[dict[str, Any]]:
        """What a question over the whole log finds; asked once for each state of the log."""
        return _found(self._moment, sql, tuple(sorted((values or {}).items())))

    def _where(self, wanted: Filter) -> tuple[str, dict[str, Any]]:
        condition, values = wanted.where()
        if wanted.text and self._search is not None:
            condition += " AND e.number IN (SELECT value FROM json_each(:found))"
            if wanted.text not in self._found:
                found = self._search.episodes(wanted.text, COUNT_CAP)
                self._found[wanted.text] = json.dumps(found)
            values["found"] = self._found[wanted.text]
        return condition, values


@dataclass(frozen=True)
class _Moment:
    """A log at one of its states: what was found there holds as long as it."""

    log: str
    state: str
    facts: Facts = field(compare=False)


@lru_cache(maxsize=200)
def _found(
    moment: _Moment, sql: str, values: tuple[tuple[str, Any], ...]
) -> Sequence[dict[str, Any]]:
    return tuple(moment.facts.select(sql, dict(values)))


def _by(key: str, order: _Order) -> str:
    # Without the constant, so that the index on beginnings serves the order.
    first = "" if key == "0" else f"{key} {order}, "
    return f"{first}e.began {order}, e.episode {order}"


class Searching(Protocol):
    """Finds episodes by their text; see `episodes.search`."""

    def episodes(self, words: str, most: int) -> Sequence[int]:
        """The numbers of those whose text holds all the words."""
        ...


def _listed(row: dict[str, Any]) -> Listed:
    success = row["success"]
    modes = {mode: row.pop(mode) for mode in MODES}
    return Listed(
        **{**row, "success": None if success is None else bool(success)},
        modes={mode: n for mode, n in modes.items() if n},
    )


def _said(taggers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is shown of a step that several have tagged: a person first, then who is surest."""
    if not taggers:
        return {"cause": "", "probability": 0.0, "overlays": ()}
    told = [row for row in taggers.values() if row["primary_cause"] not in ("none", "undetermined")]
    best = max(
        told or list(taggers.values()),
        key=lambda row: (row["tagger"].startswith("person:"), row["probability"]),
    )
    overlays = {name for row in taggers.values() for name in row["overlays"].split(",") if name}
    return {
        "cause": best["primary_cause"],
        "probability": best["probability"],
        "overlays": tuple(sorted(overlays)),
    }
