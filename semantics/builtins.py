"""The shell's own commands: the few that only touch its state, and those that run text."""

from __future__ import annotations

import re
from collections.abc import Callable

from semantics.names import names
from semantics.variables import harmless
from semantics.words import Word

RESERVED = names(
    "! { } [[ ]] case coproc do done elif else esac fi for function if in select then until "
    "while (("
)
"""Words with a meaning of their own where a command starts (bash(1), Reserved Words).

`time` is not among them: it is read as the program of that name.
"""

REFUSED = names(
    ". source eval exec builtin trap enable bind caller compgen complete compopt "
    "declare typeset local readonly disown fc getopts hash help let logout mapfile "
    "readarray suspend"
)
"""Those run text, or change how later text is read; never understood."""

_COUNT = re.compile(r"\d{1,9}\Z|-c\Z")
_JOBS = re.compile(r"-[lnprs]+\Z|%[\w+%-]*\Z|\d{1,9}\Z")
_DIGITS = re.compile(r"\d{1,9}\Z")
_SET = re.compile(r"[-+][eufnCx]+\Z|[-+][eu]*o\Z")
_SET_NAMES = names("errexit nounset pipefail noclobber noglob")
# Those that change how words are expanded, and none that changes how text is read or where the
# shell is: extglob, expand_aliases, lastpipe, cdable_vars and the like are left out.
_SHOPT_NAMES = names(
    "globstar nullglob dotglob nocaseglob failglob globasciiranges xpg_echo inherit_errexit "
    "histappend cmdhist lithist checkwinsize huponexit checkjobs"
)
_UNARY = frozenset(f"-{letter}" for letter in "bcdefghknprstuwxzLNOSG")
_BINARY = names("= == != -eq -ne -lt -le -gt -ge -nt -ot -ef")


def _anything(_words: tuple[Word, ...]) -> bool:
    return True


def _certain(words: tuple[Word, ...]) -> bool:
    return all(word.literal is not None for word in words)


def _nothing(words: tuple[Word, ...]) -> bool:
    return not words


def _options(words: tuple[Word, ...]) -> bool:
    return all(word.literal in ("-l", "-p", "-P", "-L", "-S", "-v") for word in words)


def _printf(words: tuple[Word, ...]) -> bool:
    # `-v` assigns, and evaluates what is in brackets: the format must surely not be it.
    return bool(words) and (words[0].literal == "--" or words[0].operand)


def _test(words: tuple[Word, ...]) -> bool:
    # `-v 'a[$(id)]'` runs id. So whatever could be an operator must surely be another one.
    for at, word in enumerate(words):
        text = word.literal
        if text is None:
            before = words[at - 1].literal if at else None
            after = words[at + 1].literal if at + 1 < len(words) else None
            known = before in _UNARY or before in _BINARY or after in _BINARY
            if word.split or not word.one or not (known or word.operand or len(words) == 1):
                return False
        elif text in ("-v", "-R"):
            return False
    return True


def _variables(words: tuple[Word, ...]) -> bool:
    return all(word.literal is not None and harmless(word.literal) for word in words)


def _read(words: tuple[Word, ...]) -> bool:
    at = 0
    while at < len(words) and (words[at].literal or "").startswith("-"):
        option = words[at].literal
        if option in ("-a", "-ra") and not _variables(words[at + 1 : at + 2]):
            return False
        if option in ("-p", "-d", "-n", "-t", "-u", "-N", "-a", "-ra"):
            at += 1
        elif option not in ("-r", "-s", "-rs", "-sr"):
            return False
        at += 1
    return _variables(words[at:])


def _set(words: tuple[Word, ...]) -> bool:
    at = 0
    while at < len(words):
        text = words[at].literal
        if text is None or not _SET.match(text):
            return False
        if text.endswith("o"):
            at += 1
            if at == len(words) or words[at].literal not in _SET_NAMES:
                return False
        at += 1
    return True


def _shopt(words: tuple[Word, ...]) -> bool:
    texts = [word.literal for word in words]
    if not texts or texts[0] not in ("-s", "-u"):
        # Asked, it tells.
        return None not in texts and not {"-s", "-u"} & {text[:2] for text in texts if text}
    return all(text in _SHOPT_NAMES for text in texts[1:])


def _history(words: tuple[Word, ...]) -> bool:
    return not words or (len(words) == 1 and bool(_COUNT.match(words[0].literal or "")))


def _jobs(words: tuple[Word, ...]) -> bool:
    return all(_JOBS.match(word.literal or "") for word in words)


def _wait(words: tuple[Word, ...]) -> bool:
    return all(
        _DIGITS.match(word.literal or "") or (word.literal is None and word.one) for word in words
    )


def _command(words: tuple[Word, ...]) -> bool:
    # Only to ask what a name means; without -v it runs it.
    return len(words) > 1 and words[0].literal in ("-v", "-V") and _certain(words)


FREE: dict[str, Callable[[tuple[Word, ...]], bool]] = {
    ":": _anything,
    "true": _anything,
    "false": _anything,
    "echo": _anything,
    "printf": _printf,
    "test": _test,
    "[": _test,
    "cd": _anything,
    "pushd": _anything,
    "popd": _anything,
    "dirs": _options,
    "pwd": _options,
    "read": _read,
    "export": _variables,
    "unset": _variables,
    "set": _set,
    "exit": _anything,
    "return": _certain,
    "break": _certain,
    "continue": _certain,
    "shift": _certain,
    "wait": _wait,
    "umask": _certain,
    "ulimit": _certain,
    "times": _nothing,
    "type": _certain,
    "command": _command,
    "jobs": _jobs,
    "fg": _jobs,
    "bg": _jobs,
    "history": _history,
    "shopt": _shopt,
    # bash expands none unless it is interactive; what sh makes of one, `Programs.script` says.
    "alias": _certain,
    "unalias": _certain,
}
"""Those that only touch the shell's own state, each with what its arguments must be for that."""
