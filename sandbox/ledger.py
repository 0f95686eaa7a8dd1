"""What an episode has spent of its policy's budgets."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Literal, get_args

from episodes.provenance import StepProvenance
from policies.pace import Budgets
from sandbox.clock import Clock

Kind = Literal[
    "actions",
    "seconds",
    "bytes_out",
    "bytes_in",
    "money",
    "tokens",
    "irreversible",
    "irreversible_explorations",
]
"""What is counted: the fields of `Budgets`."""

_FINAL: tuple[Kind, ...] = ("irreversible", "irreversible_explorations")
_MODELS: tuple[Kind, ...] = ("money", "tokens")


class Ledger:
    """Counts what one episode spends. May be used from many threads.

    Args:
        budgets: What it may spend.
        clock: What its time goes by; it begins to run now.
    """

    def __init__(self, budgets: Budgets, clock: Clock) -> None:
        self._limits: dict[Kind, float] = {
            kind: limit for kind in get_args(Kind) if (limit := getattr(budgets, kind)) is not None
        }
        self._clock, self._began = clock, clock.now()
        self._lock = threading.Lock()
        self._spent: dict[Kind, float] = dict.fromkeys(get_args(Kind), 0.0)

    @property
    def counts_final(self) -> bool:
        """Whether it matters to it that an action cannot be undone."""
        return any(kind in self._limits for kind in _FINAL)

    @property
    def seconds_left(self) -> float:
        """Of the budget of wall time; infinite where there is none."""
        limit = self._limits.get("seconds", float("inf"))
        return max(0.0, limit - (self._clock.now() - self._began))

    @property
    def empty(self) -> str | None:
        """The budget that is spent, as `budgets.actions`, so that nothing more may be done.

        Those for actions that cannot be undone end an episode only once another is asked for.
        """
        return _first(
            kind
            for kind, limit in self._limits.items()
            if kind not in _FINAL and self._amount(kind) >= limit
        )

    @property
    def overdrawn(self) -> str | None:
        """The budget that models have overrun, so that not even what they drew may run."""
        return _first(kind for kind in _MODELS if self._amount(kind) > self._limit(kind))

    def drawn(self, provenance: StepProvenance) -> None:
        """An action was drawn, and may have cost something."""
        self._add("money", provenance.cost)
        self._add("tokens", provenance.input_tokens + provenance.output_tokens)

    def charged(self, money: float, tokens: int) -> None:
        """A model beside the agent's has cost something, in US dollars and in tokens."""
        self._add("money", money)
        self._add("tokens", tokens)

    def moved(self, *, bytes_out: int, bytes_in: int) -> str | None:
        """A request has gone out, or its answer has come in.

        Returns:
            The budget that is spent by it, if one is: then no other request may go out.
        """
        self._add("bytes_out", bytes_out)
        self._add("bytes_in", bytes_in)
        return _first(
            kind for kind in ("bytes_out", "bytes_in") if self._amount(kind) >= self._limit(kind)
        )

    def left(self, kind: Literal["bytes_out", "bytes_in"]) -> int | None:
        """How many bytes may still move that way; None without a budget."""
        limit = self._limits.get(kind)
        return None if limit is None else max(0, int(limit - self._spent[kind]))

    def runs(self, *, final: bool, explores: bool) -> str | None:
        """An action is about to run: it is counted, unless a budget forbids it.

        Args:
            final: Whether it cannot be undone.
            explores: Whether the agent marks it as exploration.

        Returns:
            The budget that forbids it, if one does.
        """
        kinds: list[Kind] = ["actions"]
        if final:
            kinds.append("irreversible")
            if explores:
                kinds.append("irreversible_explorations")
        with self._lock:
            forbids = _first(kind for kind in kinds if self._spent[kind] >= self._limit(kind))
            if forbids is None:
                for kind in kinds:
                    self._spent[kind] += 1
        return forbids

    def _add(self, kind: Kind, amount: float) -> None:
        with self._lock:
            self._spent[kind] += amount

    def _amount(self, kind: Kind) -> float:
        return self._clock.now() - self._began if kind == "seconds" else self._spent[kind]

    def _limit(self, kind: Kind) -> float:
        return self._limits.get(kind, float("inf"))


def _first(kinds: Iterable[Kind]) -> str | None:
    kind = next(iter(kinds), None)
    return None if kind is None else f"budgets.{kind}"
