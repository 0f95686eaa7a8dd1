"""`environment_fault`: a valid, permitted action failed for reasons outside the agent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.actions import CallTool
from episodes.observations import CommandResult
from episodes.tags import Evidence
from episodes.trajectory import Step, Trajectory
from taxonomy.changes import changes_nothing, leaves_something_running
from taxonomy.dossier import Dossier
from taxonomy.finding import Finding
from taxonomy.grounding import name_of
from taxonomy.missing import missing_name
from taxonomy.sameness import action_key
from taxonomy.texts import fault_text

_LOGGED = 0.99
_RETRIED = 0.9
# A failed attempt at an action that changes things may itself have changed what the second met.
_RETRIED_CHANGING = 0.75
# With something of the agent's running beside it, which may explain a later success: a server that
# was still starting is not the environment's fault, one that answers and then fails is.
_RETRIED_BESIDE = 0.35
_ANSWERED = 0.85
_UNWELL = re.compile(
    r"\b(?:HTTP\S* |error: |status:? |code:? )50[0234]\b|\b50[234] [A-Z]|Service Unavailable"
    r"|Bad Gateway|Gateway Time-?out|Empty reply|[Cc]onnection reset|[Rr]emote end closed"
    r"|[Rr]emoteDisconnected|[Bb]roken pipe|[Ss]erver closed|[Uu]nexpected EOF|[Tt]emporar(?:y|ily)"
)
# It was used before and is gone, and nothing the agent did since can have taken it away.
_VANISHED = 0.85
_GONE = re.compile(r"No such file|not found|can't open|cannot open")
_SWEEPING = frozenset(("rm", "mv", "git", "find", "make", "rsync", "unlink", "rmdir", "xargs"))


class EnvironmentFault:
    """Faults that the harness logged, and failures that did not come again in the same state."""

    name = "environment_fault"
    version = "3"
    reads_marks = False

    def tag(self, dossier: Dossier) -> Iterator[Finding]:
        """At most one finding a step: the record's word before what a second try shows."""
        trajectory = dossier.trajectory
        retries = _retries(trajectory)
        for step in trajectory.steps:
            logged = _logged(step, trajectory)
            if logged is not None:
                yield Finding(step.index, (logged,), "environment_fault", _LOGGED, "logged")
            elif (found := retries.get(step.index)) is not None:
                yield _retried(dossier, step, *found)
            elif step.observation is not None and step.observation.failed:
                yield from _vanished(dossier, step)


def _logged(step: Step, trajectory: Trajectory) -> Evidence | None:
    if step.fault is not None:
        span = (0, len(fault_text(step.fault)))
        note = "the harness logged a fault at this step"
        return Evidence(step=step.index, where="record", span=span, note=note)
    if step.in_flight and trajectory.ended is not None:
        note = "the episode's record ends while the action was in flight"
        return Evidence(step=step.index, where="record", note=note)
    if step.decision is not None and step.decision.basis == "error":
        note = "the policy's engine failed, and the action was denied for that"
        return Evidence(step=step.index, where="decision", note=note)
    if isinstance(step.observation, CommandResult) and step.observation.limit == "cancelled":
        note = "the command was ended from outside"
        return Evidence(step=step.index, where="observation", note=note)
    return None


def _retries(trajectory: Trajectory) -> dict[int, tuple[Step, bool]]:
    """The failed steps whose action succeeded later in the same state.

    Each with the step where, and whether something that the agent started ran beside it.
    """
    waiting: dict[str, list[Step]] = {}
    found: dict[int, tuple[Step, bool]] = {}
    beside = False
    for step in trajectory.steps:
        observation = step.observation
        failed = observation is not None and observation.failed and observation.kind != "denied"
        # That an answer was found wrong is a verdict on it, whatever is said of the next one.
        failed = failed and step.action.kind != "finish"
        if not waiting and not failed:
            beside = beside or leaves_something_running(step)
            continue
        key = action_key(step.action)
        if observation is not None and not observation.failed:
            found |= {one.index: (step, beside) for one in waiting.pop(key, ())}
        beside = beside or leaves_something_running(step)
        if waiting and not (failed and key in waiting) and not changes_nothing(step):
            # A second try at what failed before does not change the state that it is tried in
            # more than the first did; anything else that may change it ends the waiting.
            waiting.clear()
        if failed and missing_name(step) is None:
            waiting.setdefault(key, []).append(step)
    return found


def _retried(dossier: Dossier, step: Step, later: Step, beside: bool) -> Finding:
    note = f"the same action succeeded at step {later.index}, with no change between"
    shown = dossier.observation_texts[step.index]
    said = _UNWELL.search(shown)
    evidence = (
        Evidence(
            step=step.index,
            where="observation",
            span=None if said is None else said.span(),
            note="the failure",
        ),
        Evidence(step=later.index, where="observation", note=note),
    )
    if beside:
        probability = _RETRIED_BESIDE if said is None else _ANSWERED
        return Finding(step.index, evidence, "environment_fault", probability, "retried.beside")
    probability = _RETRIED if changes_nothing(step) else _RETRIED_CHANGING
    if isinstance(step.action, CallTool) and said is None:
        # What a foreign tool keeps between two calls nobody knows.
        probability = _RETRIED_BESIDE
    return Finding(step.index, evidence, "environment_fault", probability, "retried")


def _vanished(dossier: Dossier, step: Step) -> Iterator[Finding]:
    """What an earlier step used, and what is not there now though nothing took it away."""
    absent = dict(dossier.passed[step.index].absent)
    if not absent:
        return
    for ground in dossier.grounds[step.index]:
        reference, name = ground.reference, name_of(ground.reference)
        if name not in absent or reference.role == "write":
            continue
        start, end = absent[name]
        if not _GONE.search(dossier.observation_texts[step.index][start:end]):
            continue
        used = _last_used(dossier, step, reference.text)
        if used is None:
            continue
        evidence = (
            Evidence(
                step=step.index, where="observation", span=absent[name], note=f"{name!r} is gone"
            ),
            Evidence(step=used, where="action", note="it worked here, and was let be since"),
        )
        yield Finding(step.index, evidence, "environment_fault", _VANISHED, "vanished")
        return


def _last_used(dossier: Dossier, step: Step, text: str) -> int | None:
    """The last step that used a thing with success, if none since can have done away with it."""
    for earlier in reversed(dossier.steps[: step.index]):
        at = earlier.index
        named = text in dossier.action_texts[at]
        worked = earlier.observation is not None and not earlier.observation.failed
        if named and worked:
            roles = {
                ground.reference.role
                for ground in dossier.grounds[at]
                if ground.reference.text == text
            }
            looked = roles & {"run", "read"} and "write" not in roles
            return at if looked and dossier.information[at].undoable is not False else None
        if not named and not changes_nothing(earlier) and _sweeping(dossier, at):
            return None
    return None


def _sweeping(dossier: Dossier, at: int) -> bool:
    """Whether a step may have moved or removed things that it does not name."""
    reading = dossier.readings[at]
    if reading is None:
        return False
    return not reading.understood or any(
        program.name.rpartition("/")[2] in _SWEEPING for program in reading.programs
    )
