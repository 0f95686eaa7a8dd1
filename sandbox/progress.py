"""Telling people how a run goes, while it goes."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from episodes.entries import EpisodeEnded
from episodes.listing import outcome
from episodes.terminal import safe
from episodes.trajectory import Step
from sandbox.plan import Slot


class Progress(Protocol):
    """Who is told how a run goes. Called from many threads."""

    def began(self, slot: Slot, episode: str, task: str) -> None:
        """An attempt at a slot begins."""
        ...

    def stepped(self, slot: int, step: Step) -> None:
        """A step is durable."""
        ...

    def ended(self, slot: Slot, episode: str, task: str, end: EpisodeEnded) -> None:
        """An attempt at a slot is over."""
        ...


class Silence:
    """Tells nobody."""

    def began(self, slot: Slot, episode: str, task: str) -> None:
        """Says nothing."""

    def stepped(self, slot: int, step: Step) -> None:
        """Says nothing."""

    def ended(self, slot: Slot, episode: str, task: str, end: EpisodeEnded) -> None:
        """Says nothing."""


class LiveProgress:
    """A bar for the run and a line for each episode that is running.

    Where the console is no terminal, a plain line for each episode that ended instead.

    Args:
        console: Where to.
        total: How many slots the run has.
        done: How many of them were done before.
        live: Whether lines may be drawn anew, where the console is a terminal.
    """

    def __init__(self, console: Console, total: int, done: int = 0, *, live: bool = True) -> None:
        self._console = console
        self._live = live and console.is_terminal
        self._lines: dict[int, object] = {}
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}"),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._run = self._bars.add_task("episodes", total=total, completed=done, doing="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def began(self, slot: Slot, episode: str, task: str) -> None:
        """Adds a line for the episode."""
        if self._live:
            self._lines[slot.index] = self._bars.add_task(
                f"  {task} · {safe(slot.agent)}", total=None, doing="starting"
            )

    def stepped(self, slot: int, step: Step) -> None:
        """Says in the episode's line what it did last."""
        line = self._lines.get(slot)
        if line is not None:
            told = getattr(step.action, "command", step.action.kind)
            verdict = step.decision.verdict if step.decision else ""
            self._bars.update(
                line,  # type: ignore[arg-type]  # rich's TaskID is an int by another name
                completed=step.index + 1,
                doing=f"{verdict} {safe(str(told)[:40])}",
            )

    def ended(self, slot: Slot, episode: str, task: str, end: EpisodeEnded) -> None:
        """Takes the episode's line away; counts the slot where it is done."""
        line = self._lines.pop(slot.index, None)
        if line is not None:
            self._bars.remove_task(line)  # type: ignore[arg-type]
        if end.status != "faulted":
            self._bars.advance(self._run)
        if not self._live:
            self._console.print(
                f"{episode}  {task}  {safe(slot.agent)}  {outcome(end)}", markup=False
            )
