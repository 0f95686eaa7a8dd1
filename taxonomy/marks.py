"""What marks were worth in a log, agent by agent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from episodes.reader import LogReader
from taxonomy.marking import Marking, in_words, marking, together
from taxonomy.tagging import machine_tags


def marks_of(path: Path | str, episodes: Sequence[str]) -> list[str]:
    """For each agent that said anything before it acted, a line on its marks and what they change.

    Args:
        path: The log's file.
        episodes: The episodes' ids.

    Raises:
        LogError: The log cannot be read.
    """
    found: dict[str, list[Marking]] = defaultdict(list)
    with LogReader.open(path) as reader:
        for episode in episodes:
            trajectory = reader.trajectory(episode)
            tags = (*machine_tags(trajectory, "with"), *machine_tags(trajectory, "without"))
            found[trajectory.started.agent].append(marking(trajectory.steps, tags))
    whole = {agent: together(some) for agent, some in sorted(found.items())}
    return [in_words(agent, one) for agent, one in whole.items() if one.forecasts]
