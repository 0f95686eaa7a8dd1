"""Whether an action failed because a thing that it named is not there."""

from __future__ import annotations

import re

from episodes.observations import CommandResult, Failed, Text
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.texts import action_text, observation_text

_LINE = re.compile(
    r"^.*(?:No such file or directory|command not found|: not found|does not exist"
    r"|did not match any file|unrecognized option|invalid option|unknown option"
    r"|No module named|No such element|no such table|unknown revision).*$",
    re.MULTILINE | re.IGNORECASE,
)
_CODES = frozenset({"not_found", "no_such_process", "no_such_element"})
_BREAKS = re.compile(r"[\s:'\"‘’`(),;]+")


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
    asked = action_text(step.action)
    for line in _LINE.finditer(observation_text(observation)):
        words = (word.strip("-.") for word in _BREAKS.split(line.group()))
        if any(len(word) > 1 and word in asked for word in words):
            return Evidence(step=step.index, where="observation", span=line.span(), note=note)
    return None
