"""The one door to a backend: judge, record, run, record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from episodes.actions import Action, Finish
from episodes.decisions import Delay, Review
from episodes.entries import Prepared
from episodes.errors import EnvironmentFault
from episodes.observations import Finished, Observation, Page
from episodes.trajectory import Step
from episodes.workspace import LOOKS, RestoredWorkspace
from episodes.writer import LogWriter
from policies.engine import decide, paths_of, reading_of
from policies.policy import Policy
from policies.state import State
from sandbox.agents.agent import Proposal, Shown
from sandbox.boxes.backend import Box
from sandbox.brakes import STOP_RULE, Brake
from sandbox.duties import DUTY_RULE, hide, tell, unmet
from sandbox.file_keeper import FileKeeper
from sandbox.judged import Judged
from sandbox.keeping import keep
from sandbox.ledger import Ledger
from sandbox.oversight.asking import Asking
from sandbox.oversight.overseers import Oversight
from sandbox.oversight.reviewer import Case, Reviewer, review, strictest
from sandbox.oversight.reviewers import reviewer_of
from sandbox.stop_switch import StopSwitch
from sandbox.throttle import Held, Throttle
from sandbox.turn import Turn
from semantics.reversibility import can_be_undone


class Gate:
    """Judges each action of one episode and runs those that are allowed.

    Args:
        policy: What may be done.
        box: Where it is done.
        log: Where it is recorded; an append returns once it is durable.
        episode: The episode's id.
        oversight: Who and what stands beside the policy.
        stop: What ends every wait from elsewhere.
        seed: For waits that are drawn.
        instruction: What the agent was told to do, for a reviewer.
        brake: What a person holds the episode by; nobody can where absent.
        begins_from: The workspace that the box was made again from, where it was.

    Raises:
        EnvironmentFault: The box failed as its workspace was looked at.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        box: Box,
        log: LogWriter,
        episode: str,
        oversight: Oversight | None = None,
        stop: StopSwitch | None = None,
        seed: int | None = None,
        instruction: str = "",
        brake: Brake | None = None,
        begins_from: RestoredWorkspace | None = None,
    ) -> None:
        self._instruction = instruction
        self._history: list[Shown] = []
        self._policy, self._box, self._log, self._episode = policy, box, log, episode
        self._oversight = oversight or Oversight()
        self._brake = brake
        stop = brake.stop if brake else stop or StopSwitch()
        self._stop = stop
        self._reviewer = reviewer_of(policy, self._oversight.reviewer)
        self._asking = Asking(episode, self._oversight, stop)
        buckets = self._oversight.buckets
        self.throttle = Throttle(policy, episode, buckets, stop, seed)
        """What holds back the episode's actions, and its requests to a network."""
        self.ledger = Ledger(policy.budgets, buckets.clock)
        """What the episode has spent."""
        self._files = FileKeeper(policy, log.blobs)
        box.begin(episode, log, self.throttle, self.ledger)
        self._prepare(begins_from)
        self._overrun: str | None = None
        self._next = 0

    @property
    def steps(self) -> int:
        """How many actions have been proposed."""
        return self._next

    @property
    def out_of(self) -> str | None:
        """The budget that is spent, as `budgets.actions`, so that the episode has to end."""
        return self._overrun or self.ledger.empty

    def perform(self, proposal: Proposal, seconds: float) -> Step:
        """Judge one action, and run it if it is allowed; waits and all take at most `seconds`.

        Returns:
            The step, with the observation that the agent may see; all of it is durable.

        Raises:
            EnvironmentFault: The box failed; the fault is on record.
            LogError: The record could not be made durable; then nothing was run, or what ran is
                on record as in flight.
        """
        step = self._perform(proposal, seconds)
        if step.observation is not None:
            self._history.append(Shown(step.action, step.observation))
        return step

    def _perform(self, proposal: Proposal, seconds: float) -> Step:
        seconds = min(seconds, self.ledger.seconds_left)
        turn = Turn(self._log, f"episode:{self._episode}", self._next, proposal, seconds)
        self._next += 1
        self._box.at_step(turn.index)
        self.ledger.drawn(proposal.provenance)
        judged = self._judge(turn, proposal.action)
        if judged.verdict == "ask":
            judged = self._ask(turn, judged)
        if judged.denied is None:
            judged = self._pause(turn, judged)
        if judged.denied is None:
            judged = self._hold_back(turn, judged)
        if judged.denied is None and turn.stale:
            judged = self._judge_again(turn, judged)
        if judged.denied is None:
            judged = self._charge(turn, judged)
        tell(judged.decision, self._oversight.notify, f"{self._episode}, step {turn.index}")
        if judged.denied is not None:
            self._note(turn, self.throttle.hold_denial(turn.seconds_left, turn.flush))
            return turn.complete(judged.denied)
        return turn.execute(judged.action, lambda record: self._run(turn, judged, record))

    def _judge(self, turn: Turn, action: Action, reviewed: Review | None = None) -> Judged:
        """Understand, decide, review."""
        state = self._understand(turn, action)
        decision = decide(action, state, self._policy)
        turn.decided(decision)
        judged = Judged.of(action, state, decision, None, decision.verdict)
        if judged.denied is not None:
            return judged
        cannot = unmet(decision, self._oversight.notify, lambda: self._missing(turn))
        if cannot is not None:
            reason = cannot if turn.files else f"policy, do not retry: {cannot}"
            return judged.refused(DUTY_RULE, reason)
        return self._review(turn, judged, reviewed)

    def _missing(self, turn: Turn) -> str | None:
        """What of the workspace, as it is now, no fork could begin with; None where all is kept."""
        try:
            self._box.look_again()
            changes = self._box.take_changes()
            found = None if changes is None else self._files.keep(changes)
        except EnvironmentFault as fault:
            turn.faulted(fault)
            raise
        if found is None or not found.changes:
            return self._files.missing
        # On record with this step, which is denied; the next one begins from there.
        turn.files = found
        return "something had changed it since the last step; it is on record now, so ask again"

    def _understand(self, turn: Turn, action: Action) -> State:
        """The box as it is, with the paths resolved and the element found that it names."""
        try:
            state = self._box.state(())
            paths = paths_of(action, state)
            state = self._box.state(paths) if paths else state
            seen = self._box.look(action)
            return state if seen is None else replace(state, page=seen.url, element=seen.element)
        except EnvironmentFault as fault:
            turn.faulted(fault)
            raise

    def _review(self, turn: Turn, judged: Judged, known: Review | None) -> Judged:
        """What a reviewer makes of it, where the policy sets thresholds; it can only tighten."""
        if self._reviewer is None:
            return judged
        if known is None:
            known = self._score(turn, judged, self._reviewer)
        verdict = strictest(judged.decision, known, self._policy.review)
        return Judged.of(judged.wanted, judged.state, judged.decision, known, verdict)

    def _score(self, turn: Turn, judged: Judged, reviewer: Reviewer) -> Review:
        case = Case(
            episode=self._episode,
            step=turn.index,
            action=judged.action,
            reading=reading_of(judged.action),
            state=judged.state,
            decision=judged.decision,
            forecast=turn.proposal.forecast,
            instruction=self._instruction,
            history=tuple(self._history),
        )
        if not reviewer.instant:
            turn.flush()
        began = time.monotonic()
        said = review(reviewer, case, self._policy.review, self._stop)
        self.ledger.charged(said.cost, said.tokens)
        turn.reviewed(said)
        if not reviewer.instant:
            turn.waited("reviewer", Delay(cause="review", seconds=time.monotonic() - began))
        return said

    def _ask(self, turn: Turn, judged: Judged) -> Judged:
        """What comes of it once an approver has answered."""
        approval = self._asking.answer(turn, judged)
        turn.approval = approval
        if approval.verdict == "deny":
            return judged.unapproved(approval)
        if approval.changed is None:
            return judged.allowed()
        turn.intervened["approver"] = None
        changed = self._judge(turn, approval.changed)
        # Whoever wrote it has been asked already; what is denied stays denied.
        return changed if changed.denied else changed.allowed()

    def _pause(self, turn: Turn, judged: Judged) -> Judged:
        """The same once nobody holds the episode any more."""
        if self._brake is None or not self._brake.paused:
            return judged
        # What was proposed is durable before somebody looks at it and thinks.
        turn.flush()
        seconds = self._brake.wait()
        turn.prolong(seconds)
        turn.waited("approver", Delay(cause="pause", seconds=seconds))
        if self._brake.stop.pressed:
            return judged.refused(STOP_RULE, f"the episode was ended: {self._brake.stop.why}")
        return judged

    def _hold_back(self, turn: Turn, judged: Judged) -> Judged:
        """The same after lag and rates have had their time, or denied where that does not end."""
        held = self.throttle.hold_action(
            judged.action, lambda: _programs(judged.action), turn.seconds_left, turn.flush
        )
        self._note(turn, held)
        if held.refused_by is None:
            return judged
        return judged.refused(
            held.refused_by, "the wait that goes before it could not end in the time that is left"
        )

    def _note(self, turn: Turn, held: Held) -> None:
        turn.waited("throttle", *held.delays)

    def _judge_again(self, turn: Turn, judged: Judged) -> Judged:
        """The verdict after a wait, in which the box may have changed."""
        again = self._judge(turn, judged.wanted, judged.review)
        if again.denied is not None or again.verdict == "allow":
            return again
        if again.asking == judged.asking:
            return again.allowed()
        return again.refused(
            again.decision.rule_id,
            "what it would do has changed while it waited; ask for it again",
        )

    def _charge(self, turn: Turn, judged: Judged) -> Judged:
        """The same, counted; denied where a budget has nothing left for it."""
        final = self.ledger.counts_final and not _undoable(judged.action)
        forecast = turn.proposal.forecast
        explores = forecast is not None and forecast.purpose == "explore"
        overrun = self.ledger.overdrawn or self.ledger.runs(final=final, explores=explores)
        if overrun is None:
            return judged
        self._overrun = overrun
        return judged.refused(overrun, "the episode has spent its budget, and ends here")

    def _prepare(self, begins_from: RestoredWorkspace | None) -> None:
        """Puts on record what the agent finds in the workspace."""
        if begins_from is not None:
            self._files.begin_from(begins_from)
        changes = self._box.take_changes()
        if changes is None:
            self._files.nobody_looked()
            return
        if not (begins_from or changes.files.entries or changes.files.truncated):
            return
        prepared = Prepared(files=self._files.keep(changes))
        if begins_from is not None:
            update = {"cwd": begins_from.cwd, "exported": begins_from.exported}
            prepared = prepared.model_copy(update=update)
        self._log.append(f"episode:{self._episode}", prepared)

    def _run(self, turn: Turn, judged: Judged, record: Callable[[], None]) -> Observation:
        if isinstance(judged.action, Finish):
            record()
            return Finished()
        seen = hide(self._box.execute(judged.action, turn.seconds_left, record), judged.decision)
        processes = self._box.take_processes()
        turn.processes = processes and hide(processes, judged.decision)
        changes = self._box.take_changes()
        if changes is not None:
            turn.files = self._files.keep(changes)
            turn.exported = self._files.exported(changes.exported)
        elif isinstance(judged.action, LOOKS):
            self._files.nobody_looked()
        kept = self._box.take_kept()
        if kept is None or not isinstance(seen, Page):
            return seen
        return keep(seen, kept, judged.decision, self._log.blobs)


def _programs(action: Action) -> list[str]:
    """The names of the programs that an action's text says it starts."""
    reading = reading_of(action)
    return [program.name.rpartition("/")[2] for program in reading.programs] if reading else []


def _undoable(action: Action) -> bool:
    return can_be_undone(action, reading_of(action)) is not False
