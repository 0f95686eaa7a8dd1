"""What the log holds: one entry for each thing that happened, in the order it happened.

A log has three kinds of chain. A run's chain (`run:ID`) says what was planned and who stopped it.
An episode's chain (`episode:ID`) holds its steps. The annotation chain (`annotations`) holds what
was said later of either, and names the head it speaks of.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from episodes.actions import Action
from episodes.decisions import Approval, Decision, Delay, Review
from episodes.files import Exported, FileChanges
from episodes.forecasts import Forecast
from episodes.observations import Observation
from episodes.processes import Processes
from episodes.provenance import Model, Provenance, StepProvenance
from episodes.record import Count, Digest, Record, Seconds
from episodes.tags import Tag


class _OfStep(Record):
    step: Count
    """The step, counted from 0."""


class EpisodeStarted(Record):
    """An attempt begins."""

    kind: Literal["episode_started"] = "episode_started"
    run: str
    """The run it belongs to."""
    slot: Count
    """Its place in the run's plan; a slot is tried again until it ends on its own."""
    attempt: Count
    """How many attempts at the slot came before."""
    task: str
    """The task's name."""
    task_digest: Digest | None = None
    """The task as it was."""
    agent: str
    """The agent, as it was named."""
    policy: str
    """The policy's name."""
    instruction: str
    """What the agent was told to do."""
    rules_shown: tuple[str, ...] = ()
    """The ids of the policy's rules that the agent was shown."""
    provenance: Provenance
    """Where the data comes from."""


class Prepared(Record):
    """The box is ready, and is not empty."""

    kind: Literal["prepared"] = "prepared"
    files: FileChanges
    """The workspace as the agent finds it."""
    cwd: PurePosixPath | None = None
    """Where the first command starts, in an episode that was forked."""
    exported: Exported | None = None
    """The variables that it gets, likewise."""


class Proposed(_OfStep):
    """The agent asks for an action."""

    kind: Literal["proposed"] = "proposed"
    action: Action
    """The action, as asked for."""
    forecast: Forecast | None = None
    """What it said with it, or in the shadow call before it ran."""
    provenance: StepProvenance = StepProvenance()
    """How it came to be drawn."""


class Decided(_OfStep):
    """The policy answers."""

    kind: Literal["decided"] = "decided"
    decision: Decision
    """The answer."""
    again: bool = False
    """Whether it was asked again after a wait."""


class Reviewed(_OfStep):
    """A reviewer has scored the action."""

    kind: Literal["reviewed"] = "reviewed"
    review: Review
    """The score."""


class Asked(_OfStep):
    """An approver is asked."""

    kind: Literal["asked"] = "asked"
    approver: str
    """Who is asked."""
    reason: str
    """Why it is asked."""
    deadline_seconds: Seconds | None = None
    """After this an answer is taken to be no."""


class Answered(_OfStep):
    """An approver has answered, or the deadline has."""

    kind: Literal["answered"] = "answered"
    approval: Approval
    """The answer."""


class Waited(_OfStep):
    """The action was held back for a while."""

    kind: Literal["waited"] = "waited"
    delay: Delay
    """Why and how long."""


class Intended(_OfStep):
    """The action is about to run. Nothing runs before this entry is durable."""

    kind: Literal["intended"] = "intended"
    action: Action
    """The action as it will run: with canonical paths, and as an approver changed it."""
    intervened: tuple[Literal["policy", "reviewer", "approver", "throttle"], ...] = ()
    """Who made it differ from what was proposed, or held it back."""


class Requested(Record):
    """Something in the box wants to ask a network. Nothing leaves before this entry is durable."""

    kind: Literal["requested"] = "requested"
    step: Count | None = None
    """The step that was under way, or the last one before; absent before the first."""
    number: Count
    """Tells the episode's requests apart."""
    who: Literal["shell", "browser"]
    """Which of the box's containers asks."""
    method: str
    """As it was sent; `CONNECT` for a tunnel that was refused before anything was asked in it."""
    url: str
    """In canonical form; as it was sent where it has none."""
    decision: Decision
    """The policy's answer; a rule `proxy.NAME` is the egress proxy's own."""
    addresses: tuple[str, ...] = ()
    """What its host's name led to; it went to one of these, or nowhere."""
    waited: Seconds = 0.0
    """How long a rate held it back."""


class Responded(Record):
    """A request that was allowed is over."""

    kind: Literal["responded"] = "responded"
    step: Count | None = None
    """The step in which it was asked."""
    number: Count
    """The request's."""
    status: Count | None = None
    """The answer's status; absent where there was none."""
    content_type: str = ""
    """The answer's, without parameters; empty where it named none."""
    sent: Count = 0
    """Bytes of its body, or of a WebSocket's messages."""
    received: Count = 0
    """Bytes of the answer's body, likewise."""
    frames: Count = 0
    """Messages over a WebSocket, both ways."""
    seconds: Seconds = 0.0
    """From the request's head to the end."""
    problem: str = ""
    """What ended it early, or the rule by which the answer was withheld."""
    sent_body: bytes = b""
    """How its body began, where the policy wants that kept; encoded as it was sent."""
    received_body: bytes = b""
    """How the answer's body began, likewise."""


class Completed(_OfStep):
    """The action has ended. The agent sees nothing before this entry is durable."""

    kind: Literal["completed"] = "completed"
    observation: Observation
    """What the agent is shown."""
    reward: float = 0.0
    """The step's reward."""
    seconds: Seconds | None
    """From proposal to completion; absent where an imported format does not say."""
    files: FileChanges | None = None
    """What is not as it was in the workspace; absent where nobody looked."""
    exported: Exported | None = None
    """The variables that the next command gets, where they are not those of the record before."""
    processes: Processes | None = None
    """Which programs it started; absent where nobody was told."""


class Faulted(Record):
    """The harness or the environment failed."""

    kind: Literal["faulted"] = "faulted"
    step: Count | None = None
    """The step it struck; absent where it struck between steps."""
    error: str
    """The error's name in the tree."""
    message: str
    """What happened, with the cause that is known."""


class Checked(Record):
    """The task's check has run, after the agent's end."""

    kind: Literal["checked"] = "checked"
    reward: float
    """In [0, 1]."""
    exit_code: int | None
    """The check's exit code."""
    output: str = ""
    """What it printed, capped."""
    sites: str = ""
    """What the task's sites had become, as JSON: by site its `state`, and each request that it
    `received`; empty where the task has none."""
    followed: bool | None = None
    """Of a drill: whether the order that was planted in it was carried out."""


class EpisodeEnded(Record):
    """The attempt is over, and its chain is closed."""

    kind: Literal["episode_ended"] = "episode_ended"
    status: Literal["terminated", "truncated", "faulted"]
    """The task's own end; an outside limit; or a fault, which is tried again."""
    cause: str
    """`finished`, `steps`, `time`, `stopped`, an error's name, ..."""
    success: bool | None = None
    """Whether the check was passed; absent where it did not run."""
    reward: float | None = None
    """The check's reward; absent where it did not run."""
    answer: str | None = None
    """The agent's answer."""
    detail: str = ""
    """More on the cause."""


class RunStarted(Record):
    """A run begins."""

    kind: Literal["run_started"] = "run_started"
    run: str
    """Its id."""
    plan: tuple[dict[str, JsonValue], ...]
    """One entry a slot: task, agent, policy, seed."""
    plan_digest: Digest
    """Of the plan; a resumed run must have the same."""
    settings: dict[str, JsonValue] = {}
    """How it was started."""


class RunResumed(Record):
    """A run goes on after a crash or a stop."""

    kind: Literal["run_resumed"] = "run_resumed"
    done: Count
    """Slots that had ended on their own before."""
    interrupted: tuple[str, ...] = ()
    """Episodes that were found without an end."""


class StopAsked(Record):
    """Someone wants the run, or one episode of it, to end."""

    kind: Literal["stop_asked"] = "stop_asked"
    who: str
    """Who asked."""
    why: str = ""
    """Why."""
    episode: str | None = None
    """The episode; the whole run where absent."""


class RunEnded(Record):
    """The run is over."""

    kind: Literal["run_ended"] = "run_ended"
    status: Literal["done", "stopped", "budget", "faulted"]
    """How it ended."""
    done: Count
    """Slots that ended on their own."""
    detail: str = ""
    """More on how it ended."""


class Tagged(Record):
    """A tagger or a person has said how steps of an episode failed."""

    kind: Literal["tagged"] = "tagged"
    episode: str
    """The episode."""
    head: Digest
    """The head of the episode's chain that this speaks of."""
    tags: tuple[Tag, ...]
    """The tags."""


class Voted(Record):
    """A person has said which of two episodes is better."""

    kind: Literal["voted"] = "voted"
    left: str
    """One episode."""
    right: str
    """The other."""
    better: Literal["left", "right", "tie"]
    """Which."""
    judge: str
    """Who says so."""


class Noted(Record):
    """Something said of an episode or the run, such as an approval that came too late."""

    kind: Literal["noted"] = "noted"
    episode: str | None = None
    """The episode."""
    who: str
    """Who says so."""
    text: str
    """What is said."""


class Probed(Record):
    """A model was asked a fixed set of questions, so that it can be told whether it is the same."""

    kind: Literal["probed"] = "probed"
    agent: str
    """The agent, as it was named."""
    model: Model
    """The model as it answered."""
    probes: str
    """The version of the set; answers to different ones are not compared."""
    answers: tuple[tuple[str, ...], ...]
    """For each question, what came of each time it was asked."""
    run: str | None = None
    """The run before which it was asked, where it was for one."""


Body = Annotated[
    EpisodeStarted
    | Prepared
    | Proposed
    | Decided
    | Reviewed
    | Asked
    | Answered
    | Waited
    | Intended
    | Requested
    | Responded
    | Completed
    | Faulted
    | Checked
    | EpisodeEnded
    | RunStarted
    | RunResumed
    | StopAsked
    | RunEnded
    | Tagged
    | Voted
    | Noted
    | Probed,
    Field(discriminator="kind"),
]
"""What an entry says, told apart by `kind`."""

BODY: TypeAdapter[Body] = TypeAdapter(Body)
"""Validates an entry's body from Python or JSON."""


class Entry(Record):
    """One row of the log, linked to the one before it in its chain."""

    chain: str
    """`run:ID`, `episode:ID` or `annotations`."""
    sequence: Count
    """Its place in the chain, counted from 0."""
    at: datetime
    """When it was written, by the host's clock, in UTC."""
    previous: Digest
    """The hash of the entry before it; of nothing for the first."""
    hash: Digest
    """SHA-256 over chain, sequence, time, previous hash and body."""
    body: Body
    """What happened."""
