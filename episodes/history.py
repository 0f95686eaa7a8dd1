"""An episode's actions as they were judged, read without what they printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

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
    "WHEN 'decided' THEN json_extract(body, '$.decision.verdict', '$.decision.rule_id', "
    "'$.decision.basis', '$.decision.policy_digest') "
    "WHEN 'intended' THEN json_extract(body, '$.action.path') "
    "ELSE json_extract(body, '$.observation.cwd') END AS part, "
    "CASE WHEN kind = 'proposed' AND instr(body, '$blob') THEN body END AS whole "
    "FROM entries WHERE chain = ? AND kind IN ('proposed', 'decided', 'intended', 'completed') "
    "ORDER BY sequence"
)


class _Stored(NamedTuple):
    log: str
    episode: str
    sequence: int
    whole: str | None
    """The whole body, where a part of it lies in a blob."""
    blob: Callable[[str], bytes]


@dataclass(slots=True)
class Judged:
    """One action, and what the policy of its day said."""

    step: int
    """Counted from 0."""
    text: str
    """The action as it is stored: the same text is the same action."""
    stored: _Stored
    """Where its text is read from."""
    cwd: str | None
    """Where it was to start; absent where the episode had not moved yet."""
    verdict: Verdict | None = None
    """The policy's last answer; absent where there is none on record."""
    rule_id: str | None = None
    """The rule that decided."""
    basis: Literal["rule", "default", "not_understood", "error"] | None = None
    """As `Decision.basis`."""
    policy_digest: str | None = None
    """The policy that decided."""
    path: str | None = None
    """Where the action's file really lay; absent where it has none, or did not run."""

    @property
    def action(self) -> Action:
        """What the agent asked for, read anew each time.

        Raises:
            LogDamaged: It, or a text it points at, is gone or was changed.
        """
        stored = self.stored
        try:
            if stored.whole is None:
                return ACTION.validate_json(self.text)
            body = unpack(stored.whole, stored.blob)
            if isinstance(body, Proposed):
                return body.action
        except ValidationError as problem:
            raise _damaged(stored.log, stored.episode, stored.sequence, problem) from problem
        raise _damaged(stored.log, stored.episode, stored.sequence, "it proposes nothing")


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

    def of(self, episode: str) -> tuple[Judged, ...]:
        """An episode's actions, in order.

        Raises:
            LogDamaged: An entry, or a text it points at, is gone or was changed.
        """
        found: dict[int, Judged] = {}
        cwd: str | None = None
        for row in self._query(_PARTS, [episode_chain(episode)]):
            kind, step, part = row["kind"], row["step"], row["part"]
            try:
                if kind == "proposed":
                    stored = _Stored(self._log, episode, row["sequence"], row["whole"], self._blob)
                    found[step] = Judged(step, part, stored, cwd)
                elif kind == "completed":
                    cwd = part or cwd
                elif step not in found:
                    raise ValueError(f"step {step} was never proposed")
                elif kind == "intended":
                    found[step].path = part or None
                else:
                    _decided(found[step], from_json(part))
            except (ValueError, KeyError, TypeError) as problem:
                raise _damaged(self._log, episode, row["sequence"], problem) from problem
        return tuple(found.values())


def _damaged(log: str, episode: str, sequence: int, problem: Exception | str) -> LogDamaged:
    return LogDamaged(
        f"{log}: episode:{episode} entry {sequence}: {problem}; 'longleash verify' tells more"
    )


def _decided(step: Judged, decision: list[Any]) -> None:
    step.verdict, step.rule_id, step.basis, step.policy_digest = decision
