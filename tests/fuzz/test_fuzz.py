"""Seconds of what `make fuzz` does for long: each target, with its corpus and what is made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, corpus
from tests.tries import tries

KEPT = [
    pytest.param(name, path, id=f"{name}-{path.name}") for name in TARGETS for path in corpus(name)
]
SOME = tries(80)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["\udcff", "d000000", "aGk=", "/workspace", "http://a.test/", "text/\udcff"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def objects(*names: str) -> st.SearchStrategy[bytes]:
    """Objects with these keys, or some of them, and anything in them; as lines, broken ones too."""
    one = st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES))
    lines = st.lists(one.map(lambda given: json.dumps(given).encode()) | st.binary(max_size=20))
    return lines.map(lambda given: b"".join(line + b"\n" for line in given))


def changed(name: str) -> st.SearchStrategy[bytes]:
    """Inputs of the corpus, with a piece cut out, put twice, or something put between."""
    kept = [path.read_bytes() for path in corpus(name)]

    @st.composite
    def draw(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(kept))
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(data)))
            end = draw(st.integers(start, min(len(data), start + 40)))
            between = draw(st.binary(max_size=8) | st.sampled_from(kept).map(lambda one: one[:40]))
            data = data[:start] + between + data[end:] * draw(st.integers(0, 2))
        return data[:100_000]

    return draw()


REPLY = (
    *("ok", "error", "message", "exit_code", "signal", "timed_out", "cancelled", "seconds"),
    *("stdout", "stderr", "cwd", "cwd_lost", "survivors", "env", "data", "size", "running"),
    *("url", "title", "status", "snapshot", "text", "tabs", "console", "dialogs", "problem"),
    *("element", "downloads", "before", "after", "dom"),
)
ASKED = (
    *("ask", "tell", "id", "ok", "door", "stage", "place", "url", "method", "content_type", "size"),
    *("addresses", "number", "rule", "reason", "status", "sent", "received", "frames", "seconds"),
    *("problem", "sent_body", "received_body"),
)
MADE = {
    "channel": st.binary(max_size=2).flatmap(
        lambda how: objects("id", "ok", "error").map(lambda data: how + data)
    ),
    "reply": objects(*REPLY),
    "proxy": objects(*ASKED),
    "guest": objects("id", "op"),
    "browser": objects("id", "op"),
    "egress": objects("id", "op", "answer", "wait", "number"),
    "shell": st.text(
        st.sampled_from(" \n\t'\"\\$(){}[]<>|&;!#*?~=`aexl0123456789\udcff\ud800é")
    ).map(lambda text: text.encode("utf-8", "surrogatepass")),
}


@pytest.mark.parametrize(("name", "path"), KEPT)
def test_what_once_was_interesting_is_taken(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_taken_or_refused_in_words(name: str) -> None:
    strategy = st.binary(max_size=200) | changed(name)

    @SOME
    @given(data=strategy | MADE[name] if name in MADE else strategy)
    def take(data: bytes) -> None:
        TARGETS[name](data)

    take()
