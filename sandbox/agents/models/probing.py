"""Asks a model the questions that tell it apart, and keeps its answers in a log."""

from __future__ import annotations

from collections.abc import Callable

from episodes.chain import ANNOTATIONS
from episodes.entries import Body, Probed
from llms.client import Client
from llms.probes import VERSION, probe

DRAWS = 10
"""How often each question is asked where nobody says otherwise."""


def record_probing(
    agent: str,
    client: Client,
    append: Callable[[str, Body], object],
    *,
    draws: int = DRAWS,
    run: str | None = None,
) -> Probed:
    """Probes a model; its answers are durable when this returns.

    Args:
        agent: The agent, as it is named.
        client: Who is asked.
        append: Appends an entry to a chain of the log.
        draws: How often each question is asked.
        run: The run that is about to begin, where it is for one.

    Raises:
        AgentBroke: The model did not answer.
        LogError: The log takes no more.
    """
    answers = probe(client, draws)
    found = Probed(agent=agent, model=client.model, probes=VERSION, answers=answers, run=run)
    append(ANNOTATIONS, found)
    return found
