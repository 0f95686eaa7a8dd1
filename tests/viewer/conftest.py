"""Logs for the viewer, made without containers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import pytest

from episodes.actions import Finish, RunCommand, WriteFile
from episodes.chain import digest
from episodes.decisions import Decision, Delay
from episodes.entries import (
    Checked,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Faulted,
    Intended,
    Proposed,
    RunStarted,
    Tagged,
    Waited,
)
from episodes.facts import Facts
from episodes.files import FileChange, FileChanges
from episodes.forecasts import ExpectExit, ExpectText, Forecast
from episodes.observations import CommandResult, Denied, FileWritten, Finished, Page
from episodes.processes import Process, Processes
from episodes.provenance import Model, Provenance
from episodes.reader import LogReader
from episodes.search import Search
from episodes.tags import Evidence, Tag
from episodes.writer import LogWriter
from viewer.queries import Queries

DIGEST = "sha256:" + "0" * 64


def decided(verdict: str, rule: str = "look") -> Decision:
    return Decision(verdict=verdict, rule_id=rule, reason=f"{rule} says so", policy_digest=DIGEST)


class MadeLog:
    """A log of its own, an episode at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def run(self) -> None:
        with LogWriter.open(self.path) as log:
            log.append("run:r1", RunStarted(run="r1", plan=(), plan_digest=DIGEST, settings={}))

    def episode(
        self,
        *,
        task: str = "clean",
        agent: str = "scripted:solve",
        success: bool | None = True,
        model: str | None = None,
        fingerprint: str | None = None,
        said: float | None = 0.9,
        words: str = "total 3",
        hostile: str | None = None,
        ended: bool = True,
        page: Page | None = None,
        answer: str = "done",
        status: Literal["terminated", "truncated"] = "terminated",
    ) -> str:
        """An episode of four steps: one goes well, one is denied, one fails, one ends it."""
        name = f"e{self.count:04d}"
        self.count += 1
        chain = f"episode:{name}"
        evil = hostile or ""
        named = Model(provider="p", name=model, fingerprint=fingerprint) if model else None
        forecast = Forecast(
            purpose="exploit",
            success_probability=said,
            expects=(ExpectExit(code=0, probability=0.9), ExpectText(text="nowhere to be seen")),
        )
        with LogWriter.open(self.path) as log:
            log.append(
                chain,
                EpisodeStarted(
                    run="r1",
                    slot=self.count,
                    attempt=0,
                    task=task + evil,
                    agent=agent + evil,
                    policy="offline-shell",
                    instruction="Clean the table. " + evil,
                    provenance=Provenance(model=named, policy_digest=DIGEST, engine_version="test"),
                ),
            )
            look = RunCommand(command="ls -la " + evil)
            log.append(
                chain,
                Proposed(step=0, action=look, forecast=forecast if said is not None else None),
                Decided(step=0, decision=decided("allow")),
                Waited(step=0, delay=Delay(cause="lag", seconds=0.2)),
                Intended(step=0, action=look),
            )
            seen = page or CommandResult(
                exit_code=0, stdout=f"{words}\n{evil}", stderr=evil, cwd=PurePosixPath("/workspace")
            )
            started = tuple(
                Process(pid=9 + at, parent=1 + 8 * at, argv=("sh", evil), cwd=evil, started=0.1)
                for at in range(2)
            )
            processes = Processes(programs=started)
            log.append(chain, Completed(step=0, observation=seen, seconds=0.3, processes=processes))
            curl = RunCommand(command="curl http://example.com" + evil)
            denied = Denied(rule_id="default", reason="nothing allows it" + evil)
            log.append(
                chain,
                Proposed(step=1, action=curl),
                Decided(step=1, decision=decided("deny", "default")),
                Completed(step=1, observation=denied, seconds=0.01),
            )
            write = WriteFile(path="/workspace/a.txt", data=b"one\ntwo\n" + evil.encode())
            log.append(
                chain,
                Proposed(step=2, action=write),
                Decided(step=2, decision=decided("allow", "files.write[0]")),
                Intended(step=2, action=write),
            )
            wrote = FileWritten(path="/workspace/a.txt", size=8)
            data = b"one\ntwo\n" + evil.encode()
            made = FileChange(
                path="a.txt" + evil, change="created", size=len(data), digest=digest(data), at=0
            )
            link = FileChange(path="l", change="created", kind="link", target=b"/x" + evil.encode())
            files = FileChanges(changes=(made, link), content=data, entries=2)
            log.append(chain, Completed(step=2, observation=wrote, seconds=0.02, files=files))
            if not ended:
                cat = RunCommand(command="cat a.txt")
                log.append(chain, Proposed(step=3, action=cat), Intended(step=3, action=cat))
                return name
            cat = RunCommand(command="cat b.txt")
            log.append(
                chain,
                Proposed(step=3, action=cat),
                Decided(step=3, decision=decided("allow")),
                Intended(step=3, action=cat),
            )
            failed = CommandResult(exit_code=1, stderr="cat: b.txt: No such file" + evil)
            log.append(chain, Completed(step=3, observation=failed, seconds=0.05))
            finish = Finish(answer=answer + evil)
            log.append(
                chain,
                Proposed(step=4, action=finish),
                Decided(step=4, decision=decided("allow", "tools")),
                Intended(step=4, action=finish),
                Completed(step=4, observation=Finished(), seconds=0.001),
            )
            if success is None:
                log.append(
                    chain,
                    Faulted(error="GuestGone", message="it is gone" + evil),
                    EpisodeEnded(status="faulted", cause="GuestGone", detail="it is gone" + evil),
                )
            else:
                log.append(
                    chain,
                    Checked(reward=float(success), exit_code=0, output="checked" + evil),
                    EpisodeEnded(
                        status=status,
                        cause="finished",
                        success=success,
                        reward=float(success),
                        answer=answer + evil,
                    ),
                )
        with LogReader.open(self.path) as reader:
            head = reader.trajectory(name).head
        tags = (
            self.tag(1, "denied", "policy_violation", "action", evil),
            self.tag(3, "error", "hallucination", "observation", evil),
        )
        with LogWriter.open(self.path) as log:
            log.append("annotations", Tagged(episode=name, head=head, tags=tags))
        return name

    def tag(self, step: int, event: str, primary: str, where: str, evil: str = "") -> Tag:
        return Tag(
            step=step,
            tagger="rules",
            version="1",
            event=event,
            primary=primary,
            probability=0.9,
            evidence=(
                Evidence(step=step, where=where, span=(0, 4), note="here it says so" + evil),
            ),
        )


@pytest.fixture
def made(tmp_path: Path) -> MadeLog:
    """A log with a run and no episode."""
    log = MadeLog(tmp_path / "made.db")
    log.run()
    return log


@pytest.fixture(scope="session")
def full_once(tmp_path_factory: pytest.TempPathFactory) -> MadeLog:
    """Made once, since each entry of a log is waited for until it is durable."""
    made = MadeLog(tmp_path_factory.mktemp("full") / "made.db")
    made.run()
    for at in range(6):
        made.episode(
            task=("clean", "count")[at % 2],
            agent=("scripted:solve", "scripted:lazy")[at // 3],
            success=at % 3 != 0,
            model="small",
            fingerprint=f"fp{at // 3}",
            words="a needle here" if at == 4 else "total 3",
        )
    return made


@pytest.fixture
def full(full_once: MadeLog, tmp_path: Path) -> MadeLog:
    """Six episodes by two agents at two tasks, in a log of the test's own."""
    folder = tmp_path / "full"
    shutil.copytree(full_once.path.parent, folder)
    copied = MadeLog(folder / full_once.path.name)
    copied.count = full_once.count
    return copied


@pytest.fixture
def reading() -> Iterator[Callable[[MadeLog], LogReader]]:
    opened: list[LogReader] = []

    def read(log: MadeLog) -> LogReader:
        opened.append(LogReader.open(log.path))
        return opened[-1]

    yield read
    for reader in opened:
        reader.close()


@pytest.fixture
def asking() -> Iterator[Callable[[MadeLog], Queries]]:
    opened: list[Facts] = []

    def ask(log: MadeLog) -> Queries:
        opened.append(Facts(log.path))
        return Queries(opened[-1], Search(opened[-1]))

    yield ask
    for facts in opened:
        facts.close()
