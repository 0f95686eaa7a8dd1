"""One episode's chain held against itself, where all of a log would take too long to verify."""

from __future__ import annotations

from episodes.chain import NOTHING, entry_hash, episode_chain
from episodes.reader import LogReader


def first_wrong(reader: LogReader, episode: str) -> str | None:
    """The first entry of an episode that is not as it was written, and why; absent where all are.

    Args:
        reader: The log.
        episode: The episode's name.
    """
    chain = episode_chain(episode)
    # Looked up first: of a log that is being written, more may follow in the meantime.
    heads = reader.select("SELECT length, hash FROM heads WHERE chain = ?", [chain])
    length, head = (heads[0]["length"], heads[0]["hash"]) if heads else (0, NOTHING)
    before, count = NOTHING, 0
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
        before, count = row["hash"], expected + 1
        if count == length and before != head:
            return f"{place} was made anew: its hash is not the one that the log keeps as the last"
    if count < length:
        return f"{chain} entry {count} is missing: the log had {length} entries of it"
    return None
