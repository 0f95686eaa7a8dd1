from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from episodes.actions import CallTool, WriteFile
from episodes.blobs import Blobs
from episodes.entries import Completed, Proposed
from episodes.errors import LogDamaged
from episodes.observations import FileContent
from episodes.packing import LONG, pack, references, unpack
from tests.tries import tries

_KEYS = st.sampled_from(["$blob", "$$blob", "$$$blob", "size", "a", "$blobs", ""])
_TEXTS = st.text(max_size=20) | st.just("x" * (LONG + 1)) | st.just("é" * LONG)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "x.blobs")


@tries(100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=st.dictionaries(_KEYS, _JSON, max_size=3))
def test_whatever_an_agent_writes_comes_back_as_it_was(blobs, arguments):
    body = Proposed(step=0, action=CallTool(name="t", arguments=arguments))
    text = pack(body, blobs)
    assert unpack(text, blobs.get) == body
    assert pack(body, blobs) == text
    assert len(text) < 20 * LONG


def test_long_text_is_kept_once_beside_the_log(blobs, bodies):
    body = bodies.completed(stdout="line\n" * 10_000)
    text = pack(body, blobs)
    assert len(text) < 1000
    pack(body, blobs)
    assert references(text) == tuple(blobs.names())
    assert len(references(text)) == 1
    assert unpack(text, blobs.get) == body


def test_short_text_stays_in_the_entry(blobs, bodies):
    text = pack(bodies.completed(stdout="x" * LONG), blobs)
    assert references(text) == ()
    assert list(blobs.names()) == []


@pytest.mark.parametrize("size", [10, 100_000])
def test_every_byte_of_a_file_comes_back(blobs, size):
    data = bytes(range(256)) * (size // 256 + 1)
    for body in (
        Proposed(step=0, action=WriteFile(path="/x", data=data)),
        Completed(step=0, observation=FileContent(path="/x", data=data, size=len(data)), seconds=0),
    ):
        assert unpack(pack(body, blobs), blobs.get) == body


def test_reference_of_an_agent_is_no_reference(blobs):
    name = blobs.put(b"the host's own secret")
    body = Proposed(step=0, action=CallTool(name="t", arguments={"$blob": name, "size": 21}))
    text = pack(body, blobs)
    assert references(text) == ()
    assert unpack(text, blobs.get) == body


def test_reference_that_leads_out_of_the_store_is_refused(blobs, tmp_path):
    (tmp_path / "secret").write_text("secret")
    for name in ("../secret", "sha256:../../secret", "sha256:" + "0" * 63 + "/"):
        with pytest.raises(LogDamaged, match="no digest"):
            blobs.get(name)


def test_body_of_a_kind_that_is_not_known_is_refused(blobs):
    with pytest.raises(LogDamaged, match="does not validate"):
        unpack('{"kind":"from_the_future"}', blobs.get)
