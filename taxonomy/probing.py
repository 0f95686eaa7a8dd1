"""Whether an act asks, rather than takes for granted, and what it asks about."""

from __future__ import annotations

import re
from typing import Literal

from episodes.actions import Action, CallTool, RunCommand, StartProcess
from episodes.forecasts import ExpectFile, ExpectText, Forecast
from semantics.names import names
from semantics.operands import FETCHERS
from semantics.reading import Invocation, Reading
from taxonomy.code_probing import probe_code
from taxonomy.defaults import defaults
from taxonomy.tool_words import Manner, code_of, manner, manner_of

Probe = Literal["help", "search", "listing", "guarded"]
"""How it asks: for a manual; for what matches; for what is there; with a way on if it is not."""

_LISTING = names(
    "ls find stat file test [ tree du which type locate whereis env printenv ps id uname df "
    "realpath readlink lsof ss whoami groups free nproc uptime dir"
)
_SEARCHING = names("grep egrep fgrep rg ag find locate apropos")
_HELP = frozenset(("--help", "--version", "-h", "-V", "help", "version"))
_GIT = names("status log branch ls-files ls-tree grep remote tag show-ref reflog blame")
_LISTS = {
    "pip": names("list show freeze index"),
    "pip3": names("list show freeze index"),
    "npm": names("list ls view"),
    "apt": names("list search show"),
    "apt-cache": names("search show policy"),
    "dpkg": names("-l -L -S -s"),
    "docker": names("ps images"),
}
_OF_HARNESSES = names("open goto view")
_LETTERS = re.compile(r"[^\W_]")
_SCHEMA = re.compile(r"\.(?:tables|schema|databases|indexes)\b|sqlite_master|pragma", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# Words that a question about anything may hold.
_EVERYDAY = names(
    "a an and any are as at be been by can could do does for from go has have how i if in is it "
    "its me my not of on one or out s so some that the there these this those to too use was "
    "what when where which who why will with work works would yes no"
)
_IMPORTS = re.compile(
    r"\s*(?:import|from)\s+[\w.]+(?:\s+import\s+\w+)?\s*"
    r"(?:;\s*print\((?:[\w.]*__version__|[\"'][^\"']*[\"'])\)\s*)?"
)
# What answers if the thing is not there: the act says that it may not be.
_OTHERWISE = re.compile(
    r"\|\|\s*(?!exit|return|false)\S|\bif\s+(?:!\s*)?(?:\[|test|command|which|ls)"
)


def probe(action: Action, reading: Reading | None) -> Probe | None:
    """How an action asks; absent where it does not."""
    if isinstance(action, CallTool):
        how = manner(action)
        if how == "search" and not any(map(_LETTERS.search, map(str, action.arguments.values()))):
            # It looks for nothing.
            return None
        return probe_code(code_of(action)) if how is None or how == "read" else how
    if isinstance(action, RunCommand | StartProcess):
        text = action.command
        if text.lstrip()[:2] == ": ":
            # What stands behind it does not run.
            return None
        if ("||" in text or "if " in text) and _OTHERWISE.search(text):
            return "guarded"
    if reading is None or not reading.understood:
        return None
    for program in reading.programs:
        asked = asks(program)
        if asked is not None:
            return asked
    return None


def probed(how: Probe | None, reading: Reading | None) -> frozenset[str] | None:
    """The words that an action asks about; None where it asks about all that it names.

    Args:
        how: How it asks, from `probe`.
        reading: What its command would do.
    """
    if how in ("guarded", "help") or (how is not None and reading is None):
        return None
    if how is None or reading is None:
        return frozenset()
    words: set[str] = set()
    for program in reading.programs:
        if asks(program) is not None:
            # A flag is not asked about: it is what is asked with.
            words.update(word for word in program.argv[1:] if word and word[0] != "-")
    return frozenset(words)


def open_question(forecast: Forecast | None, action: str) -> bool:
    """Whether the agent stated a question that was open to it and that this very act can answer.

    It has to hold two answers possible, and to speak of something that the act names or that is
    expected of it: what could be asked at any step says nothing of this one.

    Args:
        forecast: What it said.
        action: The action's text.
    """
    if forecast is None or forecast.question is None:
        return False
    likely = sorted((answer.probability for answer in forecast.question.answers), reverse=True)
    if likely[0] > 0.9 or likely[1] < 0.05:
        return False
    acts = set(_WORD.findall(action))
    for expected in forecast.expects:
        if isinstance(expected, ExpectText):
            acts.update(_WORD.findall(expected.text))
        elif isinstance(expected, ExpectFile):
            acts.update(_WORD.findall(str(expected.path)))
    asked = [forecast.question.text]
    for answer in forecast.question.answers:
        asked += (answer.text, answer.then)
    return not acts.isdisjoint(set(_WORD.findall(" ".join(asked))) - _EVERYDAY)


def fetches(program: Invocation) -> bool:
    """Whether it only asks a server for something and prints that."""
    name = program.name.rpartition("/")[2]
    if name not in FETCHERS:
        return False
    sends = ("-d", "-X", "-F", "-T", "-o", "-O", "--data", "--request", "--form", "--upload-file")
    quiet = name == "curl" or "-O-" in program.argv or "-qO-" in program.argv
    return quiet and not any(word is None or word.startswith(sends) for word in program.argv[1:])


def asks(program: Invocation) -> Probe | None:
    """How one program asks; absent where it does not."""
    name = program.name.rpartition("/")[2]
    words = program.argv[1:]
    if any(word in _HELP for word in words[:3]) and name not in _LISTING | _SEARCHING:
        return "help"
    if name in ("man", "info"):
        return "help"
    if name in _SEARCHING:
        wide = name in ("rg", "ag", "find") or any(
            word is not None and re.match(r"-\w*[rRl]|--recursive", word) for word in words
        )
        return "search" if wide else None
    if name in _LISTING:
        return "listing"
    if name in ("python", "python3") and words[:1] == ("-c",):
        # An import that nothing is done with only asks whether the module is there.
        code = words[1] if len(words) > 1 else None
        return "listing" if code is not None and _IMPORTS.fullmatch(code) else None
    if name == "command" and words[:1] in (("-v",), ("-V",)):
        return "listing"
    if name == "git" and words[:1] and words[0] in _GIT:
        return "listing"
    if name in _LISTS and words[:1] and words[0] in _LISTS[name]:
        return "listing"
    if name in ("tar", "unzip") and words[:1] and words[0] is not None:
        return "listing" if re.match(r"-?[a-zA-Z]*[tl]", words[0]) else None
    if name == "sqlite3" and any(word is not None and _SCHEMA.search(word) for word in words):
        return "listing"
    how = foreign_manner(name)
    return None if how == "read" else how


def foreign_manner(name: str) -> Manner | None:
    """How a program looks that no image documents, as harnesses put their own tools into a shell.

    Absent where it may do more, or where nothing is known.
    """
    if name in defaults().programs:
        return None
    return manner_of(name) if "_" in name or name in _OF_HARNESSES else None
