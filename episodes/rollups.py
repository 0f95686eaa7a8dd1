"""The narrow tables that are filtered and counted, kept as entries arrive.

They follow from the entries alone, and `verify` makes them anew to compare. So a change of what is
computed here is a change of the log's format.
"""

from __future__ import annotations

import json
from typing import Any

from sqlite_utils import Database

from episodes.bulk import store
from episodes.chain import episode_of
from episodes.entries import (
    Body,
    Checked,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Faulted,
    Intended,
    Proposed,
    Tagged,
)
from episodes.observations import CommandResult, Denied, Observation, ProcessState
from episodes.tables import TABLES
from episodes.tags import Event

Row = dict[str, Any]
"""A table's row; its keys are the table's columns, in the table's order."""

_OVER = ("completed", "faulted")
_OF_EPISODE = (Proposed, Completed, Checked, Faulted, EpisodeEnded)
_OF_STEP = (Decided, Intended, Completed, Faulted)


class Rollups:
    """Folds entries into the tables `episodes`, `steps` and `tags`.

    Args:
        db: Where the tables are; the caller begins and ends the transaction.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._episodes: dict[str, Row] = {}
        self._steps: dict[tuple[str, int], Row] = {}
        self._changed_episodes: set[str] = set()
        self._changed_steps: set[tuple[str, int]] = set()

    def add(self, number: int, chain: str, at: str, body: Body) -> None:
        """Takes in one entry.

        Args:
            number: Its place in the log, counted from 1.
            chain: Its chain.
            at: When it was written, as it is stored.
            body: What it says.
        """
        episode = episode_of(chain)
        if isinstance(body, Tagged):
            self._tag(number, body)
        elif isinstance(body, EpisodeStarted) and episode is not None:
            self._episodes[episode] = _started(episode, at, body)
            self._changed_episodes.add(episode)
        elif episode is not None:
            self._advance(episode, at, body)

    def flush(self) -> None:
        """Writes what has changed since the last time to the tables."""
        episodes = [tuple(self._episodes[key].values()) for key in self._changed_episodes]
        steps = [tuple(self._steps[key].values()) for key in self._changed_steps]
        store(self._db.conn, "episodes", episodes)
        store(self._db.conn, "steps", steps)
        # What is over is not likely to be asked for again; what is open is, by the next entry.
        for episode in self._changed_episodes:
            if self._episodes[episode]["finished"] is not None:
                del self._episodes[episode]
        for key in self._changed_steps:
            if self._steps[key]["state"] in _OVER:
                del self._steps[key]
        self._changed_episodes.clear()
        self._changed_steps.clear()

    def forget(self) -> None:
        """Drops what was taken in since the last flush, for a transaction that is rolled back."""
        for kept in (self._episodes, self._steps, self._changed_episodes, self._changed_steps):
            kept.clear()

    def _advance(self, episode: str, at: str, body: Body) -> None:
        if isinstance(body, _OF_EPISODE):
            row = self._episode(episode)
            if row is not None:
                _count(row, at, body)
                self._changed_episodes.add(episode)
        if isinstance(body, Proposed):
            key = (episode, body.step)
            self._steps[key] = _proposed(episode, at, body)
            self._changed_steps.add(key)
        elif isinstance(body, _OF_STEP) and body.step is not None:
            step = self._step(episode, body.step)
            if step is not None:
                _advance(step, body)
                self._changed_steps.add((episode, body.step))

    def _tag(self, number: int, body: Tagged) -> None:
        rows: list[tuple[Any, ...]] = []
        for place, tag in enumerate(body.tags):
            where = (number, place, body.episode, tag.step, tag.tagger, tag.version, tag.marks)
            judged = (tag.event, tag.primary, tag.probability, ",".join(tag.overlays), tag.impact)
            rows.append(where + judged)
        store(self._db.conn, "tags", rows)
        row = self._episode(body.episode)
        if row is not None:
            row["modes"] = json.dumps(self._modes(body.episode), sort_keys=True)
            self._changed_episodes.add(body.episode)

    def _modes(self, episode: str) -> dict[str, int]:
        """How many steps show each mode, by what each tagger said last with the marks read."""
        last: dict[tuple[int, str], tuple[str, str]] = {}
        said = self._db.execute(
            "SELECT step, tagger, primary_cause, overlays FROM tags "
            "WHERE episode = ? AND marks = 'with' ORDER BY entry, place",
            [episode],
        )
        for step, tagger, primary, overlays in said:
            last[step, tagger] = (primary, overlays)
        modes: dict[int, set[str]] = {}
        for (step, _), (primary, overlays) in last.items():
            found = modes.setdefault(step, set())
            found |= {primary, *overlays.split(",")} - {"", "none"}
        counts: dict[str, int] = {}
        for found in modes.values():
            # That one tagger cannot tell says nothing where another one can.
            for mode in found - {"undetermined"} or found:
                counts[mode] = counts.get(mode, 0) + 1
        return counts

    def _episode(self, episode: str) -> Row | None:
        row = self._episodes.get(episode) or self._read("episodes", "episode = ?", [episode])
        if row is not None:
            self._episodes[episode] = row
        return row

    def _step(self, episode: str, step: int) -> Row | None:
        key = (episode, step)
        row = self._steps.get(key) or self._read("steps", "episode = ? AND step = ?", list(key))
        if row is not None:
            self._steps[key] = row
        return row

    def _read(self, table: str, where: str, arguments: list[str | int]) -> Row | None:
        found = self._db.conn.execute(
            f"SELECT * FROM {table} WHERE {where}",  # noqa: S608 - our own names
            arguments,
        ).fetchone()
        return None if found is None else dict(zip(TABLES[table][0], found, strict=True))


def _started(episode: str, at: str, body: EpisodeStarted) -> Row:
    return {
        "episode": episode,
        "run": body.run,
        "slot": body.slot,
        "attempt": body.attempt,
        "task": body.task,
        "agent": body.agent,
        "policy": body.policy,
        "policy_digest": body.provenance.policy_digest,
        "source": body.provenance.source,
        "status": None,
        "cause": None,
        "success": None,
        "reward": None,
        "steps": 0,
        "denials": 0,
        "failures": 0,
        "faults": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost": 0.0,
        "modes": "{}",
        "began": at,
        "finished": None,
    }


def _proposed(episode: str, at: str, body: Proposed) -> Row:
    return {
        "episode": episode,
        "step": body.step,
        "kind": body.action.kind,
        "state": "proposed",
        "verdict": None,
        "rule_id": None,
        "event": None,
        "exit_code": None,
        "seconds": None,
        "at": at,
    }


def _count(row: Row, at: str, body: Body) -> None:
    if isinstance(body, Proposed):
        row["steps"] += 1
        row["input_tokens"] += body.provenance.input_tokens
        row["output_tokens"] += body.provenance.output_tokens
        row["cost"] += body.provenance.cost
    elif isinstance(body, Completed):
        event = _event(body.observation)
        row["denials"] += event == "denied"
        row["failures"] += event == "error"
    elif isinstance(body, Faulted):
        row["faults"] += 1
    elif isinstance(body, Checked):
        row["reward"] = body.reward
    elif isinstance(body, EpisodeEnded):
        success = None if body.success is None else int(body.success)
        row |= {"status": body.status, "cause": body.cause, "success": success}
        row |= {"reward": body.reward, "finished": at}


def _advance(step: Row, body: Body) -> None:
    if isinstance(body, Decided):
        step |= {"verdict": body.decision.verdict, "rule_id": body.decision.rule_id}
    elif isinstance(body, Intended):
        step["state"] = "intended"
    elif isinstance(body, Faulted):
        step |= {"state": "faulted", "event": "fault"}
    elif isinstance(body, Completed):
        seen = body.observation
        step |= {"state": "completed", "event": _event(seen), "seconds": body.seconds}
        if isinstance(seen, CommandResult | ProcessState):
            step["exit_code"] = seen.exit_code


def _event(seen: Observation) -> Event:
    if isinstance(seen, Denied):
        return "denied"
    return "error" if seen.failed else "none"
