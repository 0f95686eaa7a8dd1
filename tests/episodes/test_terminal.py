from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.terminal import safe, safe_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("naïve 日本語 🙂", "naïve 日本語 🙂"),
        ("two\nlines", "two\nlines"),
        ("a\tb", "a    b"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("over\rwritten", "over\\x0dwritten"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\udc80", "\\udc80"),
    ],
)
def test_what_steers_a_terminal_or_the_eye_is_written_out(text, shown):
    assert safe(text) == shown


@given(st.text())
def test_nothing_that_comes_out_can_steer(text):
    assert {unicodedata.category(character) for character in safe_line(text)}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )


def test_line_feed_is_written_out_where_one_line_is_wanted():
    assert safe_line("a\nb") == "a\\nb"
