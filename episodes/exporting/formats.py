"""Every format that episodes can be written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from episodes.exporting.atif import atif
from episodes.exporting.har import har
from episodes.exporting.held import Held
from episodes.exporting.openai_messages import openai_messages
from episodes.exporting.otel import otel
from episodes.exporting.preferences import preferences

Format = Callable[[Held, Sequence[str]], Iterator[str]]
"""Takes a log and the ids of episodes in it; yields lines of text, each without its end."""

FORMATS: Mapping[str, Format] = {
    "atif": atif,
    "har": har,
    "openai-messages": openai_messages,
    "otel": otel,
    "preferences": preferences,
}
"""By the names they go by in `longleash export --to`."""

WITH_ARGUMENTS: Mapping[str, Format] = {"otel": partial(otel, arguments=True)}
"""Those that leave out what actions were given unless they are asked for it."""
