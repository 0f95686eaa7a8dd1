"""A small log with something of everything in it, and the bodies to make others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from episodes.actions import CallTool, RunCommand
from episodes.decisions import Decision, Delay
from episodes.entries import (
    Body,
    Checked,
    Completed,
    Decided,
    EpisodeEnded,
    EpisodeStarted,
    Faulted,
    Intended,
    Noted,
    Proposed,
    RunStarted,
    StopAsked,
    Tagged,
    Waited,
)
from episodes.forecasts import ExpectExit, Forecast, Premise
from episodes.observations import CommandResult, Denied
from episodes.provenance import Provenance, StepProvenance
from episodes.tags import Evidence, Tag
from episodes.writer import LogWriter

NO_DIGEST = "sha256:" + "0" * 64


class Bodies:
    """Makes bodies with what a test does not care about filled in."""

    def started(self, slot: int = 0, run: str = "r1", **fields: object) -> EpisodeStarted:
        given = {"run": run, "slot": slot, "attempt": 0, "task": "fix-test", "agent": "scripted"}
        given |= {"policy": "offline-shell", "instruction": "Fix the failing test."}
        return EpisodeStarted(**(given | {"provenance": Provenance(engine_version="0")} | fields))

    def proposed(self, step: int = 0, command: str = "ls -la", **fields: object) -> Proposed:
        return Proposed(step=step, action=RunCommand(command=command), **fields)

    def decided(self, step: int = 0, verdict: str = "allow") -> Decided:
        decision = Decision(
            verdict=verdict, rule_id="shell", reason="a program", policy_digest=NO_DIGEST
        )
        return Decided(step=step, decision=decision)

    def intended(self, step: int = 0, command: str = "ls -la") -> Intended:
        return Intended(step=step, action=RunCommand(command=command))

    def completed(self, step: int = 0, stdout: str = "", exit_code: int = 0) -> Completed:
        seen = CommandResult(exit_code=exit_code, stdout=stdout, stdout_bytes=len(stdout))
        return Completed(step=step, observation=seen, seconds=0.25)

    def denied(self, step: int = 0) -> Completed:
        seen = Denied(rule_id="default", reason="no rule allows it")
        return Completed(step=step, observation=seen, seconds=0.0)

    def ended(self, **fields: object) -> EpisodeEnded:
        given = {"status": "terminated", "cause": "finished", "success": True, "reward": 1.0}
        return EpisodeEnded(**(given | fields))

    def note(self, text: str = "seen") -> Noted:
        return Noted(who="person:tester", text=text)

    def step(self, step: int, stdout: str = "ok") -> tuple[Body, ...]:
        first = (self.proposed(step), self.decided(step))
        return (*first, self.intended(step), self.completed(step, stdout))


@pytest.fixture(scope="session")
def bodies() -> Bodies:
    return Bodies()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def writer(log: Path) -> Iterator[LogWriter]:
    with LogWriter.open(log) as opened:
        yield opened


def fill(path: Path, make: Bodies, heads_file: Path | None = None) -> None:
    """A run of three episodes: one solved, one denied and faulted, one cut short in mid-step."""
    with LogWriter.open(path, heads_file=heads_file) as writer:
        plan = ({"task": "fix-test", "seed": 1}, {"task": "fix-test", "seed": 2})
        writer.append("run:r1", RunStarted(run="r1", plan=plan, plan_digest=NO_DIGEST))
        writer.append("episode:aa1", make.started(0))
        forecast = Forecast(
            premises=(Premise(text="a file", probability=0.9, source="guessed"),),
            expects=(ExpectExit(code=0, probability=0.8),),
            success_probability=0.7,
        )
        spent = StepProvenance(input_tokens=10, output_tokens=5, cost=0.125)
        writer.append("episode:aa1", make.proposed(0, forecast=forecast, provenance=spent))
        writer.append("episode:ab2", make.started(1))
        writer.append("episode:aa1", make.decided(0), make.intended(0))
        long = "line of output\n" * 1000
        writer.append("episode:aa1", make.completed(0, stdout=long))
        end = make.ended()
        writer.append("episode:aa1", *make.step(1), Checked(reward=1.0, exit_code=0), end)
        writer.append("episode:ab2", make.proposed(0), make.decided(0, "deny"), make.denied(0))
        wait = Waited(step=1, delay=Delay(cause="rate", seconds=0.5))
        writer.append("episode:ab2", make.proposed(1, "cat x"), make.decided(1), wait)
        fault = Faulted(step=1, error="GuestGone", message="the guest ended")
        faulted = make.ended(status="faulted", cause="GuestGone", success=None, reward=None)
        writer.append("episode:ab2", make.intended(1, "cat x"), fault, faulted)
        writer.append("episode:ac3", make.started(2))
        writer.append(
            "episode:ac3",
            Proposed(step=0, action=CallTool(name="t", arguments={"$blob": {"$$blob": 1}})),
            make.intended(0),
        )
        head = writer.append("run:r1", StopAsked(who="me", episode="ac3"))[0].hash
        evidence = (Evidence(step=0, where="observation", note="nothing of the kind was seen"),)
        judged = Tag(
            step=0,
            tagger="rules",
            version="1",
            event="denied",
            primary="policy_violation",
            probability=0.9,
            overlays=("loop",),
            evidence=evidence,
        )
        writer.append("annotations", Tagged(episode="ab2", head=head, tags=(judged,)))
        writer.append("annotations", make.note())


@pytest.fixture
def filled(log: Path, bodies: Bodies) -> Path:
    """The small log, closed."""
    fill(log, bodies)
    return log


@pytest.fixture
def fill_log() -> object:
    """Makes the small log anywhere: `fill_log(path, bodies)`."""
    return fill


class Tamper:
    """Changes a log behind its back, triggers dropped first."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.text_factory = bytes

    def drop_triggers(self) -> None:
        names = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            self.connection.execute(f"DROP TRIGGER {name.decode()}")

    def restore_triggers(self) -> None:
        from episodes.tables import TRIGGERS

        for sql in TRIGGERS.values():
            self.connection.execute(sql)

    def do(self, sql: str, *values: object) -> None:
        self.drop_triggers()
        self.connection.execute(sql, values)
        self.restore_triggers()

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def tamper(filled: Path) -> Iterator[Tamper]:
    opened = Tamper(filled)
    yield opened
    opened.close()
