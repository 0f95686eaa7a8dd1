"""Variables that change what a later command means: a command that sets one is not understood."""

from __future__ import annotations

import re

from semantics.names import names

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

# bash(1), "Shell Variables": how words are split and looked up, what runs before a prompt or a
# trace, and the ones whose assignment is evaluated as arithmetic, which can run a command.
_SHELL = names(
    "PATH IFS ENV CDPATH GLOBIGNORE SHELLOPTS BASHOPTS PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 HOME "
    "PWD OLDPWD OPTIND OPTARG OPTERR RANDOM SRANDOM SECONDS LINENO HISTCMD HISTFILE DIRSTACK "
    "GROUPS FUNCNAME UID EUID PPID EPOCHSECONDS EPOCHREALTIME POSIXLY_CORRECT EXECIGNORE FIGNORE "
    "TMPDIR INPUTRC MAILPATH MAIL TIMEFORMAT COMP_WORDBREAKS COPROC MAPFILE SHELL"
)

# Read by the loader or by common programs, which then run or load what the value names:
# ld.so(8), git(1), less(1), man(1), tar(1), rsync(1), make(1), crontab(1), gcc(1).
_PROGRAMS = names(
    "GLIBC_TUNABLES GCONV_PATH LOCPATH NLSPATH EDITOR VISUAL PAGER MANPAGER BROWSER LESSOPEN "
    "LESSCLOSE LESSEDIT TAR_OPTIONS RSYNC_RSH CVS_RSH MAKEFLAGS GNUMAKEFLAGS MFLAGS SUDO_ASKPASS "
    "SSH_ASKPASS COMPILER_PATH GCC_EXEC_PREFIX PERL5OPT RUBYOPT NODE_OPTIONS PYTHONSTARTUP "
    "PYTHONINSPECT JAVA_TOOL_OPTIONS"
)

_PREFIXES = ("LD_", "BASH_", "GIT_", "DYLD_")
_HARMLESS = frozenset(
    f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE")
)


def harmless(name: str) -> bool:
    """Whether `name` is a variable's name, and setting it leaves the meaning of commands alone."""
    if not _NAME.match(name) or name in _SHELL or name in _PROGRAMS or name == "BASH":
        return False
    return not name.startswith(_PREFIXES) or name in _HARMLESS
