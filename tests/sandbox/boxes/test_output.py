from hypothesis import given
from hypothesis import strategies as st

from sandbox.boxes.output import shown


def test_short_output_is_shown_whole() -> None:
    output = shown(b"one\ntwo\n", b"", 8)
    assert (output.text, output.size, output.escaped) == ("one\ntwo\n", 8, False)


def test_what_was_left_out_is_said_between_head_and_tail() -> None:
    output = shown(b"head", b"tail", 1_000_008)
    assert output.text == "head\n[... 1,000,000 bytes left out ...]\ntail"


def test_bytes_that_are_not_utf8_are_escaped_and_said() -> None:
    output = shown(b"a\xff\xfeb", b"", 4)
    assert output.text == "a\\xff\\xfeb"
    assert output.escaped


def test_a_character_that_the_cut_went_through_is_left_out_whole() -> None:
    euro = "€".encode()
    output = shown(b"a" + euro[:2], euro[2:] + b"b", 100)
    assert output.text.startswith("a\n[")
    assert output.text.endswith("]\nb")
    assert not output.escaped


@given(st.binary(max_size=60), st.integers(0, 60))
def test_head_and_tail_that_hold_everything_are_shown_as_if_never_cut(data: bytes, at: int) -> None:
    assert shown(data[:at], data[at:], len(data)) == shown(data, b"", len(data))


@given(st.text(max_size=40), st.integers(0, 20), st.integers(0, 20))
def test_a_cut_through_valid_text_never_escapes_anything(text: str, head: int, tail: int) -> None:
    data = text.encode()
    kept = data[:head], data[len(data) - min(tail, len(data)) :]
    assert not shown(*kept, len(data) + 1000).escaped
