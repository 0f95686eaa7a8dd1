"""Programs that run other programs: how their words are told from those of what they run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semantics.names import names


@dataclass(frozen=True, slots=True)
class Runner:
    """The options of one such program, as far as they are read; any other is not understood."""

    source: str
    """Where the facts are from."""
    flags: str = ""
    """Short options that take no value."""
    valued: str = ""
    """Short options that take one."""
    long: frozenset[str] = frozenset()
    """Long options that take no value, or take it only behind `=`."""
    long_valued: frozenset[str] = frozenset()
    """Long options that take one, behind `=` or as the next word."""
    operands: int = 0
    """Words of its own between its options and the program."""
    assignments: bool = False
    """Whether `NAME=value` may stand before the program."""
    unsets: str = ""
    """Options whose value is a variable to remove."""
    moves: str = ""
    """Options that make the program start in another directory."""
    replaces: str = ""
    """Options whose value stands, in the program's words, for something not yet known."""
    appends: bool = False
    """Whether it gives the program further words."""
    default: str | None = None
    """What it runs when no program is named."""
    digits: bool = False
    """Whether `-5` is an option, as in the oldest form of nice."""


RUNNERS: dict[str, Runner] = {
    "env": Runner(
        "coreutils 9.1 manual, env invocation; -S is left out, since it splits a string anew",
        flags="i0v",
        valued="uC",
        long=names("ignore-environment null debug"),
        long_valued=names("unset chdir"),
        assignments=True,
        unsets="u unset",
        moves="C chdir",
    ),
    "timeout": Runner(
        "coreutils 9.1 manual, timeout invocation",
        flags="v",
        valued="ks",
        long=names("foreground preserve-status verbose"),
        long_valued=names("kill-after signal"),
        operands=1,
    ),
    "nohup": Runner("coreutils 9.1 manual, nohup invocation"),
    "nice": Runner(
        "coreutils 9.1 manual, nice invocation",
        valued="n",
        long_valued=names("adjustment"),
        digits=True,
    ),
    "stdbuf": Runner(
        "coreutils 9.1 manual, stdbuf invocation",
        valued="ioe",
        long_valued=names("input output error"),
    ),
    "setsid": Runner("util-linux 2.38, setsid(1)", flags="cfw", long=names("ctty fork wait")),
    "ionice": Runner(
        "util-linux 2.38, ionice(1)",
        flags="t",
        valued="cn",
        long=names("ignore"),
        long_valued=names("class classdata"),
    ),
    # The shell's word and the program alike; assignments are left out, the program runs them.
    "time": Runner("bash(1), Pipelines; GNU time 1.9", flags="p"),
    "xargs": Runner(
        "findutils 4.9 manual, Invoking xargs; -i, -e and -l are left out: their value is optional",
        flags="0rtpxo",
        valued="IndLPsaE",
        long=names("null no-run-if-empty verbose interactive exit open-tty"),
        long_valued=names("max-args max-procs delimiter arg-file max-chars"),
        replaces="I",
        appends=True,
        default="echo",
    ),
    "sudo": Runner(
        "sudo 1.9.13, sudo(8); options that start a shell or an editor are left out",
        flags="AbEHknPS",
        valued="ugp",
        long_valued=names("user group prompt"),
        assignments=True,
    ),
}
"""By name; each is looked up wherever the program lies among the system's own."""

# Programs that run what they are told in ways that are not read here.
OPAQUE = names(
    "su doas script flock chroot setpriv runuser taskset chrt unshare nsenter busybox toybox "
    "strace ltrace watch parallel at batch crontab expect start-stop-daemon systemd-run fakeroot "
    "unbuffer rlwrap socat cpulimit linux32 linux64 setarch i386 x86_64 pkexec gosu capsh "
    "newgrp sg run-parts entr dbus-run-session xvfb-run ssh-agent openvt choom prlimit uclampset"
)
"""Those are never understood."""

SHELLS = names("sh bash dash")
"""Those run their `-c` word, which is read as a command of its own."""

# Options by which a program that is no runner starts another; each also in GNU's shortened form.
RUNNING_OPTIONS: dict[str, tuple[str, ...]] = {
    # GNU tar 1.34 manual
    "tar": (
        "--use-compress-program",
        "--to-command",
        "--checkpoint-action",
        "--info-script",
        "--new-volume-script",
        "--rsh-command",
        "--rmt-command",
    ),
    # coreutils 9.1 manual
    "sort": ("--compress-program",),
    "split": ("--filter",),
    # Info-ZIP 3.0, zip(1)
    "zip": ("-TT", "--unzip-command"),
    # ripgrep 13, rg(1)
    "rg": ("--pre", "--hostname-bin"),
}

_NUMBER = re.compile(r"-\d+\Z")


@dataclass(frozen=True, slots=True)
class Split:
    """Where a runner's own words end."""

    at: int
    """The index, among its arguments, of the program it runs; their number where none is named."""
    moved: bool
    """Whether the program starts in another directory."""
    replaced: str | None
    """What stands for something not yet known in the program's words."""
    assigned: tuple[str, ...]
    """Variables that it sets or removes for the program."""


def split(runner: Runner, words: tuple[str | None, ...]) -> Split | str:
    """Finds the program in a runner's arguments.

    Args:
        runner: The runner.
        words: Its arguments; None where one is not certain.

    Returns:
        Where the program is, or why that is not certain.
    """
    at, moved, replaced = 0, False, None
    assigned: list[str] = []
    while at < len(words):
        text = words[at]
        if text is None:
            return "an option or program that is not certain"
        if text == "--":
            at += 1
            break
        if len(text) < 2 or text[0] != "-":
            break
        at += 1
        if runner.digits and _NUMBER.match(text):
            continue
        name, value = _option(runner, text)
        if name is None:
            return f"the option {text}"
        if value is None and _takes_value(runner, name):
            value = words[at] if at < len(words) else None
            if value is None:
                return f"the value of {text}"
            at += 1
        moved = moved or name in runner.moves.split()
        if name in runner.replaces.split():
            replaced = value
        if value and name in runner.unsets.split():
            assigned.append(value)
    while runner.assignments and at < len(words):
        text = words[at]
        if text is None or "=" not in text:
            break
        assigned.append(text.split("=", 1)[0])
        at += 1
    for _ in range(runner.operands):
        if at < len(words) and words[at] is None:
            return "a word before the program that is not certain"
        at += 1
    return Split(min(at, len(words)), moved, replaced, tuple(assigned))


def _takes_value(runner: Runner, name: str) -> bool:
    return name in runner.long_valued or (len(name) == 1 and name in runner.valued)


def _option(runner: Runner, text: str) -> tuple[str | None, str | None]:
    """The last option in a word, None where one is not known; and its value, where attached."""
    if text.startswith("--"):
        name, equals, value = text[2:].partition("=")
        known = name in runner.long_valued or (name in runner.long and not equals)
        return (name, value if equals else None) if known else (None, None)
    for index, letter in enumerate(text[1:], start=2):
        if letter in runner.valued:
            return letter, text[index:] or None
        if letter not in runner.flags:
            return None, None
    return text[-1], None
