"""Whether what stands in the log is what was written there.

`longleash verify` looks at all of a log, which takes minutes for a long one. `viewer.checker_host`
has that done where it is short, and its word is kept here for every page; the one episode that
somebody looks at is looked at each time they do.
"""

from __future__ import annotations

from episodes.chain import NOTHING, entry_hash, episode_chain
from episodes.reader import LogReader

_said: list[str | None] = [None]


def say(wrong: str | None) -> None:
    """Keeps what is the matter with the log of this launch; nothing, where absent."""
    _said[0] = wrong


def said() -> str | None:
    """What is the matter with the log of this launch, as far as is known."""
    return _said[0]


def first_wrong(reader: LogReader, episode: str) -> str | None:
    """The first entry of an episode that is not as it was written, and why; absent where all are.

    Args:
        reader: The log.
        episode: The episode's name.
    """
    chain = episode_chain(episode)
    before = NOTHING
    rows = reader.select(
        "SELECT sequence, at, body, previous, hash FROM entries WHERE chain = ? ORDER BY sequence",
        [chain],
    )
    for expected, row in enumerate(rows):
        place = f"{chain} entry {expected}"
        if row["sequence"] != expected:
            return f"{place} is missing: entry {row['sequence']} stands where it should be"
        if entry_hash(chain, expected, row["at"], row["previous"], row["body"]) != row["hash"]:
            return f"{place} was edited: its hash is not that of what it holds"
        if row["previous"] != before:
            return f"{place} was moved: it names another entry as the one before it"
        before = row["hash"]
    return None
