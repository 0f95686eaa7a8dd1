"""Whether an action failed because a thing that it named is not there."""

from __future__ import annotations

import re

from episodes.observations import CommandResult, Failed, Text
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.texts import action_text, observation_text

_SAYS = (
    r"No such file or directory|command not found|: not found|does not exist"
    r"|did not match any file|unrecognized option|invalid option|unknown option"
    r"|No module named|No such element|no such table|unknown revision"
)
_LINE = re.compile(rf"^(?P<before>.*)(?:{_SAYS})(?P<after>.*)$", re.MULTILINE | re.IGNORECASE)
_CODES = frozenset({"not_found", "no_such_process", "no_such_element"})
_BREAKS = re.compile(r"[\s:'\"\u2018\u2019`(),;]+")


def missing_name(step: Step) -> Evidence | None:
    """What shows that the action named something that is not there, or nothing where none does.

    Such a failure speaks of what the agent took to exist: not of the environment, and not of how
    the environment answers to an action. A program's complaint about a name that stands nowhere in
    the action does not count.
    """
    observation = step.observation
    if observation is None or not observation.failed:
        return None
    note = "what the action names is not there"
    if isinstance(observation, Failed) and observation.code in _CODES:
        return Evidence(step=step.index, where="observation", note=note)
    if not isinstance(observation, (CommandResult, Failed, Text)):
        return None
    asked = _words(action_text(step.action))
    for line in _LINE.finditer(observation_text(observation)):
        # What comes first is who complains, and that one is there.
        _, _, complaint = line["before"].partition(":")
        named = _words(line["before"] if "not found" in line.group() else complaint)
        if asked & (named | _words(line["after"])):
            return Evidence(step=step.index, where="observation", span=line.span(), note=note)
    return None


def _words(text: str) -> frozenset[str]:
    words = (word.strip("-.=[]") for word in _BREAKS.split(text))
    return frozenset(word for word in words if len(word) > 1)
