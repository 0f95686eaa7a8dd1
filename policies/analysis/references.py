"""Where in a log a person can look at what is said."""

from __future__ import annotations

import shlex

from episodes.record import Count, Record


class Reference(Record):
    """One step of one episode."""

    log: str
    """The log's file."""
    episode: str
    """The episode."""
    step: Count
    """The step."""

    @property
    def command(self) -> str:
        """What shows it, as it is typed."""
        return f"longleash show {self.episode} --step {self.step} --log {shlex.quote(self.log)}"
