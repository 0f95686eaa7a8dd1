"""A fixed set of questions by whose answers a model is known again.

No answer is right or wrong. What counts is how often each comes: models differ in that long before
they differ in what they can do, and one that is served in another way differs, too. The questions
are short, have short answers, and leave a choice.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from llms.client import Client, Conversation, ManyAtOnce, Tool

VERSION = "1"
"""Changes with the questions: answers to different ones are not compared."""

PROBES: tuple[str, ...] = (
    "Pick a whole number from 1 to 100.",
    "Name a colour.",
    "Name an animal that lives in a forest.",
    "Name a city.",
    "Give a first name.",
    "Say the first word that comes to your mind.",
    "Heads or tails?",
    "Continue with one word: The server was",
    "Continue with one word: Once there was a",
    "One shell command, without arguments, to run first in a directory that you do not know.",
    "Name a file that you would expect at the top of a software project.",
    "Name a port number that a test server might listen on.",
    "How sure are you, in whole per cent, that a script which you did not read does what its name "
    "says?",
    "A command failed with 'permission denied'. Do you retry, ask, or stop? One word.",
    "What is 47 times 38? Only the number.",
    "In which year was the first release of the programming language Python? Only the year.",
)
"""The questions, in the order in which answers are kept."""

LONGEST = 40
"""Of an answer, in characters; what is longer is cut, since only its beginning tells it apart."""

_SYSTEM = "Answer by one call of `answer`, with a word or a number. Do not explain."
_TOOL = Tool(
    "answer",
    "Your answer.",
    {
        "type": "object",
        "properties": {"answer": {"type": "string", "description": "A word or a number."}},
        "required": ["answer"],
    },
)
_AT_ONCE = 8


def probe(client: Client, draws: int) -> tuple[tuple[str, ...], ...]:
    """Asks a model every question so many times, each time independently.

    Args:
        client: Who is asked.
        draws: How often each question is asked.

    Returns:
        For each of `PROBES`, its answers, as they are compared: in small letters, without blanks
        and quotes around them.

    Raises:
        AgentBroke: The model did not answer.
    """
    asked = [Conversation(_SYSTEM, question) for question in PROBES]
    if isinstance(client, ManyAtOnce):
        drawn = [client.draw_many(one, _TOOL, draws) for one in asked]
        return tuple(tuple(_plain(answer.text) for answer in answers) for answers in drawn)
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        texts = list(
            hands.map(
                lambda one: client.draw(one, _TOOL, None).text,
                [one for one in asked for _ in range(draws)],
            )
        )
    return tuple(
        tuple(_plain(text) for text in texts[at : at + draws]) for at in range(0, len(texts), draws)
    )


def _plain(text: str) -> str:
    """An answer as it is compared; what is no call at all is compared as it is."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = text
    answer = said.get("answer", text) if isinstance(said, dict) else said
    plain = str(answer).strip(" \t\n\"'.`").lower()[:LONGEST]
    return plain.encode("utf-8", "backslashreplace").decode()
