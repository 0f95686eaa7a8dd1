"""Failures that a foreign tool tells in words alone, where its log's format has no field for them.

A harness that gives a model nothing but text says "Error: no such order" in place of a result. Who
reads only exit codes takes that for a success, and every step after it for one that builds on it.
"""

from __future__ import annotations

import re

from episodes.observations import Observation, Text
from episodes.trajectory import Step, Trajectory

# What an error in place of a result begins with, behind the harness's own words for "output".
_OPENS = re.compile(
    r"(?:[\w .\[\]-]{0,40}(?:output|result|response)\s*:\s*)?[\s\[<({*#>\"']*(?:"
    r"(?:[\w.]*(?:error|exception)|fatal(?: error)?|failed|failure|usage)\b[\s\])>*\"']*(?::|\Z)"
    r"|traceback \(most recent call last\)"
    r"|(?:wrong|incorrect|invalid|illegal|rejected|refused|unknown|unrecognized|unsupported"
    r"|execution timed out|timed out|permission denied|access denied|could not|cannot|can't"
    r"|unable to|failed to|no such)\b)",
    re.IGNORECASE,
)
# A short line that complains of a thing, as shells and the tools beside them do.
_COMPLAINS = re.compile(
    r"(?::\s*|\A(?:file|directory|path|folder|tool|function|command|page|user|key)\b[^:]{0,120}\s)"
    r"(?:command not found|not found|no such file or directory|does not exist|permission denied"
    r"|cannot (?:access|open|stat|create|remove|find)\b.*|can't (?:open|find|read)\b.*"
    r"|syntax error\b.*|is a directory|not a directory|no such\b.*|connection refused)\W*\Z",
    re.IGNORECASE,
)
# A tool that speaks in sentences.
_SENTENCE = re.compile(
    r"\b(?:introduced|contains|caused|raised|encountered|produced|resulted in|occurred)\b"
    r"[^.!?]{0,60}\b(?:errors?|exceptions?)\b"
    r"|\b(?:errors?|exceptions?)\b[^.!?]{0,30}\b(?:occurred|was raised|were raised)\b",
    re.IGNORECASE,
)
_NOTHING_WRONG = re.compile(r"\b(?:no|0|without(?: any)?) (?:\w+ )?(?:errors?|exceptions?)\b", re.I)
# Marks that a harness puts around an error, wherever it stands.
_MARKED = re.compile(
    r"^[=\s-]*BEGIN error message|^\[error\]|^<(?:tool_)?error>|^### ?Error"
    r"|^Traceback \(most recent call last\):$|\"(?:error|err)\"\s*:\s*\"[^\"]"
    r"|\"(?:isError|is_error)\"\s*:\s*true|\"success\"\s*:\s*false|\"status\"\s*:\s*\"(?:error|failed|failure)\"",
    re.MULTILINE | re.IGNORECASE,
)
_HINTS = (
    "rror", "ERROR", "rong", "nvalid", "annot", "an't", "nable", "ot found", "o such", "xception",
    "racebac", "ailed", "ailure", "enied", "efused", "imed out", "IMED OUT", "sage", "nknown",
    "ould not", "nrecogn", "nsupport", "ncorrect", "llegal", "ejected", "success", "not exist",
)  # fmt: skip
_FIRST_LINE = 300
_COMPLAINT = 200
_LONG = 20_000
_READS = frozenset(("say", "read_file", "wait"))


def heard(trajectory: Trajectory) -> Trajectory:
    """The same episode, in which what says in words that it failed is a failure.

    Only text is read of which the format does not say whether it is an error. What an agent was
    answered when it said something is no result, and neither is what it read of a file.
    """
    steps = [_heard(step) for step in trajectory.steps]
    if all(new is old for new, old in zip(steps, trajectory.steps, strict=True)):
        return trajectory
    return trajectory.model_copy(update={"steps": tuple(steps)})


def _heard(step: Step) -> Step:
    seen = step.observation
    if not isinstance(seen, Text) or seen.error is not None or step.action.kind in _READS:
        return step
    if not tells_failure(seen.text):
        return step
    failed: Observation = seen.model_copy(update={"error": True})
    return step.model_copy(update={"observation": failed})


def tells_failure(text: str) -> bool:
    """Whether a tool's answer is an error in place of a result, going by its words.

    It is one where it begins with an error, complains in one line of what was asked for, says in
    its first sentence that there was an error, or holds one that a harness marks as such.
    """
    text = text[:_LONG]
    if not any(hint in text for hint in _HINTS):
        return False
    first = next((line for line in text.splitlines() if line.strip()), "").strip()[:_FIRST_LINE]
    if _OPENS.match(first) or _MARKED.search(text):
        return True
    if _NOTHING_WRONG.search(first):
        return False
    return bool(_SENTENCE.search(first) or (len(first) < _COMPLAINT and _COMPLAINS.search(first)))
