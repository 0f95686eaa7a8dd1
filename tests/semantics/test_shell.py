from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantics.reading import Reading, Redirect
from semantics.shell import LONGEST, read_argv, read_command
from tests.tries import tries


def programs(reading: Reading) -> list[str]:
    assert reading.understood, reading.why
    return [program.name for program in reading.programs]


UNDERSTOOD = [
    ("ls", ["ls"]),
    ("ls -la | grep x | sort -u", ["ls", "grep", "sort"]),
    ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
    ("a\nb", ["a", "b"]),
    ("a |& b", ["a", "b"]),
    ("! grep -q x f", ["grep"]),
    ("X=1 ls", ["ls"]),
    ("X=$(id)", ["id"]),
    ("'ls' -l", ["ls"]),
    ('"l"s', ["ls"]),
    ("l\\s", ["ls"]),
    ("(a; b)", ["a", "b"]),
    ("{ a; b; }", ["a", "b"]),
    ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
    ("for i in 1 $x *.c; do cat $i; done", ["cat"]),
    ("while read -r l; do a; done < f", ["read", "a"]),
    ("until a\ndo b\ndone", ["a", "b"]),
    ('echo "$(id)"', ["id", "echo"]),
    ("echo `id`", ["id", "echo"]),
    ("diff <(a) <(b)", ["a", "b", "diff"]),
    ("[ -f x ] && a", ["[", "a"]),
    ("cat <<'EOF'\n$(id)\nEOF", ["cat"]),
    ("cat <<EOF > f\nplain\nEOF\nb", ["cat", "b"]),
    ("cat <<-EOF\n\tplain\n\tEOF\nb", ["cat", "b"]),
    ("cat <<< word", ["cat"]),
    ("ls # cat", ["ls"]),
    ("echo a#b {} a{b}", ["echo"]),
    ("env -u C A=b timeout -k 5 10 nice -n 3 git log", ["env", "timeout", "nice", "git"]),
    ("nohup a &", ["nohup", "a"]),
    ("find . -name '*.c' -exec grep -l x {} + -print", ["find", "grep"]),
    ('find "$d" -type f -exec sh -c \'wc "$1"\' _ {} \\;', ["find", "sh", "wc"]),
    ("ls | xargs -n1 rm -f", ["ls", "xargs", "rm"]),
    ("ls | xargs -I{} mv {} d/{}", ["ls", "xargs", "mv"]),
    ("ls | xargs", ["ls", "xargs", "echo"]),
    ("bash -ec 'a; b | c'", ["bash", "a", "b", "c"]),
    ("/usr/bin/env ls", ["/usr/bin/env", "ls"]),
    ("time -p ls", ["time", "ls"]),
    ("find . 2>/dev/null -exec rm {} \\;", ["find", "rm"]),
    ("command -v git", ["command"]),
    ("export A=1 B; unset A", ["export", "unset"]),
    ("while IFS= read -r l; do a; done", ["read", "a"]),
    ("ls \\\n  -a \\\n  | wc", ["ls", "wc"]),
    ("", []),
    ("alias ls=rm; ls", ["alias", "ls"]),
    ("shopt -s nullglob; history 5; read -a x", ["shopt", "history", "read"]),
    ('echo ${x%.*} ${x/a/b} ${#x} ${x:-y} ${x:1:2} "${a[@]}" ${x^^}', ["echo"]),
    ("echo `ls \"a\" | tr '\\n' x`", ["ls", "tr", "echo"]),
    ("echo `echo \\`id\\``", ["id", "echo", "echo"]),
    ("find . -exec rm {}", ["find", "rm"]),
    ("find . -exec tar cf {} \\;", ["find", "tar"]),
    ("grep x$ f | grep ^$", ["grep", "grep"]),
    ("grep \u201cx\u201d", ["grep"]),
    ("cat << 'E'\nx\nE", ["cat"]),
]


@pytest.mark.parametrize(("command", "expected"), UNDERSTOOD)
def test_programs_of_a_plain_command_are_known(command: str, expected: list[str]) -> None:
    assert programs(read_command(command)) == expected


NOT_UNDERSTOOD = [
    ("$x", "not certain"),
    ("$(id)", "not certain"),
    ("l* -a", "not certain"),
    ("~/x", "not certain"),
    ("{ls,-a}", ""),
    ("l{s,a}", "not certain"),
    ("-rf /", "name"),
    ("eval ls", "own eval"),
    (". ./x", "own ."),
    ("source x", "own source"),
    ("exec ls", "own exec"),
    ("command ls", "own command"),
    ("builtin cd", "own builtin"),
    ("trap ls EXIT", "own trap"),
    ("enable -f x y", "own enable"),
    ("sh -c 'alias ls=rm'", "own alias"),
    ("shopt -s expand_aliases", "own shopt"),
    ("shopt -s extglob", "own shopt"),
    ("shopt -s lastpipe", "own shopt"),
    ("history -w /tmp/x", "own history"),
    ("read -a 'a[$(id)]'", "own read"),
    ("echo ${x:-`id`}", ""),
    ("echo ${x:1+1}", ""),
    ("echo ${x:y}", ""),
    ("echo ${a[$(id)]}", ""),
    ("echo ${a[x]}", ""),
    ("echo ${x:=y}", "expansion"),
    ("echo `echo \\`eval x\\``", ""),
    ('echo "`echo "x"`"', "backquotes"),
    ("ls >& -print", "redirect"),
    ("tar cf $x$ y", "may be an option"),
    ("rm /tmp/x$$", "dollar"),
    (">f'a'\\; x", "not apart"),
    (">$'a'\\; x", "not apart"),
    # What would end the process that reads it.
    ("echo '{\U0010ffff'", "behind a brace"),
    ("echo ${\U000a4981}", "behind a brace"),
    ("echo {1..\U000853fd", "behind a brace"),
    ("\\eval ls", "own eval"),
    ("e'val' ls", "own eval"),
    ("hash -p /tmp/x ls", "own hash"),
    ("mapfile -C ls a", "own mapfile"),
    ("printf -v PATH /tmp; ls", "own printf"),
    ('printf "$x" /tmp', "own printf"),
    ("read PATH; ls", "own read"),
    ("[ -v 'a[$(id)]' ]", "own ["),
    ('test "$x" y', "own test"),
    ("unset 'a[$(id)]'", "own unset"),
    ("set -k", "own set"),
    ("export -f ls", "own export"),
    ("jobs -x ls", "own jobs"),
    ("wait -p 'a[$(id)]'", "own wait"),
    ("declare -i x", "own declare"),
    ("PATH=/tmp ls", "variable"),
    ("LD_PRELOAD=./x ls", "variable"),
    ("BASH_ENV=x sh y", "variable"),
    ("export GIT_SSH_COMMAND=x", "variable"),
    ("for PATH in /tmp; do ls; done", "loop"),
    ("SECONDS='a[$(id)]'", "variable"),
    ("a[$(id)]=1", ""),
    ("a=(1 2)", "assignment"),
    ("f() { ls; }", "function"),
    ("function f { ls; }", "function"),
    ("coproc ls", "coproc"),
    ("case x in x) ls;; esac", "case"),
    ("select x in a; do ls; done", ""),
    ("for ((i=0;i<3;i++)); do ls; done", ""),
    ("[[ -f x ]]", "[["),
    ("((x=1))", ""),
    ("echo $((x))", "arithmetic"),
    ("echo ${x:-$(id)}", "expansion"),
    ("echo ${x@P}", "expansion"),
    ('echo "${!x}"', "expansion"),
    ("ls\rid", "control"),
    ("ls\x00id", "control"),
    ("ls\x1b[0m", "control"),
    ("ls\u00a0id", "blank"),
    ("ls\u2028id", "blank"),
    ("ls \ud800", "control"),
    ("ls }; }", ""),
    ("if a then b; fi", ""),
    ("ls 'a", ""),
    ("ls \\", ""),
    ("ls\\\n-a", ""),
    ("l\\\ns", ""),
    ("IFS=x ls", "variable"),
    ("IFS=x; ls", "variable"),
    ("cat <<EOF\n$(id)\nEOF", "here-document"),
    ("cat <<EOF\nx", "here-document"),
    ("echo '<<E\nE\n'", ""),
    ("echo 'a <<E\nE'; id\nE\nls", ""),
    ("env -S 'ls -l'", "env with"),
    ("env $x ls", "env with"),
    ("env PATH=/tmp ls", "env with"),
    ("xargs $x", "xargs with"),
    ("ls | xargs env", "env with"),
    ("ls | xargs sh -c", "sh -c"),
    ("ls | xargs -I% sh -c 'echo %'", "sh -c"),
    ("xargs -I% %", "not certain"),
    ("find . -exec {} \\;", "not certain"),
    ('find "$a" rm \\;', "find with"),
    ("find $a", "find with"),
    ("find . -exec rm $x {}", "find with"),
    ("find $x -exec", "find with"),
    ('sh -c "$x"', "sh -c"),
    ("sh -c 'eval x'", "own eval"),
    ("bash -lc ls", "bash with"),
    ("bash --rcfile x", "bash with"),
    ("busybox rm x", "busybox"),
    ("tar --to-command=ls -xf a", "tar with"),
    ("tar -cIxz f", "tar with"),
    ("sort --compress-prog=ls", "sort with"),
    ("time eval ls", "own eval"),
    ("time time -p eval ls", "own eval"),
    ("time -f x ls", "name"),
    ("echo '" + "a" * LONGEST + "'", "longer"),
    ("(" * 40 + "ls" + ")" * 40, ""),
]


@pytest.mark.parametrize(("command", "why"), NOT_UNDERSTOOD)
def test_what_may_mean_something_else_to_bash_is_not_understood(command: str, why: str) -> None:
    reading = read_command(command)
    assert not reading.understood
    assert why in reading.why
    assert reading.programs == ()
    assert reading.span is not None
    start, end = reading.span
    assert 0 <= start <= end <= len(command)


def test_the_span_is_the_part_that_is_not_understood() -> None:
    command = "echo héé && eval x; ls"
    reading = read_command(command)
    assert reading.span is not None
    assert command[slice(*reading.span)] == "eval x"


def test_arguments_are_literal_or_none() -> None:
    (found,) = read_command(
        r"""cat a\ b 'c d' "e f" "g$x" *.c {1,2} ~/h $y "a\"\$" '' {} """
    ).programs
    assert found.argv == (
        "cat", "a b", "c d", "e f", None, None, None, None, None, 'a"$', "", "{}",
    )  # fmt: skip


def test_an_argument_that_ends_in_a_dollar_is_literal() -> None:
    (found,) = read_command('grep "^a$" "b$|c"').programs
    assert found.argv == ("grep", "^a$", "b$|c")


REDIRECTS = [
    ("a > f", [Redirect("f", "write")]),
    ("a >> f", [Redirect("f", "append")]),
    ("a < f", [Redirect("f", "read")]),
    ("a &> f", [Redirect("f", "write")]),
    ("a >| f", [Redirect("f", "write")]),
    ("a >& f", [Redirect("f", "write")]),
    ("a 2>&1 >&2 2>&-", []),
    ("a > /dev/stderr", []),
    ("a > /dev/null", [Redirect("/dev/null", "write")]),
    ('a > "$f"', [Redirect(None, "write")]),
    ("a > $f", [Redirect(None, "write")]),
    ("cat <<E\nx\nE", []),
    ("(a) > f", [Redirect("f", "write")]),
    ("cd d && a > f", [Redirect("f", "write", "d")]),
    ("cd d; a > f", [Redirect("f", "write", None)]),
    ("cd d || a > f", [Redirect("f", "write", None)]),
    ("cd d & a > f", [Redirect("f", "write")]),
    ("(cd d); a > f", [Redirect("f", "write")]),
    ("cd d | a > f", [Redirect("f", "write")]),
    ("cd .. && a > f", [Redirect("f", "write", None)]),
    ("cd $d && a > f", [Redirect("f", "write", None)]),
    ("cd d && sh -c 'a > f'", [Redirect("f", "write", "d")]),
    ("for i in 1 2; do a > f; cd d; done", [Redirect("f", "write", None)]),
    ("> f", None),
]


@pytest.mark.parametrize(("command", "expected"), REDIRECTS)
def test_redirects_name_their_files(command: str, expected: list[Redirect] | None) -> None:
    reading = read_command(command)
    if expected is None:
        assert not reading.understood
    else:
        assert reading.understood, reading.why
        assert list(reading.redirects) == expected


def test_the_shells_own_echo_is_told_from_the_program() -> None:
    own, program = read_command("echo a; env echo a").programs[0], read_command("env echo").programs
    assert own.builtin
    assert not program[1].builtin


def test_argv_is_read_without_a_shell() -> None:
    assert programs(read_argv(("env", "ls", "$(id)"))) == ["env", "ls"]
    assert programs(read_argv(("eval", "ls"))) == ["eval"]
    assert not read_argv(("bash", "-c", "eval ls")).understood
    assert not read_argv(("a\nb",)).understood


@given(st.text(max_size=60))
@tries(300)
def test_any_text_is_read_or_refused_with_a_span(text: str) -> None:
    reading = read_command(text)
    assert reading.understood == (reading.span is None)
    assert reading.understood == (not reading.why)


FRAGMENTS = st.sampled_from(
    ["ls", "cat", "'a b'", '"$x"', "$(id)", "`id`", "|", "&&", ";", "\n", ">", "f", "<<E", "\nE\n",
     "(", ")", "{", "}", "if", "then", "fi", "do", "done", "!", "time", "env", "xargs", "-c", "[",
     "]", "X=1", "#", "\\", " ", "'", '"', "$", "&", "é", "\t"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=14))
@tries(500)
def test_any_mix_of_fragments_is_read_or_refused(parts: list[str]) -> None:
    reading = read_command(" ".join(parts))
    assert reading.understood == (reading.span is None)


@given(st.lists(FRAGMENTS, max_size=10), st.sampled_from(["eval x", "f() { ls; }", "coproc a"]))
@tries(200)
def test_what_is_not_understood_alone_is_not_understood_behind_others(
    parts: list[str], refused: str
) -> None:
    command = " ".join(parts)
    if read_command(command).understood and "#" not in parts:
        assert not read_command(f"{command}\n{refused}").understood


@pytest.mark.parametrize(
    "command",
    [
        "cd /etc && cat *a 2>&1 | head b && tail c",
        "cd /etc && cat a 2>&1 | head b && tail c",
        "cd /etc && cat *a 2> log | head b && tail c",
    ],
)
def test_a_pipeline_behind_a_list_starts_where_the_list_went(command: str) -> None:
    reading = read_command(command)
    assert [program.cwd for program in reading.programs] == ["", *["/etc"] * 3]


def test_a_pipeline_in_a_list_leaves_the_shell_where_it_was() -> None:
    reading = read_command("true && cd /etc 2>&1 | cat *a && tail b")
    assert [program.cwd for program in reading.programs] == [""] * 4
