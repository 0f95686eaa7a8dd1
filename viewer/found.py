"""What is found of a log: episodes as a list has them, rows of a matrix, points of a trend."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Listed:
    """One episode in a list."""

    episode: str
    task: str
    agent: str
    policy: str
    run: str
    status: str | None
    cause: str | None
    success: bool | None
    reward: float | None
    steps: int
    denials: int
    failures: int
    faults: int
    cost: float
    modes: dict[str, int]
    began: str
    finished: str | None

    @property
    def outcome(self) -> str:
        """In a word."""
        if self.status is None:
            return "running"
        if self.status == "faulted":
            return "faulted"
        return {True: "solved", False: "unsolved", None: self.status}[self.success]


@dataclass(frozen=True)
class Listing:
    """One page of episodes."""

    rows: tuple[Listed, ...]
    """In the order they began, the last first."""
    next: str | None
    """Where the next page begins; absent on the last."""


@dataclass(frozen=True)
class Group:
    """A row of a matrix."""

    name: str
    episodes: int
    ended: int
    """With an end that counts: not faulted."""
    solved: int
    steps: int
    cost: float
    counts: dict[str, int] = field(default_factory=dict)
    """Episodes that show each event or failure mode."""


@dataclass(frozen=True)
class Point:
    """A day, or an hour, of a trend."""

    at: str
    name: str
    episodes: int
    solved: int


@dataclass(frozen=True)
class StepMark:
    """One step on a timeline."""

    step: int
    kind: str
    verdict: str | None
    event: str | None
    state: str
    at: str
    seconds: float | None
    cause: str
    probability: float
    overlays: tuple[str, ...]
