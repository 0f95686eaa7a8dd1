"""Which of two episodes people held to be better, as trainers of preferences read it.

The columns are those of TRL's conversational preference datasets (`prompt`, `chosen`, `rejected`),
with the episodes and the judge beside them. A tie prefers neither, and is left out. Where reviewers
or approvers shaped an episode, `chosen_interventions` or `rejected_interventions` says which steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from episodes.entries import Voted
from episodes.exporting.held import Held
from episodes.exporting.openai_messages import chat, marks

_REMEMBERED = 64
"""Chats that are kept: a judge sees an episode in one pair after another."""


def preferences(log: Held, episodes: Sequence[str]) -> Iterator[str]:
    """One vote a line, as JSON, in the order in which they were cast.

    Args:
        log: Where they are.
        episodes: Their ids; a vote counts whose two are both among them.

    Raises:
        LogDamaged: An entry is gone or was changed.
    """
    wanted = frozenset(episodes)

    @lru_cache(maxsize=_REMEMBERED)
    def messages(episode: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = chat(log.trajectory(episode))["messages"]
        return found

    for entry in log.annotations():
        vote = entry.body
        if not isinstance(vote, Voted) or vote.better == "tie":
            continue
        if not wanted >= {vote.left, vote.right}:
            continue
        pair = (vote.left, vote.right)
        chosen, rejected = pair if vote.better == "left" else pair[::-1]
        first, *done = messages(chosen)
        yield json.dumps(
            {
                "prompt": [first],
                "chosen": done,
                "rejected": messages(rejected)[1:],
                "chosen_episode": chosen,
                "rejected_episode": rejected,
                "judge": vote.judge,
                "at": entry.at.isoformat(),
                **_marks("chosen", log, chosen),
                **_marks("rejected", log, rejected),
            }
        )


def _marks(side: str, log: Held, episode: str) -> dict[str, Any]:
    return {f"{side}_{name}": value for name, value in marks(log.trajectory(episode)).items()}
