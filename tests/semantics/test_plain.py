"""What is read without the parser is read by it to the same end."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantics import shell
from semantics.plain import read_plain
from semantics.reading import Reading, Redirect
from tests.tries import tries

DATA = Path(__file__).parent / "data"
# Where the parser does not know plain words for what they are; bash does.
PARSERS_OWN = (
    "not read as a whole",
    "characters between words",
    "words that are not apart",
)
FRAGMENTS = (  # noqa: SIM905 - read as the commands they make
    "cd a b/c /abs .. ls | && || ; > >> < 2> f 2>&1 1>&2 >&2 'q|w' \"d;q\" x'y' 'if' '' echo cat "
    "time -p if do in export a=b env sh -c 'cd&&z' \"cat<k\" xargs find . -exec sudo pushd popd "
    "/dev/stdout rm -rf test -f printf -- read set & kill true - =x %1 +x @ ^ 3> { } nohup # * $x"
).split()


def plainly(command: str) -> Reading | None:
    return read_plain(command, shell.read_command)


def agree(command: str) -> bool:
    """Whether it is plain; and then both have to say the same of it."""
    plain = plainly(command)
    if plain is None:
        return False
    parsed = shell._parsed(command, 0)
    if not parsed.understood:
        assert parsed.why.startswith(PARSERS_OWN), (command, parsed.why)
        return True
    assert plain.programs == parsed.programs, command
    assert len(plain.redirects) == len(parsed.redirects), command
    for ours, theirs in zip(_sorted(plain), _sorted(parsed), strict=True):
        assert (ours.path, ours.mode) == (theirs.path, theirs.mode), command
        assert theirs.cwd in (ours.cwd, None), command
    return True


def _sorted(reading: Reading) -> list[Redirect]:
    return sorted(reading.redirects, key=lambda one: (str(one.path), one.mode, str(one.cwd)))


@pytest.mark.slow
def test_commands_that_people_and_agents_wrote_are_read_alike():
    people = gzip.decompress((DATA / "nl2bash.txt.gz").read_bytes()).decode().splitlines()
    agents = json.loads(gzip.decompress((DATA / "agents.json.gz").read_bytes()))
    commands = [*people, *(command for some in agents.values() for command in some)]
    plain = sum(agree(command) for command in commands)
    assert plain > len(commands) * 0.2, "else it saves nothing"


@tries(600)
@given(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=9), st.data())
def test_any_mix_of_fragments_is_read_alike(parts, data):
    blanks = data.draw(st.lists(st.sampled_from((" ", " ", " ", "", "\t")), min_size=8, max_size=8))
    agree("".join(f"{part}{blank}" for part, blank in zip(parts, [*blanks, ""], strict=False)))


@tries(400)
@given(st.text(alphabet="ab/=-|&;<>12 '\"$\\#*(){}!\n\t~\u00a0", max_size=30))
def test_any_text_is_read_alike_or_left_to_the_parser(text):
    agree(text)


@pytest.mark.parametrize(
    "command",
    ["ls -la", "cd /a && cat b | head -n 3 > c 2>&1; git log", "python3 -c 'print(\"$x\")'"],
)
def test_a_plain_command_is_read_here(command):
    assert plainly(command) is not None


@pytest.mark.parametrize(
    "command",
    [
        "cat $f",
        "ls *",
        "a & b",
        "a=b c",
        "if a; then b; fi",
        "> f",
        "a > f b",
        "a |",
        "; a",
        "a\nb",
    ],
)
def test_what_is_not_surely_plain_is_left_to_the_parser(command):
    assert plainly(command) is None
