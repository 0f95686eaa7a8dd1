"""The programs that find is told to run."""

from __future__ import annotations

from typing import NamedTuple

from semantics.names import names
from semantics.words import Word, replaced

# findutils 4.9 manual, Actions and Tests.
_ACTIONS = names("-exec -execdir -ok -okdir")
_VALUED = names(
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -type -xtype "
    "-size -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer -user -group -uid -gid "
    "-perm -links -inum -maxdepth -mindepth -fstype -samefile -printf -regextype -used -D"
)


class Action(NamedTuple):
    """One program that find runs for what it finds."""

    program: list[Word]
    """Its words, with what stands for a file taken for uncertain."""
    moved: bool
    """Whether it starts in the directory of what was found."""


def actions(words: list[Word]) -> list[Action] | str:
    """Finds the actions among find's arguments, or tells why they are not certain."""
    found: list[Action] = []
    start = _start(words)
    at = 0
    while at < len(words):
        text = words[at].literal
        at += 1
        if text in _VALUED:
            at += 1
        elif text in _ACTIONS:
            end = at
            while end < len(words) and not _ends(words, end):
                end += 1
            if end == at or (end == len(words) and _uncertain(words[at:])):
                return "an action that is not read"
            # Where it is not ended find runs nothing; it may be ended in another version.
            moved = text in ("-execdir", "-okdir")
            file = "." if moved else start
            program = [replaced(word, "{}", file) for word in words[at:end]]
            found.append(Action(program, moved))
            at = end + 1
        elif text is None and not _no_action(words, at - 1):
            return "a word that may be an action"
    return found


def _start(words: list[Word]) -> str:
    """What the name of each file that find finds starts with; nothing where that is not certain."""
    if any(word.literal == "-files0-from" or not _certain(word) for word in words):
        return ""
    points: list[Word] = []
    for word in words:
        if word.literal not in ("-H", "-L", "-P"):
            if word.literal and word.literal[0] in "-(!":
                break
            points.append(word)
    firsts = {point.prefix[0] for point in points} or {"."}
    return firsts.pop() if len(firsts) == 1 else ""


def _certain(word: Word) -> bool:
    return bool(word.literal) or word.operand


def _uncertain(words: list[Word]) -> bool:
    return any(word.literal is None for word in words)


def _no_action(words: list[Word], at: int) -> bool:
    """Whether a word that is not certain surely starts no action.

    It may be `-exec`; but then what follows is run, and a test or an option is no program.
    """
    if words[at].operand:
        return True
    if words[at].split or not words[at].one:
        return False
    following = words[at + 1].literal if at + 1 < len(words) else "-"
    return following is not None and following[:1] in ("-", "!", "(", "")


def _ends(words: list[Word], at: int) -> bool:
    text = words[at].literal
    return text == ";" or (text == "+" and words[at - 1].literal == "{}")
