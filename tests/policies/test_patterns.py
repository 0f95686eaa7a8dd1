"""Patterns, held against a matcher that tries everything, on every short text there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.analysis.inclusion import exception
from policies.automaton import Automaton, Row, decoded, encoded
from policies.patterns import (
    HOST,
    PATH,
    UNKNOWN,
    WORD,
    Characters,
    Choice,
    Item,
    Kind,
    Repeat,
    parse_pattern,
    quoted,
)
from tests.tries import tries

LETTERS = "ab/."
TEXTS = ["".join(text) for size in range(4) for text in product(LETTERS, repeat=size)]

SIMPLE = st.text("ab/.*?", max_size=3) | st.sampled_from(["[ab]", "[!a]", "[/.]", "[a-b]", "**"])
CHOICES = st.lists(SIMPLE, min_size=1, max_size=3).map(lambda parts: "{" + ",".join(parts) + "}")
PATTERNS = st.lists(SIMPLE | CHOICES, max_size=3).map("".join)
ROWS = st.lists(PATTERNS, min_size=1, max_size=3)
KINDS = st.sampled_from([HOST, PATH, WORD])


def tried(items: tuple[Item, ...], text: str) -> Iterator[str]:
    """What is left of the text behind the items, in each of the ways in which they match."""
    if not items:
        yield text
        return
    item, following = items[0], items[1:]
    if isinstance(item, Choice):
        for part in item.of:
            for left in tried(part, text):
                yield from tried(following, left)
    elif isinstance(item, Repeat):
        yield from tried(following, text)
        if text and item.characters.has(text[0]):
            yield from tried(items, text[1:])
    elif text and (item.has(text[0]) if isinstance(item, Characters) else item == text[0]):
        yield from tried(following, text[1:])


def matches_by_trying(pattern: str, kind: Kind, text: str) -> bool:
    items = parse_pattern(pattern, kind).items
    return "" in tried(items, text[::-1] if kind.backwards else text)


def compiled(patterns: list[str], kind: Kind) -> Automaton:
    return Automaton(Row(((parse_pattern(pattern, kind),),)) for pattern in patterns)


@given(ROWS, KINDS)
@tries(40)
def test_an_automaton_matches_what_trying_everything_matches(
    patterns: list[str], kind: Kind
) -> None:
    automaton = compiled(patterns, kind)
    for text in TEXTS:
        expected = [
            at for at, pattern in enumerate(patterns) if matches_by_trying(pattern, kind, text)
        ]
        assert list(automaton.match(encoded([(text, kind)]))) == expected, text


@given(ROWS, ROWS, KINDS)
@tries(60)
def test_the_exception_is_one_and_none_is_shorter(
    inside: list[str], outside: list[str], kind: Kind
) -> None:
    answer = exception([compiled(inside, kind)], compiled(outside, kind))
    uncovered = [
        text
        for text in TEXTS
        if any(matches_by_trying(pattern, kind, text) for pattern in inside)
        and not any(matches_by_trying(pattern, kind, text) for pattern in outside)
    ]
    if answer.outcome == "covered":
        assert uncovered == []
        return
    assert answer.outcome == "witness"
    (witness,) = decoded(answer.witness, [kind])
    assert witness is not None
    assert any(matches_by_trying(pattern, kind, witness) for pattern in inside)
    assert not any(matches_by_trying(pattern, kind, witness) for pattern in outside)
    assert all(len(witness) <= len(text) for text in uncovered)


@given(ROWS, ROWS)
@tries(40)
def test_what_two_have_in_common_is_in_both(one: list[str], other: list[str]) -> None:
    answer = exception([compiled(one, PATH), compiled(other, PATH)])
    common = [
        text
        for text in TEXTS
        if any(matches_by_trying(pattern, PATH, text) for pattern in one)
        and any(matches_by_trying(pattern, PATH, text) for pattern in other)
    ]
    if answer.outcome == "covered":
        assert common == []
    else:
        (witness,) = decoded(answer.witness, [PATH])
        assert all(len(witness or "") <= len(text) for text in common)


@given(ROWS)
@tries(20)
def test_patterns_cover_themselves(patterns: list[str]) -> None:
    assert exception([compiled(patterns, PATH)], compiled(patterns, PATH)).outcome == "covered"


@pytest.mark.parametrize(
    ("pattern", "kind", "text", "expected"),
    [
        ("*.example.com", HOST, "a.b.example.com", True),
        ("*.example.com", HOST, "example.com", False),
        ("*.example.com", HOST, "badexample.com", False),
        ("/a/*", PATH, "/a/b", True),
        ("/a/*", PATH, "/a/b/c", False),
        ("/a/**", PATH, "/a/b/c", True),
        ("/a/[!b]c", PATH, "/a//c", False),
        ("-m*", WORD, "-m\nsecond line", True),
        ("a\\*", WORD, "a*", True),
        ("a\\*", WORD, "ab", False),
        ("{a,b{c,d}}", WORD, "bd", True),
        ("a,b", WORD, "a,b", True),
    ],
)
def test_a_pattern_is_for_the_whole_text(
    pattern: str, kind: Kind, text: str, expected: bool
) -> None:
    assert bool(compiled([pattern], kind).match(encoded([(text, kind)]))) is expected


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "\x01", "a\x1b[0m", "\ud800", "\x85"])
def test_control_characters_are_refused_and_not_merely_unmatched(text: str) -> None:
    with pytest.raises(ValueError, match="belongs in none"):
        encoded([(text, PATH)])
    with pytest.raises(ValueError, match="is in no path"):
        parse_pattern(text, PATH)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[ab", "a bracket is not closed"),
        ("{a,b", "a brace is not closed"),
        ("a]", "has no partner"),
        ("a}", "has no partner"),
        ("[]", "no characters between"),
        ("[b-a]", "runs backwards"),
        ("a\\", "a backslash at the end"),
        ("[*]", "between brackets"),
        ("{" * 9 + "}" * 9, "over 8 deep"),
        ("a" * 1025, "over 1024 characters"),
    ],
)
def test_what_is_no_pattern_is_refused_with_what_to_write(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_pattern(pattern, PATH)


@given(st.text("ab\\*?[]{},!-", max_size=8))
def test_a_quoted_text_matches_itself_alone(text: str) -> None:
    assert parse_pattern(quoted(text), WORD).literal == text


def test_a_word_that_is_not_known_is_a_field_of_its_own() -> None:
    known = Row(((parse_pattern("push", WORD),),), rest=WORD)
    either = Row(("unknown",), rest=WORD)
    automaton = Automaton([known, either])
    assert automaton.match(encoded([("push", WORD), (None, WORD)])) == (0,)
    assert automaton.match(encoded([(None, WORD), ("push", WORD)])) == (1,)
    assert automaton.match(encoded([("pus", WORD)])) == ()
    witness = exception([Automaton([either])], Automaton([known])).witness
    assert witness.startswith(UNKNOWN)
    assert decoded(witness, [WORD]) == (None,)


def test_a_search_past_its_budget_says_unknown() -> None:
    rows = [f"*{a}?{b}*" for a in "ab" for b in "ab/"]
    answer = exception([compiled(rows, WORD)], compiled(["**a??????????**"], WORD), budget=5)
    assert answer.outcome == "unknown"


@pytest.mark.slow
def test_ten_thousand_hosts_are_matched_in_one_pass() -> None:
    hosts = [f"*.site{at}.example.com" for at in range(10_000)]
    automaton = compiled(hosts, HOST)
    assert automaton.match(encoded([("www.site77.example.com", HOST)])) == (77,)
    assert automaton.match(encoded([("www.site77.example.org", HOST)])) == ()
