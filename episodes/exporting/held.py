"""What is exported: a log as it is, or without what its judges shaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from episodes.chain import episode_chain
from episodes.entries import Entry, Voted
from episodes.errors import EpisodeUnknown
from episodes.interventions import shaped_from, unshaped
from episodes.reader import LogReader
from episodes.trajectory import Trajectory


class Held(Protocol):
    """Episodes, as formats read them; a log's reader is one."""

    def trajectory(self, episode: str) -> Trajectory:
        """One episode."""
        ...

    def entries(self, chain: str) -> Iterator[Entry]:
        """A chain's entries, in order."""
        ...

    def annotations(self) -> Iterator[Entry]:
        """What was said of episodes since."""
        ...


class Unshaped:
    """A log without the steps that reviewers and approvers shaped, nor what followed from them.

    Args:
        log: The log.
    """

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._first: dict[str, int | None] = {}

    def untouched(self, episode: str) -> bool:
        """Whether judges shaped nothing of it."""
        return self._from(episode) is None

    def left(self, episode: str) -> bool:
        """Whether there is a step of it that they did not shape, or no step at all."""
        return unshaped(self._log.trajectory(episode)) is not None

    def trajectory(self, episode: str) -> Trajectory:
        """One episode, up to where it was shaped.

        Raises:
            EpisodeUnknown: All of it was.
        """
        held = unshaped(self._log.trajectory(episode))
        if held is None:
            raise EpisodeUnknown(f"episode {episode}: judges shaped it from its first step on")
        return held

    def entries(self, chain: str) -> Iterator[Entry]:
        """A chain's entries, up to there."""
        first = self._from(chain.removeprefix(episode_chain("")))
        for entry in self._log.entries(chain):
            step = getattr(entry.body, "step", None)
            if first is None or step is None or step < first:
                yield entry

    def annotations(self) -> Iterator[Entry]:
        """What was said of episodes since, less votes on those that were shaped."""
        for entry in self._log.annotations():
            vote = entry.body
            if not isinstance(vote, Voted) or (
                self.untouched(vote.left) and self.untouched(vote.right)
            ):
                yield entry

    def _from(self, episode: str) -> int | None:
        if episode not in self._first:
            self._first[episode] = shaped_from(self._log.trajectory(episode))
        return self._first[episode]
