"""Words that stand for a name that nobody knew, in what was run as if they were one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.actions import CallTool, RunCommand
from episodes.tags import Evidence
from episodes.trajectory import Step
from taxonomy.dossier import Dossier
from taxonomy.events import was_denied
from taxonomy.finding import Finding
from taxonomy.texts import action_text
from taxonomy.tool_words import code_of

_STANDS_FOR = re.compile(
    r"(?<![A-Za-z])(?:[\w.-]*X{4,}[\w.-]*|YOUR_[A-Z_]+|<your[ _-][^>\n]{1,40}>"
    r"|(?:example|dummy|placeholder|sample)_\w*(?:id|url|key|token|path|name|video)\b"
    r"|your[_-](?:\w+[_-])?(?:api|key|token|path|url|file|id|name|password|user|username)\w*"
    r"|/?path[_/]to[_/]\w[\w./-]*)"
)
_SAID_SO = re.compile(
    r"\b(?:replace|substitute|change)\b[^\n]{0,30}\b(?:actual|real|own|correct|your)\b", re.I
)
# Looked for first: a plain search costs a hundredth of the expressions above.
_HINTS = (
    "XXXX", "YOUR_", "your", "example_", "dummy_", "placeholder_", "sample_", "path/to", "path_to",
    "eplace", "ubstitute", "hange",
)  # fmt: skip
_FAILED = 0.85
_WORKED = 0.6


def placeholders(dossier: Dossier, step: Step) -> Iterator[Finding]:
    """At most one finding: the first such word in a program or a command that ran.

    What is only written down is a template as often as not, and one that the instruction holds is
    not the agent's.
    """
    if step.observation is None or was_denied(step):
        return
    code = step.action.command if isinstance(step.action, RunCommand) else ""
    code = code_of(step.action) if isinstance(step.action, CallTool) else code
    if "<<" in code or not any(hint in code for hint in _HINTS):
        return
    instruction = dossier.trajectory.started.instruction
    found = _STANDS_FOR.search(code) or _SAID_SO.search(code)
    if found is None or found.group() in instruction:
        return
    word = found.group()
    # In JSON the program's text may stand otherwise.
    start = action_text(step.action).find(word)
    evidence = Evidence(
        step=step.index,
        where="action",
        span=None if start < 0 else (start, start + len(word)),
        note=f"{word!r} stands for something that was not known, and was run all the same",
    )
    probability = _FAILED if step.observation.failed else _WORKED
    yield Finding(step.index, (evidence,), "hallucination", probability, "invented.placeholder")
