"""Questions that were answered: steps that show `exploration` and are no failure.

The roll-up counts what each step was called, whatever happened there: it is a part of the log's
format, and stays what it was. Who shows failure modes takes these off it as it reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from episodes.reader import LogReader
from episodes.rows import EpisodeRow

_MODE = "exploration"
# What each tagger said last of a step; a step counts where all who call it so saw nothing fail.
_ANSWERED = """
WITH said AS (
  SELECT episode, step, primary_cause, event, row_number() OVER (
    PARTITION BY episode, step, tagger ORDER BY entry DESC, place DESC
  ) AS nth
  FROM tags WHERE marks = 'with' AND episode = ?
)
SELECT count(*) AS steps FROM (
  SELECT step FROM said WHERE nth = 1 AND primary_cause = ?
  GROUP BY step HAVING min(event = 'none') = 1
)
"""


def less_answered(reader: LogReader, rows: Iterable[EpisodeRow]) -> list[EpisodeRow]:
    """The episodes, with an exploration among their modes only where its question failed.

    Raises:
        LogDamaged: The log cannot be read.
    """
    return [_less(reader, row) if _MODE in row.modes else row for row in rows]


def _less(reader: LogReader, row: EpisodeRow) -> EpisodeRow:
    [found] = reader.select(_ANSWERED, [row.episode, _MODE])
    left = row.modes[_MODE] - int(found["steps"])
    modes = {mode: count for mode, count in row.modes.items() if mode != _MODE}
    if left > 0:
        modes[_MODE] = left
    return row.model_copy(update={"modes": modes})
