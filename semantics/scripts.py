"""Scripts of awk and sed: whether one surely starts no other program."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semantics.words import Word

# What starts a program, or may name a function that does: gawk 5.2 manual, I/O Functions, Using
# getline from a Pipe, Indirect Calls, Loadable Extensions. `||` does not.
_AWK_RUNS = re.compile(r"system|getline|@|(?<!\|)\|(?!\|)|\|&|\|\|\|")
_AWK_FLAGS = re.compile(r"-F.+\Z|-v[A-Za-z_]\w*=", re.DOTALL)

_SED_FLAGS = re.compile(r"-[nErsuz]+\Z|--(?:quiet|silent|regexp-extended|null-data|posix)\Z")
_SED_IN_PLACE = re.compile(r"-[nErsuz]*i[^e]*\Z|--in-place(?:=.*)?\Z")
# Seds differ on whether a slash inside brackets ends an address.
_SED_ADDRESS = r"(?:\d+|\$|/(?:[^/\\\n\[]|\\.|\[\^?[^]/\\\n\[]+\])+/)"
_SED_PLAIN = re.compile(
    rf"[ \t]*(?:{_SED_ADDRESS}(?:,[ \t]*\+?{_SED_ADDRESS})?[ \t]*!?[ \t]*)?(?P<command>[a-zA-Z=])"
)
_SED_END = re.compile(r"[ \t]*(?:[;\n]|\Z)")
_SED_FLAGS_OF_S = re.compile(r"[gpIi0-9]*")


def awk_runs_nothing(words: Sequence[Word]) -> bool:
    """Whether awk with these arguments surely starts no program."""
    at = 0
    while at < len(words):
        word = words[at]
        text = word.literal
        if text in ("-F", "-v"):
            # The value is a word of its own, whatever is in it.
            at += 2
            if at > len(words) or words[at - 1].split or not words[at - 1].one:
                return False
        elif _AWK_FLAGS.match(text if text is not None else word.prefix) and not word.split:
            if not word.one:
                return False
            at += 1
        else:
            # POSIX has awk's options end at its first operand, the program.
            return text is not None and text[:1] != "-" and not _AWK_RUNS.search(text)
    return False


def sed_runs_nothing(words: Sequence[Word]) -> bool:
    """Whether sed with these arguments surely starts no program."""
    scripts: list[str | None] = []
    operands: list[Word] = []
    at = 0
    while at < len(words):
        word = words[at]
        text = word.literal
        at += 1
        if text in ("-e", "--expression"):
            scripts.append(words[at].literal if at < len(words) else None)
            at += 1
        elif text == "--":
            operands += words[at:]
            break
        elif text is None and not word.operand:
            # GNU sed takes options behind its operands too.
            return False
        elif text is None or text[:1] != "-" or text == "-":
            operands.append(word)
        elif not (_SED_FLAGS.match(text) or _SED_IN_PLACE.match(text)):
            return False
    if not scripts:
        scripts = [word.literal for word in operands[:1]]
    return bool(scripts) and all(script is not None and _plain(script) for script in scripts)


def _plain(script: str) -> bool:
    """Whether each command of a sed script is one that is known to start nothing."""
    at = 0
    while at < len(script):
        found = _SED_PLAIN.match(script, at)
        if found is None:
            return False
        at = found.end()
        command = found["command"]
        if command in "sy":
            end = _third(script, at)
            if end is None:
                return False
            flags = _SED_FLAGS_OF_S.match(script, end) if command == "s" else None
            at = flags.end() if flags else end
        elif command not in "pdqPDgGhHxnN=":
            return False
        ended = _SED_END.match(script, at)
        if ended is None:
            return False
        at = ended.end()
    return True


def _third(script: str, at: int) -> int | None:
    """One past the third of the delimiters that `script[at]` is the first of."""
    if at >= len(script) or script[at] in "\\\n;{}":
        return None
    delimiter, seen = script[at], 1
    at += 1
    while at < len(script):
        if script[at] == "\\":
            at += 2
            continue
        # Seds differ on whether one inside brackets counts.
        if script[at] == "[" and _bracketed(script, at, delimiter):
            return None
        if script[at] == delimiter:
            seen += 1
            if seen == 3:
                return at + 1
        at += 1
    return None


def _bracketed(script: str, at: int, delimiter: str) -> bool:
    """Whether the delimiter is in the brackets that open at `at`, or they are not closed."""
    first = at + 2 if script[at + 1 : at + 2] != "^" else at + 3
    end = script.find("]", first)
    return end < 0 or delimiter in script[at:end]
