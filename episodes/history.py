"""An episode's actions as they were judged, read without what they printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_core import from_json

from episodes.actions import ACTION, Action
from episodes.chain import episode_chain
from episodes.decisions import Verdict
from episodes.entries import Proposed
from episodes.errors import LogDamaged
from episodes.packing import unpack

Query = Callable[[str, list[Any]], Iterator[dict[str, Any]]]
"""Runs a question against a log's tables."""

# SQLite takes the few small parts out of each body; outputs are never read, nor their blobs.
_PARTS = (
    "SELECT sequence, kind, step, CASE kind "
    "WHEN 'proposed' THEN json_extract(body, '$.action') "
    "WHEN 'decided' THEN json_extract(body, '$.decision') "
    "WHEN 'intended' THEN json_extract(body, '$.action.path') "
    "ELSE json_extract(body, '$.observation.cwd') END AS part, "
    "CASE WHEN kind = 'proposed' AND instr(body, '$blob') THEN body END AS whole "
    "FROM entries WHERE chain = ? AND kind IN ('proposed', 'decided', 'intended', 'completed') "
    "ORDER BY sequence"
)
_KEPT = 65_536


@dataclass(slots=True)
class Judged:
    """One action, and what the policy of its day said."""

    step: int
    """Counted from 0."""
    action: Action
    """What the agent asked for."""
    text: str
    """The action as it is stored: the same text is the same action."""
    cwd: PurePosixPath | None
    """Where it was to start; absent where the episode had not moved yet."""
    verdict: Verdict | None = None
    """The policy's last answer; absent where there is none on record."""
    rule_id: str | None = None
    """The rule that decided."""
    basis: Literal["rule", "default", "not_understood", "error"] | None = None
    """As `Decision.basis`."""
    policy_digest: str | None = None
    """The policy that decided."""
    path: PurePosixPath | None = None
    """Where the action's file really lay; absent where it has none, or did not run."""


class Histories:
    """Reads histories from one log.

    Args:
        log: What to call it in messages.
        query: Asks it.
        blob: Gives the bytes behind a digest.
    """

    def __init__(self, log: str, query: Query, blob: Callable[[str], bytes]) -> None:
        self._log = log
        self._query = query
        self._blob = blob
        self._known: dict[str, Action] = {}

    def of(self, episode: str) -> tuple[Judged, ...]:
        """An episode's actions, in order.

        Raises:
            LogDamaged: An entry, or a text it points at, is gone or was changed.
        """
        found: dict[int, Judged] = {}
        cwd: PurePosixPath | None = None
        for row in self._query(_PARTS, [episode_chain(episode)]):
            kind, step, part = row["kind"], row["step"], row["part"]
            try:
                if kind == "proposed":
                    action = self._action(part, row["whole"])
                    found[step] = Judged(step, action, part, cwd)
                elif kind == "completed":
                    cwd = PurePosixPath(part) if part else cwd
                elif step not in found:
                    raise ValueError(f"step {step} was never proposed")
                elif kind == "intended":
                    found[step].path = PurePosixPath(part) if part else None
                else:
                    _decided(found[step], from_json(part))
            except (ValidationError, ValueError, KeyError, TypeError) as problem:
                where = f"{self._log}: episode:{episode} entry {row['sequence']}"
                raise LogDamaged(f"{where}: {problem}; 'longleash verify' tells more") from problem
        return tuple(found.values())

    def _action(self, part: str, whole: str | None) -> Action:
        if whole is not None:
            body = unpack(whole, self._blob)
            if not isinstance(body, Proposed):
                raise ValueError("it proposes nothing")
            return body.action
        action = self._known.get(part)
        if action is None:
            action = ACTION.validate_json(part)
            if len(self._known) < _KEPT:
                self._known[part] = action
        return action


def _decided(step: Judged, decision: dict[str, Any]) -> None:
    step.verdict = decision["verdict"]
    step.rule_id = decision["rule_id"]
    step.basis = decision["basis"]
    step.policy_digest = decision["policy_digest"]
