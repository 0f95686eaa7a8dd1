"""Probing a served model, and telling when it stopped being the same one."""

from __future__ import annotations

import json
import random
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from episodes.entries import EpisodeEnded, EpisodeStarted, Probed, Proposed
from episodes.errors import UsageError
from episodes.provenance import Model, Provenance
from episodes.reader import LogReader
from episodes.verify import verify
from episodes.writer import LogWriter
from llms.openai_client import OpenAIClient
from llms.probes import PROBES, probe
from sandbox.agents.models.probing import record_probing
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.plan import draw_up
from sandbox.runner import RunSettings, run_plan
from taxonomy.drift import Drift, drift
from taxonomy.drift_text import lines

AGENT = "openai:small"


class Served:
    """A model that draws answers, from a distribution of its own for each question."""

    def __init__(self, endpoint: Any) -> None:
        self.endpoint, self.peak, self.fingerprint = endpoint, 0.6, "fp_1"
        self._luck, self._lock = random.Random(7), threading.Lock()
        endpoint.answer = self.answer

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        if asked["tools"][0]["function"]["name"] != "answer":
            return self._marked("act", {"action": {"kind": "finish"}})
        question = asked["messages"][1]["content"]
        first = zlib.crc32(question.encode())
        with self._lock:
            peaked = self._luck.random() < self.peak
            drawn = first % 5 if peaked else self._luck.randrange(5)
        return self._marked("answer", {"answer": f" Answer-{drawn}. "})

    def _marked(self, name: str, arguments: object) -> tuple[int, bytes]:
        status, data = self.endpoint.calls(name, arguments)
        return status, json.dumps(
            json.loads(data) | {"system_fingerprint": self.fingerprint}
        ).encode()

    def client(self) -> OpenAIClient:
        return OpenAIClient("small", f"{self.endpoint.url}/v1")


@pytest.fixture
def served(endpoint: Any) -> Served:
    return Served(endpoint)


def test_every_question_is_asked_so_often_and_answers_are_kept_in_one_form(served: Served) -> None:
    found = probe(served.client(), 3)
    assert [len(answers) for answers in found] == [3] * len(PROBES)
    assert {answer[:7] for answers in found for answer in answers} == {"answer-"}


def probed(served: Served, log: Path, times: int) -> None:
    with LogWriter.open(log) as writer:
        for _ in range(times):
            record_probing(AGENT, served.client(), writer.append, draws=4)


@pytest.mark.slow
def test_a_model_that_stays_the_same_raises_no_alarm(served: Served, log_path: Path) -> None:
    probed(served, log_path, 4)
    [found] = drift([log_path])
    assert [one.alarm for one in found.probings] == [False] * 4
    assert [one.before for one in found.probings] == [0, 64, 128, 192]
    assert found.moved == ()
    assert "the same model, as far as this tells" in "\n".join(lines(found))
    assert verify(log_path).ok


@pytest.mark.slow
def test_one_that_answers_otherwise_under_the_same_name_is_found(
    served: Served, log_path: Path
) -> None:
    probed(served, log_path, 2)
    served.peak = 0.05
    probed(served, log_path, 2)
    [found] = drift([log_path])
    assert [one.alarm for one in found.probings] == [False, False, True, False]
    [moved] = found.moved
    assert moved.change.how == "behaved"
    assert "CHANGED" in "\n".join(lines(found))


def test_one_whose_server_says_that_it_changed_is_found_without_a_probe(
    served: Served, tasks: Any, log_path: Path
) -> None:
    plan = draw_up(
        [tasks.make()],
        agent=f"{AGENT}@{served.endpoint.url}/v1",
        policy=None,
        episodes=2,
        seed=0,
    )
    for fingerprint in ("fp_1", "fp_1", "fp_2"):
        served.fingerprint = fingerprint
        run_plan(plan, log_path, lambda _: FakeBackend(), RunSettings())
    [found] = drift([log_path])
    assert [one.change.how for one in found.moved] == ["declared"]
    assert "fp_1 -> fp_2" in found.moved[0].change.what
    assert [model.fingerprint for model in found.models] == ["fp_1", "fp_2"]
    comparison = found.moved[0].comparison
    assert comparison is not None
    assert (comparison.a.episodes, comparison.b.episodes) == (4, 2)


def test_a_run_probes_before_it_begins_where_it_is_told_to(
    served: Served, tasks: Any, log_path: Path
) -> None:
    agent = f"{AGENT}@{served.endpoint.url}/v1"
    plan = draw_up([tasks.make()], agent=agent, policy=None, episodes=1, seed=0)
    run, _ = run_plan(plan, log_path, lambda _: FakeBackend(), RunSettings(probes=2))
    with LogReader.open(log_path) as reader:
        [kept] = [one.body for one in reader.annotations() if isinstance(one.body, Probed)]
    assert (kept.run, kept.agent, kept.model.fingerprint) == (run, agent, "fp_1")


def episode(
    log: LogWriter,
    began: Callable[..., EpisodeStarted],
    number: int,
    task: str,
    success: bool,
    fingerprint: str,
) -> None:
    model = Model(provider="openai", name="small", fingerprint=fingerprint)
    log.append(
        f"episode:e{number}",
        began(
            slot=number,
            task=task,
            agent=AGENT,
            provenance=Provenance(engine_version="0", model=model),
        ),
        EpisodeEnded(status="terminated", cause="finished", success=success),
    )


def followed(
    log_path: Path, began: Callable[..., EpisodeStarted], rates: tuple[float, float]
) -> Drift:
    luck, number = random.Random(3), 0
    with LogWriter.open(log_path) as log:
        for fingerprint, rate in zip(("one", "two"), rates, strict=True):
            for task in range(8):
                for _ in range(6):
                    episode(log, began, number, f"t{task}", luck.random() < rate, fingerprint)
                    number += 1
    [found] = drift([log_path])
    return found


@pytest.mark.parametrize(("after", "moved"), [(0.2, True), (0.8, False)])
def test_it_says_with_an_interval_whether_failures_moved_with_it(log_path, began, after, moved):
    found = followed(log_path, began, (0.8, after))
    comparison = found.moved[0].comparison
    success = comparison.differences[0]
    assert success.measure == "success"
    assert (success.high < 0) == moved
    told = "\n".join(lines(found))
    assert "failure rate: +" in told or not moved
    assert "95% interval" in told


def test_a_step_may_say_that_the_model_changed_within_its_episode(log_path, began):
    model = Model(provider="openai", name="small", fingerprint="one")
    with LogWriter.open(log_path) as log:
        episode(log, began, 0, "t", True, "one")
        started = began(slot=1, agent=AGENT, provenance=Provenance(engine_version="0", model=model))
        for index, said in ((0, "one"), (1, "two")):
            how = {"model": model.model_copy(update={"fingerprint": said})}
            step = Proposed(step=index, action={"kind": "finish"}, provenance=how)
            log.append("episode:e1", *((started, step) if index == 0 else (step,)))
    [found] = drift([log_path])
    assert [one.change.what for one in found.moved] == ["fingerprint: one -> two"]


def test_a_log_without_a_model_says_what_to_do(log_path):
    LogWriter.open(log_path).close()
    with pytest.raises(UsageError, match="longleash probe"):
        drift([log_path])
