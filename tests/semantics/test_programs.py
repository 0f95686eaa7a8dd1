"""What programs run besides themselves."""

from __future__ import annotations

import pytest

from semantics.schemas import SCHEMAS, schema_of
from semantics.shell import read_command

INTERPRETING = [
    "python3 a.py", "python3.11 -c 'x'", "/usr/bin/perl -e x", "make", "git status", "sh a.sh",
    "ls | bash", "./a", "dir/a", "timeout 5 sh a.sh", "find . -exec sh a {} \\;", "crontab f",
    "awk 'BEGIN{system(\"id\")}'", "awk '{print | \"sort\"}' f", "awk '\"id\" | getline'",
    "awk -f f",
    "awk '@load \"x\"'", "awk \"$x\"", "awk -i x 1", "awk 'BEGIN{f=\"sys\" \"tem\"; @f(\"id\")}'",
    "sed 's/a/b/e' f", "sed e f", "sed '1e id' f", "sed -f f", "sed \"$x\" f", "sed p $x",
    "sed p ./$x",
    "sed 's/a/b/w f' f", "sed -n '/[/s,]/e id #,x,'", "sed 's/[/]/e/' f", "sed '{p}' f",
]  # fmt: skip
NOT_INTERPRETING = [
    "ls", "grep -r x .", "sh -c 'ls'", "bash -ec 'ls | cat'", "/bin/ls",
    "awk '{print $1}' f", "awk -F: '{print $1}' \"$x\" $y", "awk -F ':' -v a=\"$x\" '$1 || a' f",
    "sed p f", "sed -n 5p f", "sed -i 's/a/b/g; s|c|d|2' f", "sed -e 's/[0-9]*/x/' -e '$d' f",
    "sed '/a/,/b/d' ./\"$x\"", "sed '/[ab]/!d' f", "sed 's/\\//x/' f", "sed -E 's/(a|b)/\\1/' f",
]  # fmt: skip


@pytest.mark.parametrize("command", INTERPRETING)
def test_what_may_run_anything_is_said_to(command: str) -> None:
    reading = read_command(command)
    assert reading.understood, reading.why
    assert any(program.interprets for program in reading.programs)


@pytest.mark.parametrize("command", NOT_INTERPRETING)
def test_what_runs_only_itself_is_said_to(command: str) -> None:
    reading = read_command(command)
    assert reading.understood, reading.why
    assert not any(program.interprets for program in reading.programs)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("tar cf a.tar *", "may be an option"),
        ("tar $x", "may be an option"),
        ('tar "$x"', "may be an option"),
        ("ls | xargs tar rf a.tar", "may be an option"),
        ("tar --to=id -xf a", "runs another program"),
        ("sort --co=id f", "runs another program"),
        ("sort $x", "may be an option"),
        ("split --f=id f", "runs another program"),
        ("zip -T a b", "runs another program"),
        ("watch \"$x\"", "not certain"),
        ("ls | xargs -I{} -n2 {}", "not certain"),
        ("parallel rm", "ways that are not read"),
    ],
)  # fmt: skip
def test_a_word_that_may_name_a_program_is_not_understood(command: str, why: str) -> None:
    reading = read_command(command)
    assert not reading.understood
    assert why in reading.why


def test_xargs_gives_words_where_it_replaces_none() -> None:
    given = {
        "xargs rm -f": ("rm", "-f", None),
        "xargs -I{} rm a{}": ("rm", None),
        "xargs -i rm {}": ("rm", None),
        "xargs -iX rm {} X": ("rm", "{}", None),
        "xargs --replace=X rm X": ("rm", None),
        # The later option wins, in some versions: both are held possible.
        "xargs -I{} -n2 rm {}": ("rm", None, None),
    }
    for command, argv in given.items():
        assert read_command(command).programs[-1].argv == argv


def test_helpers_are_named() -> None:
    (tar,) = read_command("tar xzf a.tgz").programs
    assert "gzip" in tar.helpers
    (zcat,) = read_command("zcat a.gz").programs
    assert zcat.helpers == ("gzip",)


def test_every_fact_has_its_source() -> None:
    assert all(schema.source for schema in SCHEMAS.values())
    assert schema_of("python3.11") is SCHEMAS["python"]
    assert schema_of("x86_64-linux-gnu-gcc-12") is SCHEMAS["gcc"]
    assert schema_of("ls") is None
