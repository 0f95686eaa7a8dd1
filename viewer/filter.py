"""Which episodes are meant, and in which order; an address can say it, and so can SQL."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from episodes.facts import MODES, TAGGED_EVENTS

By = Literal["agent", "model", "fingerprint", "task", "policy"]
"""What a matrix has its rows by."""

OVERVIEW_BY: tuple[By, ...] = get_args(By)

SORTS = ("reward", "steps", "denials", "failures", "faults", "cost")
"""What episodes can be sorted by, the most first, instead of by when they began."""

EVENTS = ("denials", "failures", "faults", *TAGGED_EVENTS)
"""The columns of a matrix that are events, before the failure modes."""

_SHOWN = frozenset((*EVENTS, *MODES))
COLUMNS: dict[By, str] = {
    "agent": "e.agent",
    "task": "e.task",
    "policy": "e.policy",
    "model": "coalesce(e.model, 'none named')",
    "fingerprint": "coalesce(e.fingerprint, 'none given')",
}
"""What each is called where `e` is an episode's facts."""


@dataclass(frozen=True)
class Filter:
    """Which episodes are meant, and in which order. Each field narrows; an empty one does not."""

    run: str = ""
    """Of this run."""
    agent: str = ""
    """By this agent."""
    task: str = ""
    """At this task."""
    policy: str = ""
    """Under the policy of this name."""
    model: str = ""
    """With the model of this name."""
    fingerprint: str = ""
    """With the model of this fingerprint."""
    status: str = ""
    """`terminated`, `truncated`, `faulted`, or `open` for those without an end."""
    outcome: str = ""
    """`solved` or `unsolved`."""
    event: str = ""
    """With a step to which this happened: `denials`, `failures`, `faults` and the like."""
    mode: str = ""
    """With a step that shows this failure mode."""
    text: str = ""
    """With these words in what was done, shown or said of it."""
    sort: str = ""
    """One of `SORTS`, the most first; by when they began, the last first, where empty. It narrows
    nothing."""

    def as_query(self) -> dict[str, str]:
        """As it stands in an address: what is set, and no more."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}

    @classmethod
    def from_query(cls, query: dict[str, str]) -> Filter:
        """What an address asks for; what no filter has is left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in query.items() if name in known})

    def where(self) -> tuple[str, dict[str, Any]]:
        """The condition in SQL on an episode's facts `e`, and its values; all but `text`."""
        clauses, values = ["1"], {}
        for name in get_args(By):
            if value := getattr(self, name):
                clauses.append(f"{COLUMNS[name]} = :{name}")
                values[name] = value
        if self.run:
            clauses.append("e.run = :run")
            values["run"] = self.run
        if self.status == "open":
            clauses.append("e.status IS NULL")
        elif self.status:
            clauses.append("e.status = :status")
            values["status"] = self.status
        if self.outcome:
            clauses.append("e.success = 1" if self.outcome == "solved" else "e.success = 0")
        shown = filter(None, (self.event, self.mode))
        clauses += [f"e.{name} > 0" if name in _SHOWN else "0" for name in shown]
        return " AND ".join(clauses), values

    def key(self) -> str:
        """The number in SQL that comes before the beginning in the order; 0 where there is none."""
        # What an episode lacks, such as a reward before its end, comes after all that have one.
        return f"coalesce(e.{self.sort}, -1e300)" if self.sort in SORTS else "0"
