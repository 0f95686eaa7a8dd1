"""The same door from Python: `with Sandbox(policy="offline-shell", log="x.db") as box`."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from episodes.actions import (
    Action,
    Click,
    Fill,
    Finish,
    Goto,
    ReadFile,
    RunCommand,
    Target,
    WriteFile,
)
from episodes.entries import EpisodeEnded, RunEnded, RunStarted
from episodes.forecasts import Forecast
from episodes.reader import LogReader
from episodes.terminal import safe_line
from episodes.trajectory import Step
from episodes.writer import LogWriter
from policies.loading import load_policy
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import Backend, BoxSpec, KeepPages
from sandbox.brakes import Brakes
from sandbox.driven.acting import let_act
from sandbox.driven.episode import DrivenEpisode
from sandbox.driven.opening import BY_HAND, Opening
from sandbox.driven.target import target as named
from sandbox.fork import Fork, read_fork
from sandbox.listening import hear
from sandbox.oversight.approver import Approver, Nobody
from sandbox.oversight.callable_approver import Answers, CallableApprover
from sandbox.oversight.overseers import Oversight
from sandbox.oversight.reviewer import Reviewer
from sandbox.plan import ForkPoint, Plan, Slot
from sandbox.sites.site import Site
from sandbox.stop_switch import StopSwitch
from sandbox.task import DEFAULT_IMAGE
from taxonomy.tagging import record_tags


class Sandbox:
    """One box and one episode, driven by hand. Every call goes through the gate.

    Args:
        policy: A preset's name, a file, or a policy.
        log: The log's file; it is made where there is none, and added to where there is one.
        image: The image's name.
        instruction: What is to be done, for the record.
        approver: Who answers an `ask`: an approver, or a function that is called with each question
            and returns an `Approval`, or whether it may run; nobody where absent.
        reviewer: Who predicts harm beside those that the policy names, where it sets thresholds; it
            can only tighten, unless the policy says `review: {reviewers: [own]}`.
        backend: Where boxes come from; the Docker engine where absent.
        keep_pages: What is kept of pages: `all` (pictures before and after each step, and the
            page's own text), `after` (not the picture before) or `none`.
        sites: Folders of sites that are served to it, for a policy that opens their hosts.
        fork: An episode of this log and one of its steps: it begins with the workspace, the working
            directory and the variables that were there when that step was over.

    Raises:
        EpisodeUnknown: The log has no such episode or step.
        StateNotKept: It does not hold all of that step's workspace.
        PolicyInvalid: The policy does not validate.
        TaskInvalid: A site is none.
        EngineUnavailable: No engine answers and none could be brought up.
    """

    def __init__(
        self,
        policy: str | Policy = "offline-shell",
        log: str | Path = "longleash.db",
        *,
        image: str = DEFAULT_IMAGE,
        instruction: str = "driven by hand",
        approver: Approver | Answers | None = None,
        reviewer: Reviewer | None = None,
        backend: Backend | None = None,
        keep_pages: KeepPages = "all",
        sites: Sequence[str | Path] = (),
        fork: tuple[str, int] | None = None,
    ) -> None:
        self._policy = policy if isinstance(policy, Policy) else load_policy(policy)
        self._path = Path(log)
        self._image, self._instruction = image, instruction
        self._backend, self._keep_pages = backend, keep_pages
        self._fork: Fork | None = None
        if fork is not None:
            with LogReader.open(self._path) as reader:
                point = ForkPoint(episode=reader.find_episode(fork[0]), step=fork[1])
                self._fork = read_fork(reader, point)
        if approver is not None and not isinstance(approver, Approver):
            approver = CallableApprover("python", approver)
        self._sites = tuple(Site.read(Path(folder)) for folder in sites)
        self._oversight = Oversight(
            approver=approver or Nobody(),
            reviewer=reviewer,
            notify=lambda text: print(safe_line(text), file=sys.stderr),
        )

    def __enter__(self) -> Self:
        self._run = f"r{uuid.uuid4().hex[:8]}"
        self.episode = f"{self._run}-0000-0"
        self._log = LogWriter.open(self._path)
        self._brakes, self._under_way = Brakes(StopSwitch()), ExitStack()
        try:
            self._begin()
        except BaseException:
            self._under_way.close()
            self._log.close()
            raise
        return self

    def _begin(self) -> None:
        if self._backend is None:
            from sandbox.boxes.docker_host import open_docker

            self._backend = open_docker(self._run, lambda text: print(text, file=sys.stderr))
        backend = self._backend
        slot = Slot(index=0, task=BY_HAND, agent="python", policy=self._policy.name, seed=0)
        plan = Plan(slots=(slot,))
        self._log.append(
            f"run:{self._run}",
            RunStarted(run=self._run, plan=plan.as_json(), plan_digest=plan.digest),
        )
        image = backend.image_id(self._fork.image if self._fork else self._image)
        self._box = backend.start(BoxSpec(image, self._policy, self._keep_pages, self._sites))
        opening = Opening(
            episode=self.episode,
            run=self._run,
            slot=0,
            agent="python",
            policy=self._policy,
            instruction=self._instruction,
            fork=self._fork,
        )
        brake = self._under_way.enter_context(self._brakes.of(self.episode))
        self._driven = DrivenEpisode(opening, self._box, self._log, self._oversight, brake)
        hear(self._log, self._run, self._brakes)

    def act(self, action: Action, *, forecast: Forecast | None = None) -> Step:
        """One action through the gate.

        Returns:
            The step: `step.decision.verdict`, `step.decision.rule_id`, `step.observation`.

        Raises:
            EpisodeOver: The episode is over, or a limit of the policy ends it here.
            EnvironmentFault: The box failed; the fault is on record.
        """
        return self._driven.act(Proposal(action, forecast))

    def run(self, agent: Callable[..., Any]) -> EpisodeEnded:
        """Lets a callable act until the episode ends: given a view, it returns an action.

        Returns:
            How it ended.

        Raises:
            AgentUnknown: It is a class that cannot act.
            EnvironmentFault: The box failed; the fault is on record.
            Exception: Whatever the callable raises.
        """
        return let_act(self._driven, agent)

    def shell(self, command: str, *, stdin: bytes | None = None, **said: Forecast | None) -> Step:
        """Runs a shell command: `step.observation.stdout`, `.exit_code`."""
        return self.act(RunCommand(command=command, stdin=stdin), **said)

    def read_file(self, path: str | PurePosixPath, **said: Forecast | None) -> Step:
        """Reads a file: `step.observation.data`."""
        return self.act(ReadFile(path=PurePosixPath(path)), **said)

    def write_file(
        self, path: str | PurePosixPath, data: bytes | str, **said: Forecast | None
    ) -> Step:
        """Writes a file whole."""
        content = data.encode() if isinstance(data, str) else data
        return self.act(WriteFile(path=PurePosixPath(path), data=content), **said)

    def goto(self, url: str, **said: Forecast | None) -> Step:
        """Loads a page: `step.observation.snapshot`, `.url`, `.status`, `.problem`."""
        return self.act(Goto(url=url), **said)

    def click(self, target: str | Target, **said: Forecast | None) -> Step:
        """Clicks an element, named by a snapshot's reference (`e12`) or by a CSS selector."""
        return self.act(Click(target=named(target)), **said)

    def fill(self, target: str | Target, text: str, **said: Forecast | None) -> Step:
        """Replaces the text of a field, named likewise."""
        return self.act(Fill(target=named(target), text=text), **said)

    def finish(self, answer: str | None = None, **said: Forecast | None) -> Step:
        """Ends the episode."""
        return self.act(Finish(answer=answer), **said)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, Exception):
                self._driven.fail(error)
            self._driven.leave()
            self._conclude()
        finally:
            self._under_way.close()
            self._box.close()
            assert self._backend is not None
            self._backend.close()
            self._log.close()

    def _conclude(self) -> None:
        with LogReader.open(self._path) as reader:
            record_tags(reader.trajectory(self.episode), self._log)
        switch = self._brakes.run
        ended = RunEnded(
            status="stopped" if switch.pressed else "done",
            done=0 if switch.pressed else 1,
            detail=switch.why,
        )
        self._log.append(f"run:{self._run}", ended)
