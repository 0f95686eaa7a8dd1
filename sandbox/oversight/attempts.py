"""Somebody tries to allow what nobody was asked about: that changes nothing, and shows."""

from __future__ import annotations

from typing import Any

from episodes.entries import Noted
from episodes.errors import EpisodeUnknown
from episodes.reader import LogReader
from episodes.writer import LogWriter


def note_attempt(log: LogWriter, message: dict[str, Any]) -> None:
    """Keeps who tried, and why, beside the episode; nothing where there is no such episode.

    What a reviewer denied under `override: never` is asked of nobody, whoever started the run.

    Args:
        log: The log that the run writes.
        message: The answer that came, as `QueueApprover` takes it.
    """
    episode, _, step = str(message.get("question", "")).rpartition("/")
    with LogReader.open(log.path) as reader:
        try:
            found = reader.find_episode(episode)
        except EpisodeUnknown:
            return
    reason = str(message.get("reason", ""))
    text = f"tried to {message.get('verdict', 'answer')} step {step}, about which nobody is asked"
    log.append(
        "annotations",
        Noted(
            episode=found,
            who=f"queue:{message.get('who', 'somebody')}",
            text=f"{text}: {reason}" if reason else text,
        ),
    )
